"""Files at the root of our domain, by which a provider finds out that it is ours: few, small, and kept at hand.

Whoever asks for a name that isn't there costs the database nothing: a process asks it once in five seconds.
"""

from __future__ import annotations

from ums.domain.errors import InvalidRequest, NotFound, first_of
from ums.domain.shown import shown
from ums.domain.site_file import NAME, faults
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import site_files as store
from ums.store.site_files import SiteFile

log = get_logger(__name__)

FRESH = 5.0
"""Seconds for which a process serves what it knows."""
MOST = 100


def add(gateway: Gateway, name: str, content: str) -> SiteFile:
    """Keep a file, in the place of one of the same name; blanks around its word don't count.

    Raises InvalidRequest for a name or a content that no provider gives, and beyond a hundred files.
    """
    word = content.strip()
    wrong = faults(name, word)
    if wrong:
        raise InvalidRequest(first_of(wrong), errors=wrong)
    file = SiteFile(name=name, content=word, at=gateway.clock.now())
    with gateway.database.write() as session:
        if len([kept for kept in store.every(session) if kept.name != name]) >= MOST:
            raise InvalidRequest(f"There are {MOST} files already; remove those that nobody asks for any more.")
        store.put(session, file)
    gateway.site_files.forget()
    log.info("a domain file was added", action="domain_file_added", file=name)
    return file


def list_all(gateway: Gateway) -> tuple[SiteFile, ...]:
    """All of them, by name."""
    with gateway.database.read() as session:
        return tuple(store.every(session))


def remove(gateway: Gateway, name: str) -> None:
    """Serve it no more. Raises NotFound."""
    with gateway.database.write() as session:
        if not store.remove(session, name):
            raise NotFound(f"There is no domain file {shown(name)!r}.")
    gateway.site_files.forget()
    log.info("a domain file was removed", action="domain_file_removed", file=name)


def content(gateway: Gateway, name: str) -> str | None:
    """What a file of this name holds; None where there is none."""
    if not NAME.fullmatch(name):
        return None
    files = gateway.site_files.get(gateway.clock.now(), FRESH, lambda: list_all(gateway))
    return next((file.content for file in files if file.name == name), None)
