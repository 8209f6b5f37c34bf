"""Endpoints that may be called, and the buckets their calls are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ums.domain.views import ChannelState
from ums.store.models import ChannelRow, EndpointRow


@dataclass(frozen=True, slots=True)
class EndpointState:
    """An endpoint that may be called: its channel, and the bucket its calls are drawn from."""

    channel_id: int
    channel_version: int
    name: str
    rate: float
    allowance: float
    refilled_at: float


def open_endpoints(session: Session, now: float) -> list[EndpointState]:
    """Every endpoint that isn't paused or blocked, of every channel that is ready."""
    rows = session.execute(
        select(
            EndpointRow.channel_id,
            ChannelRow.version,
            EndpointRow.name,
            EndpointRow.rate,
            EndpointRow.allowance,
            EndpointRow.refilled_at,
        )
        .join(ChannelRow, ChannelRow.id == EndpointRow.channel_id)
        .where(
            ChannelRow.state == ChannelState.READY,
            ~EndpointRow.blocked,
            (EndpointRow.paused_until.is_(None)) | (EndpointRow.paused_until <= now),
        )
    )
    return [EndpointState(*row) for row in rows]


def draw(session: Session, endpoint: EndpointState, allowance: float, now: float) -> None:
    """Write down what is left in an endpoint's bucket; in the claim's own transaction, so sharing is exact."""
    session.execute(
        update(EndpointRow)
        .where(EndpointRow.channel_id == endpoint.channel_id, EndpointRow.name == endpoint.name)
        .values(allowance=allowance, refilled_at=now)
    )
