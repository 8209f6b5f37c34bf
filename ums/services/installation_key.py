"""Whether the key this gateway has is the one that its database was sealed with."""

from __future__ import annotations

from collections.abc import Iterator

from ums.domain.errors import Conflict
from ums.services import accounts, applications
from ums.services.gateway import Gateway
from ums.store import applications as application_store
from ums.store import channels as channel_store
from ums.store.sealing import SealBroken

HINT = (
    "no secret in the database opens with this key: put back secret.key, or UMS_SECRET_KEY, as it was. "
    "If it is lost, set every channel's secrets anew (ums channel set CODE --set secret=@FILE) and make new "
    "applications"
)


def check(gateway: Gateway) -> None:
    """Raises Conflict where the key is another one."""
    if not fits(gateway):
        raise Conflict(f"{HINT[0].upper()}{HINT[1:]}.")


def fits(gateway: Gateway) -> bool:
    """Whether the key opens any of the secrets that are kept, or there are none."""
    found = False
    for place, sealed in _sealed(gateway):
        try:
            gateway.sealer.open(sealed, place)
        except SealBroken:
            found = True
        else:
            return True
    return not found


def _sealed(gateway: Gateway) -> Iterator[tuple[str, bytes]]:
    with gateway.database.read() as session:
        known = application_store.sealed_secrets(session)
        channels = channel_store.sealed_settings(session)
    yield from ((applications.place(key), sealed) for key, sealed in known)
    yield from ((accounts.place(code), sealed) for code, sealed in channels)
