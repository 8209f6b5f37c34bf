"""Apprise, one recipient after the other: an address for each, since that is how Apprise knows recipients."""

from __future__ import annotations

import importlib.util
import time
from urllib.parse import urlsplit

from benchmarks.stand_in import SEND, StandIn, openid


def lacking() -> str:
    """Why it can't be measured; empty where it can."""
    return (
        "" if importlib.util.find_spec("apprise") else "the package apprise is not installed: pip install apprise"
    )


def apprise_loop(stand_in: StandIn, calls: int) -> float:
    """Seconds for so many messages by Apprise's JSON notification. Raises RuntimeError where one fails."""
    from apprise import Apprise

    Apprise().add(_address(stand_in, openid(0)))  # it learns its two hundred services at the first address
    began = time.monotonic()
    for number in range(calls):
        sender = Apprise()
        sender.add(_address(stand_in, openid(number)))
        if not sender.notify(body="Check-up on 2026-12-01"):
            raise RuntimeError(f"Apprise did not send message {number}")
    return time.monotonic() - began


def _address(stand_in: StandIn, recipient: str) -> str:
    """In Apprise's spelling: `-` begins what goes into the query, `:` what goes into the body."""
    return f"json://{urlsplit(stand_in.url).netloc}{SEND}?-access_token={stand_in.token}&:touser={recipient}"
