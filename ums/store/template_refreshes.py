"""The refreshes that found a channel's template list changed: the last of each channel."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ums.domain.template import TemplateDiff, change_item, change_of
from ums.domain.template_breaks import breaks_item, breaks_of
from ums.domain.views import TemplateRefresh
from ums.store.models import TemplateRefreshRow

KEPT = 20
"""Refreshes of one channel that are kept."""


def add(session: Session, channel_id: int, refresh: TemplateRefresh) -> None:
    """Keep a refresh, and forget the channel's oldest beyond `KEPT`."""
    session.add(
        TemplateRefreshRow(
            channel_id=channel_id,
            at=refresh.at,
            total=refresh.diff.total,
            changes=[change_item(change) for change in refresh.diff.changes],
            breaks=breaks_item(refresh.breaks),
        )
    )
    session.flush()
    newest = (
        select(TemplateRefreshRow.id)
        .where(TemplateRefreshRow.channel_id == channel_id)
        .order_by(TemplateRefreshRow.id.desc())
        .limit(KEPT)
    )
    session.execute(
        delete(TemplateRefreshRow)
        .where(TemplateRefreshRow.channel_id == channel_id, TemplateRefreshRow.id.not_in(newest))
        .execution_options(synchronize_session=False)
    )


def of_channel(session: Session, channel_id: int, limit: int = KEPT) -> tuple[TemplateRefresh, ...]:
    """A channel's refreshes that are kept, the newest first."""
    rows = session.scalars(
        select(TemplateRefreshRow)
        .where(TemplateRefreshRow.channel_id == channel_id)
        .order_by(TemplateRefreshRow.id.desc())
        .limit(limit)
    )
    return tuple(_value(row) for row in rows)


def _value(row: TemplateRefreshRow) -> TemplateRefresh:
    diff = TemplateDiff(changes=tuple(map(change_of, row.changes)), total=row.total)
    return TemplateRefresh(at=row.at, diff=diff, breaks=breaks_of(row.breaks))
