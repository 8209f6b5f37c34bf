"""Keys and their secrets: made or brought along, kept sealed, and judged when a caller shows them."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache

from ums.domain.commands import Caller
from ums.domain.credential import Credentials, key_faults, secret_faults
from ums.domain.errors import ApplicationClosed, Conflict, InvalidRequest, NotAuthenticated, Unavailable
from ums.domain.views import ApplicationState
from ums.services.gateway import Gateway
from ums.services.names import unknown
from ums.store import applications as store
from ums.store import channels as channel_store
from ums.store import routes
from ums.store.db import Session
from ums.store.sealing import SealBroken, Sealer

REMEMBERED = 1024
"""How many opened secrets a process keeps."""


def chosen(field: str, key: str | None, master_secret: str | None) -> Credentials:
    """The key and secret that are brought along, and new ones for what isn't.

    Raises InvalidRequest naming `field` or `master_secret`.
    """
    errors: dict[str, list[str]] = {}
    if key is not None and (faults := key_faults(key)):
        errors[field] = faults
    if master_secret is not None and (faults := secret_faults(master_secret)):
        errors["master_secret"] = faults
    if errors:
        told = " ".join(f"{path}: {' '.join(texts)}" for path, texts in errors.items())
        raise InvalidRequest(f"These credentials can't be brought along. {told}", errors=errors)
    return Credentials(key=key or secrets.token_hex(12), master_secret=master_secret or secrets.token_hex(12))


def check_free(session: Session, key: str) -> None:
    """Raises Conflict where `key` already opens something, or names a channel in uploads."""
    if store.has_key(session, key):
        raise Conflict(f"The key {key} is, or was, that of an application or an AccessKey; choose another.")
    if channel_store.has_code(session, key):
        raise Conflict(f"{key} is the code of a channel, and uploads must tell the two apart; choose another key.")


def sealed(gateway: Gateway, channel_key: str, master_secret: str) -> bytes:
    """An application's secret as it is kept."""
    return gateway.sealer.seal(master_secret, place(channel_key))


def add_access_key(
    gateway: Gateway, access_key: str | None = None, master_secret: str | None = None
) -> Credentials:
    """Make an AccessKey, which opens all users and channels of the installation, and sends nothing.

    An existing key and secret can be brought along. Raises InvalidRequest for unusable ones, Conflict for a
    key that is taken.
    """
    credentials = chosen("access_key", access_key, master_secret)
    kept = gateway.sealer.seal(credentials.master_secret, _access_key_place(credentials.key))
    with gateway.database.write() as session:
        check_free(session, credentials.key)
        store.add_access_key(session, credentials.key, kept, gateway.clock.now())
    return credentials


def access_keys(gateway: Gateway) -> dict[str, float]:
    """Every AccessKey, and when it was made or brought along (unix seconds)."""
    with gateway.database.read() as session:
        return dict(store.access_keys(session))


def remove_access_key(gateway: Gateway, access_key: str) -> None:
    """Forget an AccessKey: nobody knows it from now on. Raises NotFound."""
    with gateway.database.write() as session:
        if not store.remove_access_key(session, access_key):
            raise unknown("AccessKey", access_key)


def authenticate(gateway: Gateway, key: str, secret: str) -> Caller:
    """Who shows these credentials: a ChannelKey or an AccessKey with its secret.

    Raises NotAuthenticated for a wrong pair, after the same work whether or not the key is known,
    ApplicationClosed for a right one that an operator has closed, and Unavailable where the secret was sealed
    with another key than the gateway has now.
    """
    with gateway.database.read() as session:
        shown = routes.credential(session, key) if key.isascii() else None
    if shown is None:
        known, where = _decoy(gateway.sealer), DECOY
    else:
        known = shown.sealed_secret
        where = _access_key_place(key) if shown.sender is None else place(key)
    right = hmac.compare_digest(_opened(gateway, known, where), secret.encode("utf-8", "backslashreplace"))
    if shown is None or not right:
        raise NotAuthenticated("No such pair of key and master secret; check both, the order is key:secret.")
    if shown.state is ApplicationState.CLOSED:
        raise ApplicationClosed("This application is closed; ask an operator of the gateway to reopen it.")
    limit = shown.sender.policy.rate_limit if shown.sender else gateway.settings.access_key_rate_limit
    return Caller(key=key, sender=shown.sender, rate_limit=limit)


def _opened(gateway: Gateway, kept: bytes, where: str) -> bytes:
    try:
        return _secret(gateway.sealer, kept, where)
    except SealBroken as error:
        raise Unavailable(
            "The gateway can't check these credentials: it can't open what it keeps of them. "
            "An operator must put back its secret key.",
            retry_after=60,
        ) from error


# Each secret is sealed under a fresh nonce, so one that was renewed or moved is never found here.
@lru_cache(maxsize=REMEMBERED)
def _secret(sealer: Sealer, kept: bytes, where: str) -> bytes:
    return sealer.open(kept, where).encode()


DECOY = "applications:"


@lru_cache(maxsize=8)
def _decoy(sealer: Sealer) -> bytes:
    """A secret nobody has, for unknown keys: it takes as long to open as a real one."""
    return sealer.seal(secrets.token_hex(12), DECOY)


def place(channel_key: str) -> str:
    """Where the sealed secret of an application stands."""
    return f"applications:{channel_key}"


def _access_key_place(access_key: str) -> str:
    return f"access_keys:{access_key}"
