"""Messages and their deliveries: written once when accepted, read to show how far they have come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, case, exists, func, literal, select, text
from sqlalchemy.orm import Session, aliased

from ums.domain.commands import Json, TemplateUsed
from ums.domain.delivery import DeliveryStatus
from ums.domain.json import written
from ums.domain.message import MessageStatus
from ums.domain.routing import Obstacle
from ums.domain.rule import Rule, rule_items, rule_of
from ums.domain.views import ChannelState, DeliveryView, ReasonCount
from ums.store.direct import document, fetched, rows_of, run
from ums.store.hints import BY_OPEN
from ums.store.models import ApplicationRow, BreakerRow, ChannelRow, DeliveryRow, MessageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message about to be stored."""

    msgid: str
    application_id: int
    status: MessageStatus
    rule_id: int
    rule: Rule
    contents: dict[str, dict[str, Json]]
    template: TemplateUsed | None
    priority: int
    recipients: int
    sendno: str | None
    owner: str | None
    callback: dict[str, Json]
    audience: dict[str, Json]
    test: bool
    created_at: float
    start_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHead:
    """What sending needs to know of a stored message."""

    id: int
    msgid: str
    application_id: int
    status: MessageStatus
    rule: Rule
    contents: dict[str, dict[str, Json]]
    priority: int
    expires_at: float
    test: bool


_ADD_MESSAGE = text("""
    INSERT INTO messages (
        msgid, application_id, status, rule_id, rule, template_id, template_version, contents, priority, recipients,
        sendno, owner, callback, audience, expanded_to, test, created_at, start_at, expires_at, purged
    ) VALUES (
        :msgid, :application_id, :status, :rule_id, :rule, :template_id, :template_version, :contents, :priority,
        :recipients, :sendno, :owner, :callback, :audience, 0, :test, :created_at, :start_at, :expires_at, '[]'
    ) RETURNING id
""")


@lru_cache(maxsize=256)
def _rule(rule: Rule) -> str:
    """A rule as it is kept: few are many messages'."""
    return written(rule_items(rule))


def add_message(session: Session, new: NewMessage) -> int:
    """Store a message; answers its row's id."""
    values = {
        "msgid": new.msgid,
        "application_id": new.application_id,
        "status": new.status.value,
        "rule_id": new.rule_id,
        "rule": _rule(new.rule),
        "template_id": new.template.id if new.template else None,
        "template_version": new.template.version if new.template else None,
        "contents": written(new.contents),
        "priority": int(new.priority),
        "recipients": new.recipients,
        "sendno": new.sendno,
        "owner": new.owner,
        "callback": written(new.callback) if new.callback else "{}",
        "audience": written(new.audience) if new.audience else "{}",
        "test": new.test,
        "created_at": new.created_at,
        "start_at": new.start_at,
        "expires_at": new.expires_at,
    }
    (stored,) = fetched(session, _ADD_MESSAGE, values, int)
    return stored


_FINISH = """
    UPDATE messages SET status = 'done', finished_at = :now
    WHERE id = :id AND status = 'sending' AND NOT EXISTS (
        SELECT 1 FROM deliveries {by_open} WHERE deliveries.message_id = messages.id AND deliveries.open)
"""
_FINISHING = {dialect: text(_FINISH.format(by_open=by_open)) for dialect, by_open in BY_OPEN.items()}


def finish_messages(session: Session, message_ids: Iterable[int], now: float) -> None:
    """Mark as done those of the messages that have nothing left to come."""
    statement = _FINISHING[session.get_bind().dialect.name]
    for message_id in message_ids:
        run(session, statement, {"id": message_id, "now": now})


_HEAD = text("""
    SELECT msgid, application_id, status, rule, contents, priority, expires_at, test FROM messages WHERE id = :id
""")


def head(session: Session, message_id: int) -> MessageHead:
    """What sending needs to know of a message, which must be there."""
    (row,) = rows_of(session, _HEAD, {"id": message_id})
    msgid, application_id, status, rule, contents, priority, expires_at, test = row
    return MessageHead(
        id=message_id,
        msgid=msgid,
        application_id=application_id,
        status=MessageStatus(status),
        rule=rule_of(document(rule)),
        contents=document(contents),
        priority=priority,
        expires_at=expires_at,
        test=bool(test),
    )


MessageLine = Row[MessageRow, str]


def find(session: Session, msgid: str, application_id: int | None) -> MessageLine | None:
    """A message with its application's name; with `application_id`, only that application's."""
    statement = select(MessageRow, ApplicationRow.name).join(
        ApplicationRow, ApplicationRow.id == MessageRow.application_id
    )
    statement = statement.where(MessageRow.msgid == msgid)
    if application_id is not None:
        statement = statement.where(MessageRow.application_id == application_id)
    return session.execute(statement).one_or_none()


class StatusCount(NamedTuple):
    """How many deliveries of a message stand at a status on a channel (None: unreachable users)."""

    channel: str | None
    status: str
    total: int


def status_counts(session: Session, message_id: int) -> list[StatusCount]:
    statement = (
        select(ChannelRow.code, DeliveryRow.status, func.count())
        .outerjoin(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .where(DeliveryRow.message_id == message_id)
        .group_by(ChannelRow.code, DeliveryRow.status)
    )
    return [StatusCount(*row) for row in session.execute(statement)]


def reason_counts(session: Session, message_id: int) -> list[ReasonCount]:
    """Deliveries by channel, status and reason, with how many of each were followed by another channel."""
    fallback = aliased(DeliveryRow)
    statement = (
        select(
            ChannelRow.code,
            DeliveryRow.status,
            DeliveryRow.reason,
            func.count(DeliveryRow.id.distinct()),
            func.count(case((fallback.id.is_not(None), DeliveryRow.id)).distinct()),
        )
        .outerjoin(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .outerjoin(
            fallback,
            (fallback.message_id == DeliveryRow.message_id)
            & (fallback.userid == DeliveryRow.userid)
            & (fallback.fallback_of == DeliveryRow.id),
        )
        .where(DeliveryRow.message_id == message_id)
        .group_by(ChannelRow.code, DeliveryRow.status, DeliveryRow.reason)
        .order_by(ChannelRow.code, DeliveryRow.status, DeliveryRow.reason)
    )
    return [
        ReasonCount(channel=code, status=DeliveryStatus(status), reason=reason, count=count, fell_over=fell)
        for code, status, reason, count, fell in session.execute(statement)
    ]


def deliveries(
    session: Session,
    message_id: int,
    *,
    status: str | None,
    channel: str | None,
    after: int,
    limit: int,
) -> list[DeliveryView]:
    """Up to `limit` deliveries of a message, by id, after the delivery `after`."""
    wanted: list[ColumnElement[bool]] = [DeliveryRow.message_id == message_id, DeliveryRow.id > after]
    if status is not None:
        wanted.append(DeliveryRow.status == status)
    if channel is not None:
        wanted.append(ChannelRow.code == channel)
    rows = session.execute(
        select(DeliveryRow, ChannelRow.code, _waits_for(), _followed())
        .outerjoin(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .where(*wanted)
        .order_by(DeliveryRow.id)
        .limit(limit)
    )
    return [_delivery_view(row, code, waits, fell_over) for row, code, waits, fell_over in rows]


def _waits_for() -> ColumnElement[str]:
    """What keeps a queued delivery's channel from being called; empty where nothing does."""
    broken = exists().where(BreakerRow.channel_id == ChannelRow.id, BreakerRow.opened_at.is_not(None))
    return case(
        (ChannelRow.state != ChannelState.READY.value, literal("channel_") + ChannelRow.state),
        (broken, Obstacle.CHANNEL_FAILING.value),
        else_="",
    )


def _followed() -> ColumnElement[bool]:
    """Whether another delivery took over from this one."""
    fallback = aliased(DeliveryRow)
    return exists().where(
        fallback.message_id == DeliveryRow.message_id,
        fallback.userid == DeliveryRow.userid,
        fallback.fallback_of == DeliveryRow.id,
    )


def _delivery_view(row: DeliveryRow, code: str | None, waits: str, fell_over: bool) -> DeliveryView:
    """A delivery that waits without a reason of its own waits for its channel, where that isn't called."""
    return DeliveryView(
        id=row.id,
        userid=row.userid,
        channel=code,
        address=row.address or None,
        status=DeliveryStatus(row.status),
        reason=row.reason or (waits if row.status == DeliveryStatus.QUEUED else ""),
        provider_code=row.provider_code,
        provider_message=row.provider_message,
        attempts=row.calls,
        step=row.step,
        fallback_of=row.fallback_of,
        cause=row.cause,
        fell_over=fell_over,
        updated_at=row.updated_at,
    )
