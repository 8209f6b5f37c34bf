"""What routing needs to know of an application: its key, its preference, its granted channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ums.domain.policy import Policy, policy_of
from ums.domain.views import ChannelState
from ums.domain.wire import CHANNEL_TYPES, bind_ids
from ums.store.models import ApplicationRow, ChannelRow, GrantRow, MessageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A channel that an application may send on."""

    type: str
    channel_id: int
    code: str
    state: ChannelState


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """An application as routing sees it."""

    application_id: int
    channel_key: str
    preference: tuple[str, ...] | None
    granted: tuple[Granted, ...]
    policy: Policy


def sender(session: Session, application_id: int) -> Sender:
    """The application with its granted channels, by type."""
    row = session.execute(
        select(ApplicationRow.channel_key, ApplicationRow.preference, ApplicationRow.policy).where(
            ApplicationRow.id == application_id
        )
    ).one()
    granted = session.execute(
        select(GrantRow.type, ChannelRow.id, ChannelRow.code, ChannelRow.state)
        .join(ChannelRow, ChannelRow.id == GrantRow.channel_id)
        .where(GrantRow.application_id == application_id)
        .order_by(GrantRow.type)
    )
    return Sender(
        application_id=application_id,
        channel_key=row.channel_key,
        preference=tuple(str(type_) for type_ in row.preference) if row.preference else None,
        granted=tuple(
            Granted(type=type_, channel_id=id_, code=code, state=ChannelState(state))
            for type_, id_, code, state in granted
        ),
        policy=policy_of(row.policy),
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
