"""What providers told besides receipts, as operators look at it: addresses are shortened, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ums.domain.channel import Channel
from ums.domain.errors import NotFound
from ums.domain.json import Json
from ums.domain.privacy import masked
from ums.domain.push import KeptEvent
from ums.domain.views import Page
from ums.domain.wire import CHANNEL_TYPES
from ums.services.accounts import found
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import channels
from ums.store import provider_events as store
from ums.store.db import Session
from ums.store.provider_events import Whose

PERSONAL = ("openid", "unionid", "fromusername", "touser")
"""What the name of a member holds whose value is somebody's address, as the providers name them."""
LONGEST_ID = 64
NAMED = 20
"""Deliveries that one event is shown with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetail:
    """One event, and what it was matched to.

    `messages` are the msgid and the status of deliveries that it names, `credits` the templates whose balance it
    has changed, and by how much.
    """

    event: KeptEvent
    messages: tuple[tuple[str, str], ...]
    credits: tuple[tuple[str, int], ...]


def page(
    gateway: Gateway,
    code: str,
    *,
    event: str = "",
    since: float = 0.0,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[KeptEvent]:
    """A channel's events that are kept, the newest first; those that the provider calls `event`, that came `since`.

    Raises NotFound for a channel that there isn't, and InvalidRequest for a cursor or a limit that won't do.
    """
    check_limit(limit)
    before = after_id(cursor)
    with gateway.database.read() as session:
        whose = _whose(found(channels.by_code(session, code), code))
        events = store.page(session, whose, kind=event, since=since, before=before, limit=limit + 1)
    return page_of([_shown(one) for one in events], limit, lambda one: str(one.id))


def kinds(gateway: Gateway, code: str) -> Mapping[str, int]:
    """The kinds among the newest events of a channel, and how many there are of each. Raises NotFound."""
    with gateway.database.read() as session:
        return store.kinds(session, found(channels.by_code(session, code), code).id)


def show(gateway: Gateway, code: str, event_id: int) -> EventDetail:
    """One event, and what it was matched to. Raises NotFound."""
    with gateway.database.read() as session:
        whose = _whose(found(channels.by_code(session, code), code))
        event = store.by_id(session, whose, event_id)
        if event is None:
            raise NotFound(f"Channel {code} has no event {event_id}; events are kept for 90 days.")
        return EventDetail(
            event=_shown(event),
            messages=_messages(session, whose.channel_id, event),
            credits=tuple(store.credits_moved(session, whose.channel_id, event)),
        )


def _whose(channel: Channel) -> Whose:
    names = CHANNEL_TYPES.get(channel.type)
    return Whose(channel.id, channel.code, names.property.wire if names else "")


def _messages(session: Session, channel_id: int, event: KeptEvent) -> tuple[tuple[str, str], ...]:
    ids = {text for text in _texts(dict(event.details)) if text.isdecimal() and len(text) <= LONGEST_ID}
    return tuple(store.deliveries_named(session, channel_id, ids, NAMED)) if ids else ()


def _texts(value: Json) -> Iterator[str]:
    """Every text and number in a document, as text."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str | int):
        yield str(value)


def _shown(event: KeptEvent) -> KeptEvent:
    details = {name: _masked(name, value, event.address) for name, value in event.details.items()}
    return replace(event, address=masked(event.address) if event.address else "", details=details)


def _masked(name: str, value: Json, address: str) -> Json:
    if isinstance(value, dict):
        return {inner: _masked(inner, each, address) for inner, each in value.items()}
    if isinstance(value, list):
        return [_masked(name, each, address) for each in value]
    is_personal = any(word in name.lower() for word in PERSONAL)
    if isinstance(value, str) and value and (is_personal or value == address):
        return masked(value)
    return value
