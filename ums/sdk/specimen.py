"""A content that stands for many: where such go, who gets them and what they take can be seen by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ums.sdk.call import Json

__all__ = ["Specimen"]


class Specimen(NamedTuple):
    """An element of `msg_…` as it could be sent; `on_list`: its template must be on one of the account's lists."""

    content: Mapping[str, Json]
    on_list: bool = True
