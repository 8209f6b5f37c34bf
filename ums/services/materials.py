"""Materials: files that applications leave for their mails to attach, kept for hours, opened by the sender of mail.

The row comes before the file and goes after it. So a crash leaves nothing on the shelf that no row speaks of,
and what isn't whole, or is over, is never opened: its row is taken away by the clock, once its file is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import IO

from ums.domain.errors import NotFound, TooLarge, Unavailable
from ums.domain.material import PATH, Material, digest, secret_of
from ums.logs import get_logger
from ums.materials.shelf import NotOnShelf, StorageFault
from ums.services.gateway import Gateway
from ums.store import materials as store

log = get_logger(__name__)

HOUR = 3600.0
UNFINISHED = HOUR
"""Seconds after which a material whose file is still not whole is taken for what a crash has left."""
RETRY_SECONDS = 30
BATCH = 500
"""Materials that are removed before their rows are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMaterial:
    """A file about to be kept for `hours`."""

    application_id: int
    file_name: str
    content_type: str
    size: int
    hours: int


def keep(gateway: Gateway, new: NewMaterial, content: IO[bytes]) -> str:
    """Keep a file, and give the address that stands for it.

    When this returns it is safe from a power cut. Raises TooLarge where the application's materials would take
    more than it may, and Unavailable where the file can't be stored; nothing of it is kept then.
    """
    secret = secrets.token_urlsafe(32)
    name = digest(secret)
    now = gateway.clock.now()
    _announce(gateway, name, new, now)
    try:
        gateway.materials.put(name, content, new.size)
    except StorageFault as fault:
        log.error("a material could not be stored", action="material_not_stored", cause=str(fault))
        _forget(gateway, [name])
        raise Unavailable(
            "The file can't be stored right now; send it again later.", retry_after=RETRY_SECONDS
        ) from fault
    with gateway.database.write() as session:
        if not store.confirm(session, name, now + new.hours * HOUR):
            raise Unavailable("The file took too long to be stored; send it again.", retry_after=RETRY_SECONDS)
    return f"{gateway.settings.address}{PATH}{secret}"


def open_material(gateway: Gateway, url: str, application_id: int) -> Material:
    """The file that an address stands for, for the sender of the application's mail.

    Raises NotFound where there is none: never was, is over, or is another application's; and Unavailable where it
    can't be read right now.
    """
    secret = secret_of(url)
    if secret is None:
        raise _unknown()
    name = digest(secret)
    with gateway.database.read() as session:
        kept = store.find(session, name, gateway.clock.now())
    if kept is None or kept.application_id != application_id:
        raise _unknown()
    try:
        data = gateway.materials.read(name)
    except NotOnShelf:
        log.error("a material is gone from its shelf", action="material_lost", file=name)
        raise _unknown() from None
    except StorageFault as fault:
        raise Unavailable(f"The material can't be read right now: {fault}", retry_after=RETRY_SECONDS) from fault
    return Material(file_name=kept.file_name, content_type=kept.content_type, data=data)


def forget_expired(gateway: Gateway) -> None:
    """Remove the materials whose time is over. Raises Unavailable where the shelf refuses, and keeps the rest."""
    while True:
        with gateway.database.read() as session:
            over = store.expired(session, gateway.clock.now(), BATCH)
        if not over:
            return
        try:
            for name in over:
                gateway.materials.remove(name)
        except StorageFault as fault:
            raise Unavailable(f"Materials can't be removed right now: {fault}") from fault
        _forget(gateway, over)


def _announce(gateway: Gateway, name: str, new: NewMaterial, now: float) -> None:
    most = gateway.settings.max_materials_bytes
    with gateway.database.write() as session:
        total = store.bytes_kept(session, new.application_id, now) + new.size
        if total > most:
            raise TooLarge(
                f"With this file the application's materials would take {total} bytes; {most} is all it may "
                "keep at a time. Give them a shorter time_to_live, or wait until some are over."
            )
        store.announce(
            session,
            store.NewMaterial(
                digest=name,
                application_id=new.application_id,
                file_name=new.file_name,
                content_type=new.content_type,
                size=new.size,
                created_at=now,
                expires_at=now + UNFINISHED,
            ),
        )


def _forget(gateway: Gateway, names: list[str]) -> None:
    with gateway.database.write() as session:
        store.forget(session, names)


def _unknown() -> NotFound:
    return NotFound("There is no such material: its time is over, or it is not this application's.")
