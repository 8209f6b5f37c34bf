"""Segments that operators have saved."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ums.domain.segment import Filter, filter_item, read_filter
from ums.store.models import SegmentRow
from ums.store.numbers import next_id


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSegment:
    """A segment with the number that messages name it by."""

    id: int
    name: str
    filter: Filter
    created_at: float
    updated_at: float


def add(session: Session, name: str, wanted: Filter, now: float, *, segment_id: int | None = None) -> KeptSegment:
    """Keep a new segment, under `segment_id` where one is chosen."""
    row = SegmentRow(
        id=segment_id or next_id(session, SegmentRow.id),
        name=name,
        filter=filter_item(wanted),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return _value(row)


def change(session: Session, segment_id: int, name: str, wanted: Filter, now: float) -> None:
    session.execute(
        update(SegmentRow)
        .where(SegmentRow.id == segment_id)
        .values(name=name, filter=filter_item(wanted), updated_at=now)
    )


def remove(session: Session, segment_id: int) -> bool:
    """Whether there was one."""
    gone = delete(SegmentRow).where(SegmentRow.id == segment_id).returning(SegmentRow.id)
    return session.scalars(gone).first() is not None


def by_id(session: Session, segment_id: int) -> KeptSegment | None:
    row = session.scalars(select(SegmentRow).where(SegmentRow.id == segment_id)).first()
    return None if row is None else _value(row)


def by_name(session: Session, name: str) -> KeptSegment | None:
    row = session.scalars(select(SegmentRow).where(SegmentRow.name == name)).first()
    return None if row is None else _value(row)


def page(session: Session, *, after: int, limit: int) -> list[KeptSegment]:
    """At most `limit` segments by id, from the first after `after`."""
    rows = session.scalars(select(SegmentRow).where(SegmentRow.id > after).order_by(SegmentRow.id).limit(limit))
    return [_value(row) for row in rows]


def _value(row: SegmentRow) -> KeptSegment:
    return KeptSegment(
        id=row.id,
        name=row.name,
        filter=read_filter(row.filter),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
