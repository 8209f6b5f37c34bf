"""Tickets: signed permissions to bind, which serve once and live five minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ums.domain.identity import in_base_32

LIFETIME = 300.0
"""Seconds that a ticket, and what a visit leaves behind, may be used."""
SESSION_LIFETIME = 1800.0
"""Seconds that a login session of an app's page lives."""
NONCE_BYTES = 16
SIGNATURE_BYTES = 20
TICKET_LENGTH = 58
"""Letters and digits: what providers take as a state and as a scene."""


class Purpose(StrEnum):
    """What a signed text is good for; one made for another purpose is no good."""

    BIND = "bind"
    """Its holder may bind an address of his."""
    SCENE = "scene"
    """Whoever scans it is bound."""
    LEAVE = "leave"
    """Its holder may unbind his address."""
    STATE = "state"
    """A browser may come back from the provider's page."""
    RESULT = "result"
    """The application may learn who came, once."""
    SESSION = "session"
    """A page of the app is logged in."""
    BROWSER = "browser"
    """A browser is the one that began a visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a ticket permits, as it is kept.

    Whoever uses it is bound to `userid` or, where that is empty, becomes a result for the application. `companion`
    is another address of the same person, which he has shown already: its channel and the address. `known` is his
    address on the channel where a gesture of his has told it.
    """

    purpose: Purpose
    application_id: int
    channel_id: int
    expires_at: float
    userid: str = ""
    companion: tuple[int, str] | None = field(default=None, repr=False)
    known: str = field(default="", repr=False)
    return_to: str = ""
    origin: str = ""


def written(nonce: bytes, signature: bytes) -> str:
    """The text of a ticket: a nonce of 16 bytes and a signature of 20.

    >>> len(written(bytes(16), bytes(20))) == TICKET_LENGTH
    True
    """
    return in_base_32(nonce, 26) + in_base_32(signature[:SIGNATURE_BYTES], 32)
