"""Looking at messages: how far they have come, delivery by delivery, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ums.domain import retention
from ums.domain.commands import Caller, TemplateUsed
from ums.domain.delivery import DeliveryStatus
from ums.domain.errors import InvalidRequest, NotFound
from ums.domain.message import MessageStatus
from ums.domain.retention import Number, Outcome
from ums.domain.views import DeliveryView, MessageProgress, Page, ReasonCount
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import messages
from ums.store import progress as store
from ums.store.db import Session
from ums.store.messages import MessageLine, StatusCount
from ums.store.progress import Wanted


def progress(gateway: Gateway, caller: Caller | None, msgid: str) -> MessageProgress:
    """How far a message has come. Raises NotFound for one that isn't the caller's."""
    with gateway.database.read() as session:
        line = _find(gateway, session, caller, msgid)
        return _progress(line, messages.status_counts(session, line[0].id))


def status(gateway: Gateway, msgid: str) -> MessageStatus:
    """Where a message stands, without counting its deliveries. Raises NotFound."""
    with gateway.database.read() as session:
        return MessageStatus(_find(gateway, session, None, msgid)[0].status)


def recent(gateway: Gateway, limit: int = 50) -> tuple[MessageProgress, ...]:
    """The newest messages of all applications, for operators."""
    with gateway.database.read() as session:
        return _all_progress(session, store.recent(session, store.EVERY, limit))


def list_for(
    gateway: Gateway,
    caller: Caller,
    *,
    status: str | None = None,
    since: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[MessageProgress]:
    """An application's messages, the newest first; `since` are unix seconds.

    Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000.
    """
    check_limit(limit)
    wanted = Wanted(
        application_id=caller.application_id,
        status=status,
        since=since,
        before=None if cursor is None else after_id(cursor),
    )
    with gateway.database.read() as session:
        page = page_of(store.recent(session, wanted, limit + 1), limit, lambda line: str(line[0].id))
        return Page(items=_all_progress(session, page.items), next=page.next)


def reasons(gateway: Gateway, caller: Caller | None, msgid: str) -> tuple[ReasonCount, ...]:
    """A message's deliveries by channel, status and reason, those that are kept no more among them."""
    with gateway.database.read() as session:
        row = _find(gateway, session, caller, msgid)[0]
        return _with_purged(messages.reason_counts(session, row.id), retention.counts_of(row.purged))


def deliveries(
    gateway: Gateway,
    caller: Caller | None,
    msgid: str,
    *,
    status: str | None = None,
    channel: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[DeliveryView]:
    """A message's deliveries in the order they were made, as far as they are kept.

    Raises InvalidRequest for an unknown status or a cursor that isn't from here.
    """
    if status is not None and status not in set(DeliveryStatus):
        raise InvalidRequest(
            f"There is no delivery status {status!r}.", errors={"status": [f"one of {', '.join(DeliveryStatus)}"]}
        )
    after = _position(cursor)
    with gateway.database.read() as session:
        line = _find(gateway, session, caller, msgid)
        found = messages.deliveries(
            session, line[0].id, status=status, channel=channel, after=after, limit=limit + 1
        )
    return Page(items=tuple(found[:limit]), next=str(found[limit - 1].id) if len(found) > limit else None)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdecimal() or len(cursor) > 18:
        raise InvalidRequest(
            "The cursor is not one that this list gave out.",
            errors={"cursor": ["use the `next` of the page before, as it came"]},
        )
    return int(cursor)


def _find(gateway: Gateway, session: Session, caller: Caller | None, msgid: str) -> MessageLine:
    line = None
    if caller is None or not caller.is_access_key:
        line = messages.find(session, msgid, caller.application_id if caller else None)
    if line is None:
        days = gateway.settings.keep_messages_days
        forgotten = f" What ended more than {days} days ago is known no more." if days else ""
        raise NotFound(f"There is no message {msgid[:64]!r} of this application.{forgotten}")
    return line


def _with_purged(kept: Sequence[ReasonCount], purged: Mapping[Outcome, Number]) -> tuple[ReasonCount, ...]:
    sums = dict(purged)
    for item in kept:
        outcome = Outcome(item.channel, item.status.value, item.reason)
        before = sums.get(outcome, Number(0, 0))
        sums[outcome] = Number(before.total + item.count, before.fell_over + item.fell_over)
    return tuple(
        ReasonCount(
            channel=outcome.channel,
            status=DeliveryStatus(outcome.status),
            reason=outcome.reason,
            count=number.total,
            fell_over=number.fell_over,
        )
        for outcome, number in sorted(sums.items(), key=lambda item: (item[0].channel or "", *item[0][1:]))
    )


def _all_progress(session: Session, lines: Sequence[MessageLine]) -> tuple[MessageProgress, ...]:
    counts = store.counts_of(session, [line[0].id for line in lines])
    return tuple(_progress(line, counts[line[0].id]) for line in lines)


def _progress(line: MessageLine, counts: list[StatusCount]) -> MessageProgress:
    row, application = line
    totals: dict[str, int] = {}
    channels: dict[str, dict[str, int]] = {}
    gone = [
        StatusCount(outcome.channel, outcome.status, number.total)
        for outcome, number in retention.counts_of(row.purged).items()
    ]
    for count in (*counts, *gone):
        totals[count.status] = totals.get(count.status, 0) + count.total
        if count.channel is not None:
            of_channel = channels.setdefault(count.channel, {})
            of_channel[count.status] = of_channel.get(count.status, 0) + count.total
    return MessageProgress(
        msgid=row.msgid,
        application=application,
        status=MessageStatus(row.status),
        recipients=row.recipients,
        counts=totals,
        channels=channels,
        created_at=row.created_at,
        finished_at=row.finished_at,
        purged_at=row.purged_at,
        sendno=row.sendno,
        template=_template(row.template_id, row.template_version),
    )


def _template(id_: int | None, version: int | None) -> TemplateUsed | None:
    return None if id_ is None or version is None else TemplateUsed(id=id_, version=version)
