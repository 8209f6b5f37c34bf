"""Upstream systems and the credentials they show."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from ums.domain.commands import Caller
from ums.domain.errors import (
    ApplicationClosed,
    Conflict,
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from ums.domain.views import ApplicationView
from ums.services.gateway import Gateway
from ums.store import applications as store
from ums.store.sealing import SealBroken, Sealer

NAME_LENGTH = 64
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A key and its secret, shown once: the secret can't be read again."""

    key: str
    master_secret: str = field(repr=False)


def add(gateway: Gateway, name: str) -> Credentials:
    """Make an application. Raises InvalidRequest for an unusable name, Conflict for a taken one."""
    _check_name(name)
    credentials = _credentials()
    sealed = gateway.sealer.seal(credentials.master_secret, place(credentials.key))
    with gateway.database.write() as session:
        if store.by_name(session, name) is not None:
            raise Conflict(f"There already is an application named {name!r}; choose another name.")
        store.add(session, name, credentials.key, sealed, gateway.clock.now())
    return credentials


def add_access_key(gateway: Gateway) -> Credentials:
    """Make an AccessKey, which opens all users and channels of the installation, and sends nothing."""
    credentials = _credentials()
    sealed = gateway.sealer.seal(credentials.master_secret, _access_key_place(credentials.key))
    with gateway.database.write() as session:
        store.add_access_key(session, credentials.key, sealed, gateway.clock.now())
    return credentials


def list_all(gateway: Gateway) -> tuple[ApplicationView, ...]:
    """Every application, by name."""
    with gateway.database.read() as session:
        return store.list_all(session)


def by_name(gateway: Gateway, name: str) -> ApplicationView:
    """The application of that name. Raises NotFound."""
    with gateway.database.read() as session:
        return found(store.by_name(session, name), name)


def close(gateway: Gateway, name: str) -> None:
    """Refuse the application's credentials from now on. Raises NotFound."""
    _set_state(gateway, name, CLOSED)


def reopen(gateway: Gateway, name: str) -> None:
    """Take the application's credentials again. Raises NotFound."""
    _set_state(gateway, name, OPEN)


def authenticate(gateway: Gateway, key: str, secret: str) -> Caller:
    """Who shows these credentials: a ChannelKey or an AccessKey with its secret.

    Raises NotAuthenticated for a wrong pair, after the same work whether or not the key is known,
    ApplicationClosed for a right one that an operator has closed, and Unavailable where the secret was sealed
    with another key than the gateway has now.
    """
    with gateway.database.read() as session:
        shown = store.credential(session, key) if key.isascii() else None
    if shown is None:
        known, where = _decoy(gateway.sealer), DECOY
    else:
        known = shown.sealed_secret
        where = _access_key_place(key) if shown.application_id is None else place(key)
    right = hmac.compare_digest(_opened(gateway, known, where).encode(), secret.encode("utf-8", "backslashreplace"))
    if shown is None or not right:
        raise NotAuthenticated("No such pair of key and master secret; check both, the order is key:secret.")
    if shown.state == CLOSED:
        raise ApplicationClosed("This application is closed; ask an operator of the gateway to reopen it.")
    return Caller(key=key, application_id=shown.application_id)


def _opened(gateway: Gateway, sealed: bytes, where: str) -> str:
    try:
        return gateway.sealer.open(sealed, where)
    except SealBroken as error:
        raise Unavailable(
            "The gateway can't check these credentials: it can't open what it keeps of them. "
            "An operator must put back its secret key.",
            retry_after=60,
        ) from error


DECOY = "applications:"


@lru_cache(maxsize=8)
def _decoy(sealer: Sealer) -> bytes:
    """A secret nobody has, for unknown keys: it takes as long to open as a real one."""
    return sealer.seal(secrets.token_hex(12), DECOY)


def _credentials() -> Credentials:
    return Credentials(key=secrets.token_hex(12), master_secret=secrets.token_hex(12))


def place(channel_key: str) -> str:
    """Where the sealed secret of an application stands."""
    return f"applications:{channel_key}"


def _access_key_place(access_key: str) -> str:
    return f"access_keys:{access_key}"


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= NAME_LENGTH or not name.isprintable() or name != name.strip():
        text = f"1 to {NAME_LENGTH} printable characters, without white space at the ends."
        raise InvalidRequest(f"name: {text}", errors={"name": [text]})


def found(application: ApplicationView | None, name: str) -> ApplicationView:
    """The application, if there is one. Raises NotFound."""
    if application is None:
        raise NotFound(f"There is no application named {name!r}; make it with: ums application add NAME")
    return application


def _set_state(gateway: Gateway, name: str, state: str) -> None:
    with gateway.database.write() as session:
        application = found(store.by_name(session, name), name)
        store.set_state(session, application.id, state)
