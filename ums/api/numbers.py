"""Numbers in paths: none is beyond what the database can hold."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter

LARGEST = 2**63 - 1


class StorableInteger(IntegerConverter):
    """`<int:…>`; a number beyond 64 bits is read as the largest one, which nothing has either."""

    def to_python(self, value: str) -> int:
        # Python refuses to read thousands of digits.
        digits = value.lstrip("0") or "0"
        return min(int(digits), LARGEST) if len(digits) <= len(str(LARGEST)) else LARGEST


def register(app: Flask) -> None:
    """Read every number in a path so."""
    app.url_map.converters["int"] = StorableInteger
