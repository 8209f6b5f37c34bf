"""One person and his addresses: what joins them, and whose they are.

Addresses on different channels belong to one person where the provider says so (WeChat's unionid, the same for all
accounts of one Open Platform account), or where he has shown both to us in one visit. If one of them is bound to a
userid, the others are his too. Two userids for one person are a conflict: nothing is merged in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class GestureKind(StrEnum):
    """What somebody did at an account."""

    SCAN = "scan"
    """He scanned a picture; `text` is its scene."""
    MENU = "menu"
    """He tapped a button of the menu; `text` is its key."""
    WORD = "word"
    """He wrote one of the words that an operator has named; `text` is that word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """What somebody did at an account that we may answer."""

    kind: GestureKind
    address: str = field(repr=False)
    text: str = field(repr=False)
    at: float
