"""Endpoints that may be called, and the buckets their calls are drawn from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import case, select, text, update
from sqlalchemy.orm import Session

from ums.domain.rehearsal import TEST_ENDPOINT
from ums.domain.views import ChannelState, EndpointView
from ums.store.direct import fetched, foresee, run
from ums.store.models import EndpointRow


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint that may be called: its channel, and the bucket its calls are drawn from.

    `troubled` is whether calls of its channel have failed of late, `broken` whether one may try it and no more.
    """

    channel_id: int
    channel_version: int
    name: str
    rate: float
    allowance: float
    refilled_at: float
    troubled: bool = False
    broken: bool = False


_OPEN = text(f"""
    SELECT endpoints.channel_id, channels.version, endpoints.name, endpoints.rate, endpoints.allowance,
           endpoints.refilled_at, breakers.channel_id IS NOT NULL, breakers.opened_at IS NOT NULL
    FROM endpoints JOIN channels ON channels.id = endpoints.channel_id
    LEFT JOIN breakers ON breakers.channel_id = channels.id
    WHERE channels.state = :ready AND NOT endpoints.blocked
      AND (endpoints.paused_until IS NULL OR endpoints.paused_until <= :now)
      AND (breakers.opened_at IS NULL OR breakers.probe_at <= :now)
    UNION ALL
    SELECT id, version, '{TEST_ENDPOINT}', 0.0, 0.0, :now, false, false FROM channels
    WHERE EXISTS (
        SELECT 1 FROM deliveries
        WHERE status = 'queued' AND channel_id = channels.id AND endpoint = '{TEST_ENDPOINT}')
""")  # noqa: S608 - constants


def open_endpoints(session: Session, now: float) -> list[EndpointState]:
    """Every endpoint that isn't paused or blocked, of every channel that is ready and answers, or may be tried.

    Where test messages are queued, also the one that they go to: without limit, whatever the channel's state.
    """
    return fetched(session, _OPEN, _now(now), EndpointState)


def foresee_open(session: Session, now: float) -> None:
    """Ask ahead for `open_endpoints`; whoever changes endpoints meanwhile does so by the engine."""
    foresee(session, _OPEN, _now(now))


def _now(now: float) -> dict[str, object]:
    return {"now": now, "ready": ChannelState.READY.value}


def of_channels(session: Session, channel_ids: Collection[int], now: float) -> dict[tuple[int, str], EndpointView]:
    """The endpoints of some channels, by channel and name."""
    rows = session.scalars(select(EndpointRow).where(EndpointRow.channel_id.in_(channel_ids)))
    return {(row.channel_id, row.name): endpoint_of(row, now) for row in rows}


def endpoint_of(row: EndpointRow, now: float) -> EndpointView:
    """An endpoint as it stands now: a rest that is over isn't told."""
    paused = row.paused_until if row.paused_until is not None and row.paused_until > now else None
    return EndpointView(
        name=row.name,
        rate=row.rate,
        paused_until=paused,
        blocked=row.blocked,
        reason=row.reason if row.blocked or paused is not None else "",
    )


_DRAW = text("""
    UPDATE endpoints SET allowance = :allowance, refilled_at = :now WHERE channel_id = :channel_id AND name = :name
""")


def draw(session: Session, endpoint: EndpointState, allowance: float, now: float) -> None:
    """Write down what is left in an endpoint's bucket; in the claim's own transaction, so sharing is exact."""
    place = {"channel_id": endpoint.channel_id, "name": endpoint.name}
    run(session, _DRAW, {**place, "allowance": allowance, "now": now})


_OPEN_MISSING = text("""
    INSERT INTO endpoints (channel_id, name, rate, allowance, refilled_at, blocked, reason)
    SELECT id, :name, :rate, :rate, :now, false, '' FROM channels WHERE type = :type
    ON CONFLICT (channel_id, name) DO NOTHING
""")


def open_missing(session: Session, by_type: Mapping[str, Mapping[str, float]], now: float) -> None:
    """A full bucket for each endpoint that a channel's type has come to have since the channel was made."""
    for type_, rates in by_type.items():
        for name, rate in rates.items():
            session.execute(_OPEN_MISSING, {"type": type_, "name": name, "rate": rate, "now": now})


_END_WAITS = text("""
    UPDATE deliveries SET due = updated_at
    WHERE status = 'queued' AND channel_id = :channel_id
      AND due = (SELECT paused_until FROM endpoints
                 WHERE endpoints.channel_id = deliveries.channel_id AND endpoints.name = deliveries.endpoint)
      AND :endpoint IN ('', endpoint)
""")


def end_waits(session: Session, channel_id: int, endpoint: str = "") -> None:
    """What waits for an endpoint's rest to be over is due at once; of all of a channel's, where none is named."""
    session.execute(_END_WAITS, {"channel_id": channel_id, "endpoint": endpoint})


def end_rest(session: Session, channel_id: int, endpoint: str) -> None:
    """Call an endpoint again that rested, and at once what waits for that; one that is blocked stays so."""
    end_waits(session, channel_id, endpoint)
    told = case((EndpointRow.blocked, EndpointRow.reason), else_="")
    session.execute(
        update(EndpointRow)
        .where(EndpointRow.channel_id == channel_id, EndpointRow.name == endpoint)
        .values(paused_until=None, reason=told)
    )
