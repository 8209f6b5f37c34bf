"""Operators: made, signed in by a link that works once, recognised by session or token.

What an operator holds (link, session, API token) is 32 random bytes; only its SHA-256 is kept. That many
random bits can't be guessed, so a slow hash would buy nothing, and a digest is looked up, never compared.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from ums.domain.errors import Conflict, InvalidRequest, NotAuthenticated, NotFound
from ums.domain.operator import Operator, Role
from ums.services.gateway import Gateway
from ums.store import operators as store

__all__ = [
    "LINK_SECONDS",
    "SESSION_SECONDS",
    "NewOperator",
    "Operator",
    "Role",
    "SessionToken",
    "add",
    "forget_expired",
    "login_link",
    "of_session",
    "operator_of_token",
    "sign_in",
    "sign_out",
]

LINK_SECONDS = 15 * 60.0
SESSION_SECONDS = 12 * 3600.0
TOKEN_BYTES = 32
NAME_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOperator:
    """An operator just made. `login_url` works once; `token`, if asked for, can't be read again."""

    name: str
    role: str
    login_url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionToken:
    """What a signed-in browser holds, until `expires_at` (unix seconds)."""

    value: str = field(repr=False)
    operator: Operator
    expires_at: float


def add(gateway: Gateway, name: str, role: str, with_token: bool = False) -> NewOperator:
    """Make an operator, with a first login link and, on request, an API token.

    Raises InvalidRequest for an unusable name or role, Conflict for a taken name.
    """
    _check_name(name)
    wanted = _role(role)
    link = _random()
    token = _random() if with_token else None
    now = gateway.clock.now()
    with gateway.database.write() as session:
        if store.by_name(session, name) is not None:
            raise Conflict(f"There already is an operator named {name!r}; choose another name.")
        made = store.add(session, name, wanted, digest(token) if token else None, now)
        store.add_link(session, digest(link), made.id, now + LINK_SECONDS)
    return NewOperator(name=name, role=wanted.value, login_url=_url(gateway, link), token=token)


def login_link(gateway: Gateway, name: str) -> str:
    """A fresh address that signs the operator in once, within 15 minutes. Raises NotFound."""
    link = _random()
    with gateway.database.write() as session:
        operator = store.by_name(session, name)
        if operator is None:
            raise NotFound(f"There is no operator named {name!r}; make one with: ums operator add NAME --role ROLE")
        store.add_link(session, digest(link), operator.id, gateway.clock.now() + LINK_SECONDS)
    return _url(gateway, link)


def sign_in(gateway: Gateway, link: str) -> SessionToken:
    """Use up a login link and begin a session under a new token.

    Raises NotAuthenticated for a link that is unknown, used or too old; of many parallel uses one succeeds.
    """
    value = _random()
    now = gateway.clock.now()
    expires_at = now + SESSION_SECONDS
    with gateway.database.write() as session:
        operator_id = store.use_link(session, digest(link), now)
        if operator_id is None:
            raise NotAuthenticated(
                "This login link has been used or is too old. Make a new one with: ums operator login NAME"
            )
        store.add_session(session, digest(value), operator_id, now, expires_at)
        operator = store.by_session(session, digest(value), now)
    assert operator is not None  # noqa: S101 - a link and its session go with their operator
    return SessionToken(value=value, operator=operator, expires_at=expires_at)


def of_session(gateway: Gateway, session_token: str) -> Operator | None:
    """Who is signed in with this session; None once it has ended."""
    with gateway.database.read() as session:
        return store.by_session(session, digest(session_token), gateway.clock.now())


def operator_of_token(gateway: Gateway, token: str) -> Operator | None:
    """Whose API token this is; None where it is nobody's."""
    with gateway.database.read() as session:
        return store.by_token(session, digest(token))


def sign_out(gateway: Gateway, session_token: str) -> None:
    """End a session; ending it twice changes nothing."""
    with gateway.database.write() as session:
        store.end_session(session, digest(session_token))


def forget_expired(gateway: Gateway) -> None:
    """Drop the links and sessions that have run out."""
    with gateway.database.write() as session:
        store.forget_expired(session, gateway.clock.now())


def digest(held: str) -> str:
    """What is kept of a link, session or token, in hexadecimal digits."""
    return hashlib.sha256(held.encode("utf-8", "backslashreplace")).hexdigest()


def _random() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _url(gateway: Gateway, link: str) -> str:
    return f"{gateway.settings.address}/console/login/{link}"


def _role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        text = f"one of {', '.join(Role)}"
        raise InvalidRequest(f"role: {role!r} is not {text}.", errors={"role": [text]}) from None


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or name != name.strip():
        text = f"1 to {NAME_LENGTH} printable characters, without white space at the ends."
        raise InvalidRequest(f"name: {text}", errors={"name": [text]})
