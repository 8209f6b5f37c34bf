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
from ums.domain.views import OperatorView, Page
from ums.services.gateway import Gateway
from ums.services.names import check_name, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import operators as store
from ums.store.db import Session

__all__ = [
    "LINK_SECONDS",
    "SESSION_SECONDS",
    "NewOperator",
    "Operator",
    "Role",
    "SessionToken",
    "add",
    "by_name",
    "change",
    "forget_expired",
    "login_link",
    "of_session",
    "operator_of_token",
    "page",
    "remove",
    "renew_token",
    "show",
    "sign_in",
    "sign_out",
]

LINK_SECONDS = 15 * 60.0
SESSION_SECONDS = 12 * 3600.0
TOKEN_BYTES = 32


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
    check_name(name)
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


def page(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[OperatorView]:
    """Operators by id. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda operator: str(operator.id))


def show(gateway: Gateway, operator_id: int) -> OperatorView:
    """The operator of that number. Raises NotFound."""
    with gateway.database.read() as session:
        return _found(session, operator_id)


def by_name(gateway: Gateway, name: str) -> OperatorView:
    """The operator of that name. Raises NotFound."""
    with gateway.database.read() as session:
        operator = store.view_by_name(session, name)
    if operator is None:
        raise _nobody(name)
    return operator


def change(gateway: Gateway, operator_id: int, role: str) -> OperatorView:
    """Give the operator another role, which counts at once, in open sessions too.

    Raises NotFound, InvalidRequest for an unknown role, and Conflict where he is the last admin.
    """
    wanted = _role(role)
    with gateway.database.write() as session:
        before = _found(session, operator_id)
        if wanted is not Role.ADMIN:
            _check_not_last(session, before)
        store.set_role(session, operator_id, wanted)
        return _found(session, operator_id)


def renew_token(gateway: Gateway, operator_id: int) -> str:
    """A new API token, which can't be read again; one he had opens nothing from now on. Raises NotFound."""
    token = _random()
    with gateway.database.write() as session:
        store.set_token(session, _found(session, operator_id).id, digest(token))
    return token


def remove(gateway: Gateway, operator_id: int) -> None:
    """Remove the operator: his links, sessions and token end at once.

    Raises NotFound, and Conflict where he is the last admin.
    """
    with gateway.database.write() as session:
        _check_not_last(session, _found(session, operator_id))
        store.remove(session, operator_id)


def _check_not_last(session: Session, operator: OperatorView) -> None:
    """Raises Conflict where nobody else could make an admin again."""
    if operator.role is Role.ADMIN and not store.others_of(session, Role.ADMIN, operator.id):
        raise Conflict(f"{operator.name} is the last admin; make another one first.")


def _found(session: Session, operator_id: int) -> OperatorView:
    operator = store.view_by_id(session, operator_id)
    if operator is None:
        raise unknown("operator", operator_id)
    return operator


def _nobody(name: str) -> NotFound:
    return NotFound(f"There is no operator named {name!r}; make one with: ums operator add NAME --role ROLE")


def login_link(gateway: Gateway, name: str) -> str:
    """A fresh address that signs the operator in once, within 15 minutes. Raises NotFound."""
    link = _random()
    with gateway.database.write() as session:
        operator = store.by_name(session, name)
        if operator is None:
            raise _nobody(name)
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
