"""Channels: their settings and state, and the endpoints that calls go to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Update, case, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ums.domain.channel import CALM, Channel, probe_wait
from ums.domain.commands import Json
from ums.domain.views import ChannelState, EndpointView, Failing
from ums.store import breakers
from ums.store.direct import fetched, rows_of
from ums.store.endpoints import end_waits, endpoint_of
from ums.store.models import BreakerRow, ChannelRow, EndpointRow, GrantRow


class Seal(NamedTuple):
    """A channel and its sealed settings, which every change seals anew: equal ones are of the same settings."""

    channel_id: int
    settings: bytes


_SEAL = text("SELECT id, sealed_settings FROM channels WHERE code = :code AND state != 'deleted'")
_LIVE = ChannelRow.state != ChannelState.DELETED.value


def add(
    session: Session,
    *,
    code: str,
    type_: str,
    name: str,
    settings: Mapping[str, Json],
    sealed_settings: bytes,
    endpoints: Mapping[str, float],
    now: float,
) -> Channel:
    """A new channel, and a full bucket for each of its `endpoints` (name → calls a second)."""
    row = ChannelRow(
        code=code,
        type=type_,
        name=name,
        settings=dict(settings),
        sealed_settings=sealed_settings,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(
        EndpointRow(
            channel_id=row.id, name=endpoint, rate=rate, allowance=max(rate, 1.0) if rate else 0.0, refilled_at=now
        )
        for endpoint, rate in endpoints.items()
    )
    session.flush()
    return _value(row)


def by_code(session: Session, code: str, application_id: int | None = None) -> Channel | None:
    """The channel with this code, unless it is deleted; with `application_id`, only if that one is granted it."""
    query = select(ChannelRow).where(ChannelRow.code == code, _LIVE)
    if application_id is not None:
        query = query.join(GrantRow).where(GrantRow.application_id == application_id)
    row = session.scalars(query).first()
    return None if row is None else _value(row)


_KEPT_SETTINGS = text("SELECT CAST(settings AS TEXT), sealed_settings FROM channels WHERE id = :channel_id")


def kept_settings(session: Session, channel_id: int) -> tuple[str, bytes]:
    """A channel's open settings, as JSON, and its sealed ones."""
    ((settings, sealed),) = rows_of(session, _KEPT_SETTINGS, {"channel_id": channel_id})
    return settings, bytes(sealed)


def seal_of(session: Session, code: str) -> Seal | None:
    """The seal of the channel with this code, unless there is none or it is deleted."""
    return next(iter(fetched(session, _SEAL, {"code": code}, Seal)), None)


def has_code(session: Session, code: str) -> bool:
    """Whether `code` is a channel's, or was one's that is kept for its deliveries' sake."""
    return session.execute(select(ChannelRow.id).where(ChannelRow.code == code)).first() is not None


def by_id(session: Session, channel_id: int) -> Channel | None:
    row = session.get(ChannelRow, channel_id)
    return None if row is None else _value(row)


def by_ids(session: Session, channel_ids: Collection[int]) -> dict[int, Channel]:
    """The channels with these ids."""
    return {
        row.id: _value(row) for row in session.scalars(select(ChannelRow).where(ChannelRow.id.in_(channel_ids)))
    }


def page(
    session: Session, *, after: str, limit: int, application_id: int | None = None, deleted: bool = False
) -> list[Channel]:
    """At most `limit` channels by code, from the first after `after`; those deleted only where asked for."""
    query = select(ChannelRow).where(ChannelRow.code > after).order_by(ChannelRow.code).limit(limit)
    if not deleted:
        query = query.where(_LIVE)
    if application_id is not None:
        query = query.join(GrantRow).where(GrantRow.application_id == application_id)
    return [_value(row) for row in session.scalars(query)]


def open_of_type(session: Session, type_: str) -> list[Channel]:
    """The channels of a type that aren't closed, by code."""
    query = select(ChannelRow).where(ChannelRow.type == type_, ChannelRow.state != ChannelState.CLOSED)
    return [_value(row) for row in session.scalars(query.order_by(ChannelRow.code))]


def sealed_settings(session: Session) -> list[tuple[str, bytes]]:
    """The sealed settings of every channel, by its code."""
    return [(code, sealed) for code, sealed in session.execute(select(ChannelRow.code, ChannelRow.sealed_settings))]


def endpoints(session: Session, channel_id: int, now: float) -> tuple[EndpointView, ...]:
    rows = session.scalars(
        select(EndpointRow).where(EndpointRow.channel_id == channel_id).order_by(EndpointRow.name)
    )
    return tuple(endpoint_of(row, now) for row in rows)


def change_settings(
    session: Session, channel_id: int, settings: Mapping[str, Json], sealed_settings: bytes
) -> None:
    """Keep new settings under the next version."""
    session.execute(
        update(ChannelRow)
        .where(ChannelRow.id == channel_id)
        .values(settings=dict(settings), sealed_settings=sealed_settings, version=ChannelRow.version + 1)
    )


def rename(session: Session, channel_id: int, name: str) -> None:
    session.execute(update(ChannelRow).where(ChannelRow.id == channel_id).values(name=name))


def remove(session: Session, channel_id: int) -> bool:
    """Forget a channel; one that deliveries refer to is kept, deleted. Whether it is gone altogether."""
    try:
        with session.begin_nested():
            session.execute(delete(ChannelRow).where(ChannelRow.id == channel_id))
    except IntegrityError:
        _set_state(session, channel_id, ChannelState.DELETED)
        return False
    return True


def park(session: Session, channel_id: int, reason: str, now: float) -> None:
    """Put the channel out of use until an operator acts or a probe succeeds; its queue is kept.

    A parked channel takes the newer reason and keeps its waits; one that an operator paused or closed
    stays as it is. A channel that came back by itself less than `CALM` seconds after it was parked takes
    up its waits where they ended.
    """
    row = session.get_one(ChannelRow, channel_id, populate_existing=True)
    if row.state == ChannelState.PARKED:
        row.reason = reason
    elif row.state == ChannelState.READY:
        if row.parked_at is None or now - row.parked_at > CALM:
            row.probes = 0
        row.state, row.reason, row.parked_at = ChannelState.PARKED, reason, now
        row.probe_at = now + probe_wait(row.probes)
    session.flush()


def resume(session: Session, channel_id: int) -> None:
    """Put the channel to use again, though its calls failed, with all its endpoints that were blocked or rested.

    What waits for an endpoint's rest to be over (a quota that an operator has cleared since) is due at once.
    """
    _set_state(session, channel_id, ChannelState.READY)
    breakers.forget(session, channel_id)
    end_waits(session, channel_id)
    session.execute(
        update(EndpointRow)
        .where(EndpointRow.channel_id == channel_id)
        .values(blocked=False, paused_until=None, reason="")
    )


def pause(session: Session, channel_id: int) -> None:
    _set_state(session, channel_id, ChannelState.PAUSED)


def close(session: Session, channel_id: int) -> None:
    _set_state(session, channel_id, ChannelState.CLOSED)


def _set_state(session: Session, channel_id: int, state: ChannelState) -> None:
    session.execute(
        update(ChannelRow)
        .where(ChannelRow.id == channel_id)
        .values(state=state.value, reason="", parked_at=None, probes=0, probe_at=None)
    )


def due_probes(session: Session, now: float) -> Sequence[int]:
    """The parked channels that are to be tried now."""
    query = select(ChannelRow.id).where(ChannelRow.state == ChannelState.PARKED, ChannelRow.probe_at <= now)
    return session.scalars(query.order_by(ChannelRow.probe_at)).all()


def claim_probe(session: Session, channel_id: int, now: float) -> bool:
    """Count a probe and set the time of the next; False where another process has just done so."""
    row = session.get_one(ChannelRow, channel_id, populate_existing=True)
    if row.state != ChannelState.PARKED or row.probe_at is None or row.probe_at > now:
        return False
    row.probes += 1
    row.probe_at = now + probe_wait(row.probes)
    session.flush()
    return True


def come_back(session: Session, channel_id: int, version: int) -> bool:
    """Put a parked channel to use after a probe of this version; False where that is out of date.

    Unlike `resume` it keeps the count of probes: see `park`.
    """
    found = session.execute(
        update(ChannelRow)
        .where(
            ChannelRow.id == channel_id,
            ChannelRow.version == version,
            ChannelRow.state == ChannelState.PARKED,
        )
        .values(state=ChannelState.READY.value, reason="", probe_at=None)
        .returning(ChannelRow.id)
    )
    return found.first() is not None


def block_endpoint(session: Session, channel_id: int, endpoint: str, reason: str) -> None:
    """Call this endpoint no more until an operator resumes the channel: a permission is missing."""
    session.execute(_endpoint_update(channel_id, endpoint).values(blocked=True, reason=reason))


def pause_endpoint(session: Session, channel_id: int, endpoint: str, until: float, reason: str) -> None:
    """Don't call this endpoint before `until`. A longer pause already set stays, and so does a block's reason."""
    told = case((EndpointRow.blocked, EndpointRow.reason), else_=reason)
    session.execute(
        _endpoint_update(channel_id, endpoint)
        .where(EndpointRow.paused_until.is_(None) | (EndpointRow.paused_until < until))
        .values(paused_until=until, reason=told)
    )


def note_refresh(session: Session, channel_id: int, now: float, notes: Mapping[str, str]) -> None:
    """Keep when the template lists were fetched, and why some were not (kind → why)."""
    session.execute(
        update(ChannelRow).where(ChannelRow.id == channel_id).values(refreshed_at=now, refresh_notes=dict(notes))
    )


def _endpoint_update(channel_id: int, endpoint: str) -> Update:
    return update(EndpointRow).where(EndpointRow.channel_id == channel_id, EndpointRow.name == endpoint)


def _failing(row: BreakerRow | None) -> Failing | None:
    return None if row is None or row.opened_at is None else Failing(row.reason, row.opened_at, row.probe_at or 0.0)


def _value(row: ChannelRow) -> Channel:
    return Channel(
        id=row.id,
        code=row.code,
        type=row.type,
        name=row.name,
        settings=row.settings,
        sealed_settings=row.sealed_settings,
        version=row.version,
        state=ChannelState(row.state),
        reason=row.reason,
        probes=row.probes,
        probe_at=row.probe_at,
        refreshed_at=row.refreshed_at,
        refresh_notes={kind: str(why) for kind, why in row.refresh_notes.items()},
        failing=_failing(row.breaker),
    )
