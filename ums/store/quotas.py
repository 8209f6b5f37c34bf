"""Calls counted by the day, what providers say of their quotas, and how often those were cleared."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from ums.domain.quota import Asked, Quota
from ums.store.direct import run
from ums.store.models import EndpointCallsRow, EndpointQuotaRow, QuotaClearRow


class Known(NamedTuple):
    """What is known of an endpoint's quota: an operator's limit, the provider's last answer, why there is none."""

    own_limit: int | None = None
    asked: Asked | None = None
    note: str = ""


_COUNT = text("""
    INSERT INTO endpoint_calls (channel_id, endpoint, day, calls, cleared)
    VALUES (:channel_id, :endpoint, :day, :calls, 0)
    ON CONFLICT (channel_id, endpoint, day) DO UPDATE SET calls = endpoint_calls.calls + excluded.calls
""")

_WAITING = text("""
    SELECT COUNT(*) FROM (
        SELECT 1 FROM deliveries
        WHERE status = 'queued' AND channel_id = :channel_id AND endpoint = :endpoint LIMIT :most
    ) AS part
""")


def count(session: Session, day: str, calls: Mapping[tuple[int, str], int]) -> None:
    """Add calls, by channel and endpoint, to those of the day. In one order, so that two writers never cross."""
    for (channel_id, endpoint), number in sorted(calls.items()):
        run(session, _COUNT, {"channel_id": channel_id, "endpoint": endpoint, "day": day, "calls": number})


def counted(session: Session, channel_id: int, day: str) -> dict[str, int]:
    """The calls of a day by endpoint, from the last clear on."""
    query = select(EndpointCallsRow.endpoint, EndpointCallsRow.calls - EndpointCallsRow.cleared)
    found = session.execute(query.where(EndpointCallsRow.channel_id == channel_id, EndpointCallsRow.day == day))
    return {row[0]: row[1] for row in found}


def waiting(session: Session, channel_id: int, endpoint: str, most: int) -> int:
    """How many deliveries are queued on an endpoint, `most` at most."""
    values = {"channel_id": channel_id, "endpoint": endpoint, "most": most}
    return session.execute(_WAITING, values).scalar() or 0


def known(session: Session, channel_id: int) -> dict[str, Known]:
    """What is known of a channel's quotas, by endpoint."""
    rows = session.scalars(select(EndpointQuotaRow).where(EndpointQuotaRow.channel_id == channel_id))
    return {row.endpoint: Known(row.own_limit, _asked(row), row.note) for row in rows}


def keep(session: Session, channel_id: int, endpoint: str, asked: Asked) -> None:
    """Keep a provider's answer."""
    row = _row(session, channel_id, endpoint)
    row.daily_limit, row.used, row.remain = asked.quota.daily_limit, asked.quota.used, asked.quota.remain
    row.pace_calls, row.pace_seconds = asked.quota.pace_calls, asked.quota.pace_seconds
    row.counted, row.day, row.asked_at, row.note = asked.counted, asked.day, asked.at, ""
    session.flush()


def keep_note(session: Session, channel_id: int, endpoint: str, note: str) -> None:
    """Keep why a provider gave no answer; the last one stays."""
    _row(session, channel_id, endpoint).note = note
    session.flush()


def set_limit(session: Session, channel_id: int, endpoint: str, own_limit: int | None) -> None:
    """Keep the limit that an operator knows of, or None for that of the provider alone."""
    _row(session, channel_id, endpoint).own_limit = own_limit
    session.flush()


def clear(session: Session, channel_id: int, endpoints: Collection[str], day: str) -> None:
    """The provider counts these endpoints anew: so do we, and its last answers of this day are out of date."""
    session.execute(
        update(EndpointCallsRow)
        .where(
            EndpointCallsRow.channel_id == channel_id,
            EndpointCallsRow.endpoint.in_(endpoints),
            EndpointCallsRow.day == day,
        )
        .values(cleared=EndpointCallsRow.calls)
    )
    session.execute(
        update(EndpointQuotaRow)
        .where(EndpointQuotaRow.channel_id == channel_id, EndpointQuotaRow.endpoint.in_(endpoints))
        .values(day="")
    )


def clears_since(session: Session, channel_id: int, since: float) -> int:
    """How often the provider has been told to count anew since then."""
    query = select(func.count()).select_from(QuotaClearRow)
    return session.scalar(query.where(QuotaClearRow.channel_id == channel_id, QuotaClearRow.at >= since)) or 0


def note_clear(session: Session, channel_id: int, endpoint: str, now: float) -> int:
    """Note a clear that is about to be made; gives its number."""
    row = QuotaClearRow(channel_id=channel_id, endpoint=endpoint, at=now)
    session.add(row)
    session.flush()
    return row.id


def forget_clear(session: Session, clear_id: int) -> None:
    """A clear that was noted has surely not been made."""
    session.execute(delete(QuotaClearRow).where(QuotaClearRow.id == clear_id))


def forget(session: Session, before_day: str, before: float) -> None:
    """Drop the counts of the days before that date, and the clears before that time."""
    session.execute(delete(EndpointCallsRow).where(EndpointCallsRow.day < before_day))
    session.execute(delete(QuotaClearRow).where(QuotaClearRow.at < before))


def _row(session: Session, channel_id: int, endpoint: str) -> EndpointQuotaRow:
    row = session.get(EndpointQuotaRow, (channel_id, endpoint))
    if row is None:
        row = EndpointQuotaRow(channel_id=channel_id, endpoint=endpoint)
        session.add(row)
    return row


def _asked(row: EndpointQuotaRow) -> Asked | None:
    if row.asked_at is None:
        return None
    quota = Quota(
        daily_limit=row.daily_limit,
        used=row.used,
        remain=row.remain,
        pace_calls=row.pace_calls,
        pace_seconds=row.pace_seconds,
    )
    return Asked(quota=quota, at=row.asked_at, day=row.day, counted=row.counted)
