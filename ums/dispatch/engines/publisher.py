"""The thread that publishes batches: as many as the workers that are alive can use, for what is due.

What it goes by stands in the database. A batch is a row before it is a message, so a broker that loses a message
loses nothing: the row is published again. While the broker is away no batches are made, and nothing else waits.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence

from ums.dispatch.engines.broker import Broker, BrokerAway
from ums.dispatch.work import LOOK_EVERY, allowance, due_lanes
from ums.domain.batching import AHEAD, SIZE, pieces, shares
from ums.domain.errors import Unavailable
from ums.domain.message import Priority
from ums.domain.pace import calls_allowed
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import batches, outbox, workers
from ums.store.batches import Batch, Grant
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Lane

log = get_logger(__name__)

PAUSE = 0.02
"""Seconds between looks."""
SWEEP_EVERY = 0.5
AGAIN_AFTER = 2.0
"""Seconds after which a batch that nobody took is published again."""
TROUBLE_PAUSE = 0.5
BROKER_PAUSE = 1.0
"""Seconds before a broker that was away is asked again."""
LEASE = 3.0
"""Seconds after which another publisher may take the place of one that says nothing any more."""
LEASE_NAME = "publish"


class Publisher:
    """Publishes batches until it is stopped."""

    def __init__(self, gateway: Gateway, broker: Broker) -> None:
        self._gateway, self._broker = gateway, broker
        self._owner = secrets.token_hex(8)
        self._watch = gateway.database.watch()
        self._stopping = threading.Event()
        # a daemon: a broker that takes the connection and says nothing must not hold up the end
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._leads_until = 0.0
        self._looked_at = 0.0
        self._swept_at = 0.0
        self._trouble = ""

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Publish nothing more."""
        self._stopping.set()
        self._thread.join(LEASE)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._round()
        self._broker.close()
        self._watch.close()

    def _round(self) -> float:
        """Publish what there is to publish; the seconds until the next look."""
        try:
            now = self._gateway.clock.now()
            if not self._leads(now):
                return LEASE / 3
            if not self._broker.is_connected:
                self._broker.connect()
                self._told_of(None)
            self._publish(self._left_over(now) + self._due(now))
        except BrokerAway as trouble:
            self._told_of(trouble)
            return BROKER_PAUSE
        except Unavailable as trouble:
            log.warning("publishing was put off", action="publishing_put_off", cause=trouble.message)
            return TROUBLE_PAUSE
        except Exception:  # a defect must not end the thread
            log.exception("batches could not be published", action="publishing_failed")
            return TROUBLE_PAUSE
        return PAUSE

    def _told_of(self, trouble: BrokerAway | None) -> None:
        """Say when the broker goes away, and when it is back: not every time that it is asked in vain."""
        if trouble is not None and not self._trouble:
            log.error(
                "the broker does not answer; messages are accepted, and sent when it is back",
                action="broker_away",
                broker=self._broker.name,
                cause=str(trouble),
            )
        elif trouble is None and self._trouble:
            log.info("the broker answers again", action="broker_back", broker=self._broker.name)
        self._trouble = str(trouble or "")

    def _leads(self, now: float) -> bool:
        """Whether this is the one that publishes. Two at once would do no harm: they would permit too much."""
        if not 0 < self._leads_until - now <= LEASE * 2 / 3:
            with self._gateway.database.write_beside() as session:
                mine = workers.take_lease(session, LEASE_NAME, self._owner, now=now, seconds=LEASE)
            self._leads_until = now + LEASE * 2 / 3 if mine else 0.0
        return self._leads_until > now

    def _publish(self, found: Sequence[Batch]) -> None:
        if found:
            self._broker.publish(sorted(found, key=lambda batch: (batch.lane.priority, batch.id)))

    def _left_over(self, now: float) -> list[Batch]:
        """What got lost on the way, now and then."""
        if 0 <= now - self._swept_at < SWEEP_EVERY:
            return []
        self._swept_at = now
        with self._gateway.database.read() as session:
            if not batches.anything_overdue(session, now, AGAIN_AFTER) or not workers.slots(session, now):
                return []
        with self._gateway.database.write_beside() as session:
            return batches.publish_again(session, now, AGAIN_AFTER)

    def _due(self, now: float) -> list[Batch]:
        """Batches for what is due and isn't permitted yet."""
        if not self._worth_a_look(now):
            return []
        with self._gateway.database.read() as session:
            grants = to_grant(session, now)
        if not grants:
            return []
        with self._gateway.database.write_beside() as session:
            return batches.add(session, grants, now)

    def _worth_a_look(self, now: float) -> bool:
        changed = self._watch.changed()
        if not changed and 0 <= now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        return True


def to_grant(session: Session, now: float) -> list[Grant]:
    """What may be claimed beyond what is permitted already, the urgent first."""
    lanes = due_lanes(session, now)
    most = AHEAD * workers.slots(session, now) if lanes else 0
    if not most:
        return []
    under_way = batches.under_way(session)
    grants: list[Grant] = []
    for priority in Priority:
        room = most - _ahead_of(priority, under_way) - sum(grant.size for grant in grants)
        # a lane that has its part already is looked at again when there is room for a whole batch, or half of all
        mine = [
            (lane, endpoint)
            for lane, endpoint in lanes
            if lane.priority == priority and (room >= min(SIZE, most // 2) or lane not in under_way)
        ]
        wanted = [_wanted(session, lane, endpoint, under_way, most, now) for lane, endpoint in mine]
        for (lane, _), share in zip(mine, shares(wanted, room), strict=True):
            grants += [Grant(lane, size) for size in pieces(share)]
    return grants


def _ahead_of(priority: Priority, under_way: Mapping[Lane, int]) -> int:
    """What is permitted already that counts against a priority: what is urgent has all the room there is."""
    return sum(size for lane, size in under_way.items() if priority != Priority.HIGH or lane.priority == priority)


def _wanted(
    session: Session, lane: Lane, endpoint: EndpointState, under_way: Mapping[Lane, int], most: int, now: float
) -> int:
    """What a lane could claim at its endpoint's pace; the permissions that stand will be used first."""
    permitted = sum(size for other, size in under_way.items() if other[:2] == lane[:2])
    allowed = calls_allowed(allowance(endpoint, now), endpoint.rate, most + permitted) - permitted
    if allowed <= 0:
        return 0
    here = under_way.get(lane, 0)
    return max(outbox.waiting(session, lane, now, allowed + here) - here, 0)
