"""Windows: for how long, and how often, a person who has just been active may be written to freely.

Source: WeChat, customer-service messages (`/cgi-bin/message/custom/send`), "limits of the number of messages".
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

OUTSIDE_WINDOW = "outside_window"
"""No window of the address is open."""
WINDOW_USED_UP = "window_used_up"
"""Each open window of the address has had its messages."""

MINUTE, HOUR = 60.0, 3600.0


class Trigger(StrEnum):
    """What a person does that opens a window."""

    MESSAGE = "message"
    """He writes, or sends a picture, his voice, a place, …"""
    MENU = "menu"
    """He taps a menu entry that the account is told of: `click`, `scancode_push`, `scancode_waitmsg`."""
    FOLLOW = "follow"
    """He follows the account."""
    SCAN = "scan"
    """He scans a QR code with a parameter."""
    ENTER = "enter"
    """He enters the conversation out of a mini program."""


class Window(NamedTuple):
    """How many messages it takes, within how many seconds."""

    messages: int
    seconds: float


WINDOWS: Mapping[Trigger, Window] = {
    Trigger.MESSAGE: Window(5, 48 * HOUR),
    Trigger.MENU: Window(3, MINUTE),
    Trigger.FOLLOW: Window(3, MINUTE),
    Trigger.SCAN: Window(3, MINUTE),
    Trigger.ENTER: Window(2, MINUTE),
}
LONGEST = max(window.seconds for window in WINDOWS.values())
"""Who has been heard of for so long has told of every window that is still open."""


class Opening(NamedTuple):
    """A window that a person has opened, at `at` (unix seconds); the same trigger before counts no more."""

    address: str
    trigger: Trigger
    at: float
