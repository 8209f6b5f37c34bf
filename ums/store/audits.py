"""Notes of who changed what, newest first."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ums.domain.views import AuditView
from ums.store.models import AuditRow


def add(session: Session, *, at: float, operator: str, action: str, thing: str, detail: str) -> None:
    session.add(AuditRow(at=at, operator=operator, action=action, thing=thing, detail=detail))
    session.flush()


def page(session: Session, *, before: int | None, limit: int) -> list[AuditView]:
    """At most `limit` notes, newest first, from the one before `before`."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditRow.id < before)
    return [_view(row) for row in session.scalars(query)]


def _view(row: AuditRow) -> AuditView:
    return AuditView(
        id=row.id, at=row.at, operator=row.operator, action=row.action, thing=row.thing, detail=row.detail
    )
