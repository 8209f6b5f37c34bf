"""Login sessions of an app's pages: opaque to the page, tied to one address and its sealed key."""

from __future__ import annotations

from dataclasses import dataclass, field

from ums.domain.bind_ticket import SESSION_LIFETIME, Purpose
from ums.domain.errors import NotAllowed
from ums.services.binding import signing
from ums.services.gateway import Gateway
from ums.store import login_sessions
from ums.store.db import Session
from ums.store.login_sessions import LoginSession

OVER = "This session is over, or was never begun; log in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn:
    """Who is logged in, and the provider's key for what its app seals."""

    channel_id: int
    address: str = field(repr=False)
    session_key: str = field(repr=False)


def begin(gateway: Gateway, session: Session, channel_id: int, address: str, session_key: str) -> str:
    """A new session's text, for the page."""
    text, digest = signing.issue(gateway, Purpose.SESSION)
    expires_at = gateway.clock.now() + SESSION_LIFETIME
    sealed_key = gateway.sealer.seal(session_key, _place(digest))
    kept = LoginSession(channel_id=channel_id, address=address, sealed_key=sealed_key, expires_at=expires_at)
    login_sessions.add(session, digest, kept)
    return text


def logged_in(gateway: Gateway, text: str) -> LoggedIn:
    """Whose session this is. Raises NotAllowed for one that is forged or over."""
    digest = signing.checked(gateway, Purpose.SESSION, text)
    kept = None
    if digest is not None:
        with gateway.database.read() as session:
            kept = login_sessions.find(session, digest, gateway.clock.now())
    if digest is None or kept is None:
        raise NotAllowed(OVER)
    key = gateway.sealer.open(kept.sealed_key, _place(digest))
    return LoggedIn(channel_id=kept.channel_id, address=kept.address, session_key=key)


def _place(digest: str) -> str:
    return f"login_sessions:{digest}"
