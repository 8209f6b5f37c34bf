"""Messages by the page, with how far they have come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ums.store.messages import MessageLine, StatusCount
from ums.store.models import ApplicationRow, ChannelRow, DeliveryRow, MessageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages: one application's, at a status, accepted since a moment (unix seconds), before an id."""

    application_id: int | None = None
    status: str | None = None
    since: float | None = None
    before: int | None = None


EVERY = Wanted()


def recent(session: Session, wanted: Wanted, limit: int) -> Sequence[MessageLine]:
    """At most `limit` messages, the newest first."""
    query = select(MessageRow, ApplicationRow.name).join(
        ApplicationRow, ApplicationRow.id == MessageRow.application_id
    )
    if wanted.application_id is not None:
        query = query.where(MessageRow.application_id == wanted.application_id)
    if wanted.status is not None:
        query = query.where(MessageRow.status == wanted.status)
    if wanted.since is not None:
        query = query.where(MessageRow.created_at >= wanted.since)
    if wanted.before is not None:
        query = query.where(MessageRow.id < wanted.before)
    return session.execute(query.order_by(MessageRow.id.desc()).limit(limit)).all()


def counts_of(session: Session, message_ids: Sequence[int]) -> Mapping[int, list[StatusCount]]:
    """The deliveries of at most 1,000 messages, counted by channel and status, by the messages' ids."""
    query = (
        select(DeliveryRow.message_id, ChannelRow.code, DeliveryRow.status, func.count())
        .outerjoin(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .where(DeliveryRow.message_id.in_(message_ids))
        .group_by(DeliveryRow.message_id, ChannelRow.code, DeliveryRow.status)
    )
    found: defaultdict[int, list[StatusCount]] = defaultdict(list)
    for message_id, channel, status, total in session.execute(query):
        found[message_id].append(StatusCount(channel, status, total))
    return found
