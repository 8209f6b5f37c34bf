"""Which messages name a provider's templates; asked only where a list has changed.

No index serves the question, and keeping one would cost every message something, so it looks at a bounded number.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ums.domain.json import Json
from ums.domain.message import MessageStatus
from ums.domain.template_breaks import Use
from ums.store.models import ApplicationRow, GrantRow, MessageRow
from ums.store.schedules import not_gone_out

HAVE_GONE_OUT = (MessageStatus.SENDING, MessageStatus.DONE)
LOOKED_AT = 10_000
"""Messages that are looked at: the newest of those that were sent, the soonest of those that will be."""


def waiting(session: Session, channel_id: int, type_: str, template_ids: Collection[str]) -> list[Use]:
    """Messages that will be sent on the channel by one of these templates, the soonest first."""
    query = _uses(channel_id, type_, template_ids).order_by(MessageRow.start_at).limit(LOOKED_AT)
    found = [_use(type_, row) for where in not_gone_out() for row in session.execute(query.where(where))]
    return sorted(found, key=lambda use: use.at)


def sent(
    session: Session, channel_id: int, type_: str, template_ids: Collection[str], *, since: float
) -> list[Use]:
    """Those among the newest messages that have been sent on the channel by one of these templates since then."""
    newest = select(func.coalesce(func.max(MessageRow.id), 0)).scalar_subquery()
    query = _uses(channel_id, type_, template_ids).where(
        MessageRow.id > newest - LOOKED_AT,
        MessageRow.start_at >= since,
        MessageRow.status.in_(HAVE_GONE_OUT),
    )
    return [_use(type_, row) for row in session.execute(query)]


def _uses(
    channel_id: int, type_: str, template_ids: Collection[str]
) -> Select[int, str, str, float, dict[str, dict[str, Json]]]:
    granted = select(GrantRow.application_id).where(GrantRow.channel_id == channel_id)
    return (
        select(
            MessageRow.application_id,
            ApplicationRow.name,
            MessageRow.msgid,
            MessageRow.start_at,
            MessageRow.contents,
        )
        .join(ApplicationRow, ApplicationRow.id == MessageRow.application_id)
        .where(
            MessageRow.contents[(type_, "template_id")].as_string().in_(template_ids),
            MessageRow.application_id.in_(granted),
        )
    )


def _use(type_: str, row: Row[int, str, str, float, dict[str, dict[str, Json]]]) -> Use:
    application_id, application, msgid, at, contents = row
    return Use(application_id=application_id, application=application, msgid=msgid, at=at, content=contents[type_])
