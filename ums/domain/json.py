"""A value as it stands in a JSON document, and how it is written."""

from __future__ import annotations

from json import JSONEncoder

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

written = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A value as JSON, without a space too many. The encoder is made once: making one takes as long as using it."""
