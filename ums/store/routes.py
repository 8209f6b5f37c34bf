"""What routing needs to know of an application: its key, its preference, its granted channels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ums.domain.policy import Policy, policy_of
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES, bind_ids
from ums.store.bulk import fetched
from ums.store.models import ApplicationRow, ChannelRow, MessageRow
from ums.store.words import LIST as WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A channel that an application may send on."""

    type: str
    channel_id: int
    code: str
    state: ChannelState
    version: int
    """Of its settings."""
    refreshed_at: float | None
    """When its list of templates was fetched last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An application as routing sees it."""

    application_id: int
    channel_key: str
    preference: tuple[str, ...] | None
    granted: tuple[Granted, ...]
    policy: Policy
    words: int
    """How often the list of sensitive words has changed."""


_SENDER = text("""
    SELECT applications.channel_key, CAST(applications.preference AS TEXT), CAST(applications.policy AS TEXT),
           grants.type, channels.id, channels.code, channels.state, channels.version,
           channels.refreshed_at,
           COALESCE((SELECT number FROM revisions WHERE name = :words), 0)
    FROM applications
    LEFT JOIN grants ON grants.application_id = applications.id
    LEFT JOIN channels ON channels.id = grants.channel_id
    WHERE applications.id = :application_id ORDER BY grants.type
""")

_Line = tuple[str, str | None, str, str | None, int, str, str, int, float | None, int]


def sender(session: Session, application_id: int) -> Sender:
    """The application with its granted channels, by type."""
    lines = fetched(session, _SENDER, {"application_id": application_id, "words": WORDS}, _line)
    return _sender(application_id, tuple(lines))


def _line(
    key: str,
    preference: str | None,
    policy: str,
    type_: str | None,
    channel_id: int,
    code: str,
    state: str,
    version: int,
    refreshed_at: float | None,
    words: int,
) -> _Line:
    return key, preference, policy, type_, channel_id, code, state, version, refreshed_at, words


@lru_cache(maxsize=256)
def _sender(application_id: int, lines: tuple[_Line, ...]) -> Sender:
    """What the lines say; every send asks, and the answer is mostly the same."""
    key, preference, policy, *_, words = lines[0]
    return Sender(
        application_id=application_id,
        channel_key=key,
        preference=tuple(json.loads(preference or "null") or ()) or None,
        granted=tuple(
            Granted(
                type=type_,
                channel_id=channel_id,
                code=code,
                state=ChannelState(state),
                version=version,
                refreshed_at=refreshed_at,
            )
            for _, _, _, type_, channel_id, code, state, version, refreshed_at, _ in lines
            if type_ is not None
        ),
        policy=policy_of(json.loads(policy)),
        words=words,
    )


class ChannelInUse(NamedTuple):
    """Which channel it is, and which version of its settings counts now."""

    id: int
    code: str
    type: str
    version: int


def channel_in_use(session: Session, channel_id: int) -> ChannelInUse:
    """The channel as it stands."""
    row = session.execute(
        select(ChannelRow.code, ChannelRow.type, ChannelRow.version).where(ChannelRow.id == channel_id)
    ).one()
    return ChannelInUse(channel_id, row.code, row.type, row.version)


def places_of_address(session: Session, channel_id: int, message_id: int) -> list[tuple[str, str]]:
    """Where an address that a message was sent to may be bound: pairs of property and binding identifier."""
    row = session.execute(
        select(ChannelRow.type, ChannelRow.code, ApplicationRow.channel_key)
        .where(ChannelRow.id == channel_id, MessageRow.id == message_id)
        .join(ApplicationRow, ApplicationRow.id == MessageRow.application_id)
    ).one()
    name = CHANNEL_TYPES[row.type].property
    return [(name.wire, bind_id) for bind_id in bind_ids(name, row.code, row.channel_key)]
