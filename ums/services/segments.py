"""Segments: filters over the users, saved by operators, counted, named by messages."""

from __future__ import annotations

from ums.domain.audience import Audience
from ums.domain.errors import InvalidRequest
from ums.domain.segment import Filter, channels_of
from ums.domain.shown import shown
from ums.domain.views import Page
from ums.services import applications
from ums.services.gateway import Gateway
from ums.services.names import check_id_free, check_name, check_name_free, check_unused, known, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import audiences, directories, routes, schedules
from ums.store import segments as store
from ums.store.audiences import Scope
from ums.store.db import Session
from ums.store.segments import KeptSegment

THING = "segment"


def add(gateway: Gateway, name: str, wanted: Filter, segment_id: int | None = None) -> KeptSegment:
    """Save a filter, under a number of one's own choice or the next free one.

    Raises InvalidRequest for an unusable name and for channel codes that there aren't, Conflict for a name
    or a number that is taken.
    """
    check_name(name)
    with gateway.database.write() as session:
        _check_channels(session, wanted)
        check_name_free(THING, name, store.by_name(session, name))
        if segment_id is not None:
            check_id_free(THING, segment_id, store.by_id(session, segment_id))
        return store.add(session, name, wanted, gateway.clock.now(), segment_id=segment_id)


def change(gateway: Gateway, segment_id: int, name: str, wanted: Filter) -> KeptSegment:
    """Put another filter in its place, for what is looked up from now on.

    Raises NotFound, and otherwise as `add` does.
    """
    check_name(name)
    with gateway.database.write() as session:
        _check_channels(session, wanted)
        if known(THING, segment_id, store.by_id(session, segment_id)).name != name:
            check_name_free(THING, name, store.by_name(session, name))
        store.change(session, segment_id, name, wanted, gateway.clock.now())
        return known(THING, segment_id, store.by_id(session, segment_id))


def remove(gateway: Gateway, segment_id: int) -> None:
    """Forget a segment; messages that name it are refused from now on.

    Raises NotFound, and Conflict while messages name it that haven't reached everyone yet.
    """
    with gateway.database.write() as session:
        check_unused(THING, segment_id, schedules.naming(session, "segment_id", segment_id))
        if not store.remove(session, segment_id):
            raise unknown(THING, segment_id)


def show(gateway: Gateway, segment_id: int) -> KeptSegment:
    """The segment with this number. Raises NotFound."""
    with gateway.database.read() as session:
        return known(THING, segment_id, store.by_id(session, segment_id))


def list_all(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[KeptSegment]:
    """Segments by number. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda segment: str(segment.id))


def count(gateway: Gateway, segment_id: int, application: str | None = None) -> int:
    """How many users are in it: as the application of that name sees them, or, without one, of all users.

    Raises NotFound where there is no such segment, or no such application.
    """
    seen_by = None if application is None else applications.by_name(gateway, application).id
    with gateway.database.read() as session:
        known(THING, segment_id, store.by_id(session, segment_id))
        scope = None if seen_by is None else Scope.of(routes.sender(session, seen_by))
        return audiences.count(session, Audience(segment_id=segment_id), scope)


def check_segment(session: Session, audience: Audience) -> None:
    """Raises InvalidRequest where a message names a segment that there isn't."""
    if audience.segment_id is not None and store.by_id(session, audience.segment_id) is None:
        text = f"there is no segment {audience.segment_id}"
        raise InvalidRequest(f"aud_segment.0: {text}.", errors={"aud_segment.0": [text]})


def _check_channels(session: Session, wanted: Filter) -> None:
    asked = channels_of(wanted)
    known = directories.channel_types(session) if asked else {}
    missing = {path: [f"there is no channel {shown(code)!r}"] for path, code in asked.items() if code not in known}
    if missing:
        path, texts = next(iter(missing.items()))
        raise InvalidRequest(f"{path}: {texts[0]}.", errors=missing)
