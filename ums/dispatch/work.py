"""Where a sending process's work comes from: what is due, looked up by itself, or what it was handed to claim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ums.domain.message import Priority
from ums.domain.pace import is_worth_drawing, refilled
from ums.services.gateway import Gateway
from ums.store import endpoints, outbox
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Lane

LOOK_EVERY = 0.25
"""Seconds between looks for deliveries whose wait is over, while nobody commits anything."""
ALL = 2**31
"""More than any lane holds."""


class Offer(NamedTuple):
    """So many deliveries of a lane may be claimed, by the batch of that number where it isn't 0."""

    lane: Lane
    most: int = ALL
    batch: int = 0

    @property
    def place(self) -> tuple[int, str]:
        """The channel and the endpoint."""
        return self.lane.channel_id, self.lane.endpoint

    def after(self, claimed: int, room: int) -> Offer:
        """What is left of it where there was `room` for so many: nothing, unless that was what held it back."""
        return self._replace(most=self.most - claimed if claimed == room else 0)


class Work(Protocol):
    """What a sending process may claim. Every method is called on the desk's thread."""

    def offers(self, now: float) -> Sequence[Offer]:
        """Where there may be something to claim, high priority first; looked up without taking a lock."""

    def take(self, session: Session, offer: Offer) -> bool:
        """Whether an offer still stands, asked in the claim's own transaction."""

    def used(self, rests: Sequence[Offer]) -> None:
        """That transaction is kept, and this is left of the offers that were taken."""

    def give_back(self, session: Session) -> None:
        """Nothing more is going to be claimed."""

    def close(self) -> None:
        """Let go of what it holds open."""


class DueWork:
    """The local engine: whatever is due."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._watch = gateway.database.watch()
        self._looked_at = 0.0

    def offers(self, now: float) -> list[Offer]:
        if not self._worth_a_look(now):
            return []
        with self._gateway.database.read() as session:
            return [Offer(lane) for lane, _ in due_lanes(session, now)]

    def _worth_a_look(self, now: float) -> bool:
        """Whether anything can be due that wasn't: something was committed, or time has passed."""
        changed = self._watch.changed()
        if not changed and 0 <= now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        return True

    def take(self, session: Session, offer: Offer) -> bool:
        return True

    def used(self, rests: Sequence[Offer]) -> None:
        """Nothing to note: what is due tells it."""

    def give_back(self, session: Session) -> None:
        """Nothing was taken."""

    def close(self) -> None:
        self._watch.close()


def due_lanes(session: Session, now: float) -> list[tuple[Lane, EndpointState]]:
    """Lanes in which something is due that may be called now, high priority first."""
    usable = [
        endpoint
        for endpoint in endpoints.open_endpoints(session, now)
        if is_worth_drawing(allowance(endpoint, now), endpoint.rate)
    ]
    due = outbox.due_lanes(session, now) if usable else set()
    lanes = [
        (Lane(endpoint.channel_id, endpoint.name, priority), endpoint)
        for priority in Priority
        for endpoint in usable
    ]
    return [(lane, endpoint) for lane, endpoint in lanes if lane in due]


def allowance(endpoint: EndpointState, now: float) -> float:
    """What an endpoint's bucket holds by now."""
    return refilled(endpoint.allowance, endpoint.rate, now - endpoint.refilled_at)
