"""The database side of a sending process: one thread, one transaction a turn.

A turn settles what came back, beats when it is time, and claims what there is room for. Settling is
fenced by the rows and runs before the beat; a worker that finds itself declared dead takes a new name
and forgets what it held.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ums.dispatch import capping, crediting, doubting, following, recovery, settling, sharing, windowing
from ums.dispatch.breaking import Breakers
from ums.dispatch.job import Job, Result, Settled
from ums.dispatch.preparing import Preparer
from ums.dispatch.slots import Slots
from ums.domain.errors import Unavailable
from ums.domain.message import Priority
from ums.domain.pace import calls_allowed, is_worth_drawing, refilled
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import endpoints, locks, outbox, workers
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Claimed

log = get_logger(__name__)

BEATS_PER_LEASE = 5
LOOK_EVERY = 0.25
"""Seconds between looks for deliveries whose wait is over, while nobody commits anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a turn brought: jobs to call, results for what can't be called or is only played, and whose they are."""

    owner: str
    jobs: Sequence[Job] = ()
    failed: Sequence[Result] = ()
    beat_at: float = 0.0


class _Agenda(NamedTuple):
    """What a turn is to do at `now`: settle, claim where something is due as far as there is room, and beat."""

    now: float
    batch: Sequence[Settled]
    due: Sequence[tuple[EndpointState, Priority]] = ()
    room: int = 0
    beat_due: bool = False

    @property
    def channels(self) -> set[int]:
        """Those whose deliveries it touches."""
        return {one.result.claimed.channel_id for one in self.batch} | {point.channel_id for point, _ in self.due}


class Desk:
    """Keeps the books of one sending process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._preparer = Preparer(gateway)
        self._lease = gateway.settings.lease_seconds
        self._turns = sharing.Turns()
        self._breakers = Breakers()
        self._watch = gateway.database.watch()
        self._looked_at = 0.0
        self._slept = False
        self._held: dict[tuple[int, int], int] = {}
        """What was handed out, and isn't settled yet: its channel, by its fence."""
        self._in_doubt = False
        """Whether a claim may have been kept of which nobody was told: the database went away meanwhile."""
        self.owner = ""
        self.beat_at = 0.0

    def enlist(self) -> str:
        """Begin a life: a new name, a lease, and a look at who died before."""
        self.owner = secrets.token_hex(8)
        now = self._gateway.clock.now()
        with self._gateway.database.write() as session:
            workers.enlist(
                session,
                self.owner,
                host=socket.gethostname(),
                pid=os.getpid(),
                now=now,
                lease_until=now + self._lease,
            )
            endpoints.open_missing(session, self._gateway.registry.endpoints, now)
        self.beat_at = now
        return self.owner

    def turn(self, results: Sequence[Result], room: int) -> Turn:
        """Settle, beat, claim. Raises Unavailable when the database can't take it now; nothing is lost then."""
        now = self._gateway.clock.now()
        if self._in_doubt:
            self._take_stock(now)
        batch = settling.settled(self._gateway, results)
        due = self._due_endpoints(now) if room > 0 and self._worth_a_look(now) else []
        beat_due = now - self.beat_at >= self._lease / BEATS_PER_LEASE
        if not (batch or due or beat_due):
            return Turn(owner=self.owner, beat_at=self.beat_at)
        try:
            turn = self._committed(_Agenda(now, batch, due, room, beat_due))
        except Unavailable:
            self._in_doubt = bool(due)
            raise
        for one in batch:
            self._held.pop(one.result.fence, None)
        handed_out: list[Job | Result] = [*turn.jobs, *turn.failed]
        self._held.update({one.fence: one.claimed.channel_id for one in handed_out})
        return turn

    def _committed(self, agenda: _Agenda) -> Turn:
        """What a turn brought, also where some of the batch can't be settled any more, or at all."""
        try:
            return self._commit(agenda)
        except settling.StaleResults:
            ours = self._still_ours(agenda.batch)
            return self._commit(_Agenda(agenda.now, ours, beat_due=True))
        except Unavailable:
            raise
        except Exception:  # one delivery that can't be settled must not hold up all the others
            log.exception("a batch could not be settled", action="settling_failed", worker=self.owner)
            self._settle_one_by_one(agenda.batch, agenda.now)
            return Turn(owner=self.owner, beat_at=self.beat_at)

    def _commit(self, agenda: _Agenda) -> Turn:
        now, batch, _, _, beat_due = agenda

        def work(session: Session) -> tuple[bool, list[Job], list[Result]]:
            locks.own_channels(session, agenda.channels)
            settling.write(session, self._gateway, self.owner, batch, now)
            self._breakers.settle(session, batch, now)
            alive = not beat_due or workers.beat(session, self.owner, now + self._lease)
            return (alive, *(self._claim(session, agenda) if alive else ([], [])))

        # together: so the turn to write is another's while the disk is waited for, and a session is kept at hand
        alive, jobs, failed = self._gateway.database.write_together(work)
        self._breakers.tell()
        if not alive:
            return self._declared_dead()
        if beat_due:
            self._after_beat(now)
        return Turn(owner=self.owner, jobs=jobs, failed=failed, beat_at=self.beat_at)

    def _take_stock(self, now: float) -> None:
        """Give back what was claimed in a turn whose end nobody heard of: nobody will call it."""
        with self._gateway.database.write() as session:
            held = outbox.held_by(session, self.owner)
            unknown = [row.id for row in held if (row.id, row.attempt) not in self._held]
            outbox.release(session, self.owner, unknown, now)
        self._in_doubt = False
        if unknown:
            log.warning(
                "a claim that nobody heard of was given back", action="claim_given_back", count=len(unknown)
            )

    def _settle_one_by_one(self, batch: Sequence[Settled], now: float) -> None:
        """Each result in a transaction of its own; one whose consequences fail again is a defect's."""
        for one in self._still_ours(batch):
            try:
                with self._gateway.database.write() as session:
                    settling.write(session, self._gateway, self.owner, [one], now)
            except Unavailable:
                raise
            except Exception:
                log.exception("a delivery failed by a defect", action="defect", delivery=one.result.claimed.id)
                with self._gateway.database.write() as session:
                    settling.write_bare(session, self._gateway, self.owner, [one], now)

    def _worth_a_look(self, now: float) -> bool:
        """Whether anything can be due that wasn't: something was committed, or time has passed."""
        changed = self._watch.changed()
        if not changed and 0 <= now - self._looked_at < LOOK_EVERY:
            return False
        self._looked_at = now
        return True

    def _due_endpoints(self, now: float) -> list[tuple[EndpointState, Priority]]:
        """Where there is something to claim, high priority first; looked up without taking a lock."""
        with self._gateway.database.read() as session:
            usable = [
                endpoint
                for endpoint in endpoints.open_endpoints(session, now)
                if is_worth_drawing(_allowance(endpoint, now), endpoint.rate)
            ]
            due = outbox.due_lanes(session, now) if usable else set()
        self._breakers.notice(usable)
        return [
            (endpoint, priority)
            for priority in Priority
            for endpoint in usable
            if (endpoint.channel_id, endpoint.name, priority) in due
        ]

    def _claim(self, session: Session, agenda: _Agenda) -> tuple[list[Job], list[Result]]:
        now, batch, due, room, _ = agenda
        jobs: list[Job] = []
        failed: list[Result] = []
        # read again inside the transaction: another worker may have drawn from the bucket since
        fresh = {(e.channel_id, e.name): e for e in endpoints.open_endpoints(session, now)} if due else {}
        left = {key: _allowance(endpoint, now) for key, endpoint in fresh.items()}
        settled, channels = {one.result.fence for one in batch}, len({channel_id for channel_id, _ in fresh})
        slots = Slots(self._gateway.settings.in_flight, self._held if due else {}, settled, channels)
        for endpoint, priority in due:
            key = (endpoint.channel_id, endpoint.name)
            if key not in fresh:
                continue
            free = min(room - len(jobs), slots.left(endpoint.channel_id))
            calls = calls_allowed(left[key], endpoint.rate, free)
            share = self._breakers.allowed(fresh[key], calls)
            if not share:
                continue
            claimed = self._turns.claim(session, self.owner, fresh[key], priority, now=now, limit=share)
            slots.take(endpoint.channel_id, len(claimed))
            self._breakers.claimed(session, fresh[key], claimed, now)
            left[key] -= len(claimed)
            endpoints.draw(session, fresh[key], left[key], now)
            self._prepare(session, claimed, fresh[key].channel_version, now, jobs, failed)
        return jobs, failed

    def _prepare(
        self,
        session: Session,
        claimed: Sequence[Claimed],
        version: int,
        now: float,
        jobs: list[Job],
        failed: list[Result],
    ) -> None:
        if not claimed:
            return
        prepared = [self._preparer.job(session, row, version, now) for row in claimed]
        made = doubting.harmless(session, prepared, now)
        let_through = capping.within_caps(session, following.to_followers(session, made, now), now)
        in_windows = windowing.within_windows(session, let_through, now)
        for one in crediting.reserved(session, self._gateway, in_windows, now):
            if isinstance(one, Job):
                jobs.append(one)
            else:
                failed.append(one)

    def _still_ours(self, batch: Sequence[Settled]) -> list[Settled]:
        """What of a batch we still hold; the rest is written down as late and let go."""
        with self._gateway.database.write() as session:
            ours = outbox.still_owned(session, self.owner, [one.result.claimed.id for one in batch])
            late = [one for one in batch if one.result.fence not in ours]
            settling.write_late(session, self._gateway, late, self._gateway.clock.now())
        return [one for one in batch if one.result.fence in ours]

    def _declared_dead(self) -> Turn:
        """We slept so long that our deliveries were given away: begin anew, without them."""
        log.warning("declared dead while asleep; beginning anew", action="worker_reborn", worker=self.owner)
        self._slept = True
        self._held.clear()
        self.enlist()
        return Turn(owner=self.owner, beat_at=self.beat_at)

    def _after_beat(self, now: float) -> None:
        """Look for dead workers, unless we slept ourselves: then the others get a beat to speak up first."""
        slept = self._slept or now - self.beat_at > self._lease
        self.beat_at = now
        self._slept = False
        if slept:
            return
        try:
            recovery.reclaim_overdue(self._gateway, self.owner, now)
        except Unavailable as trouble:
            log.warning("cleaning up was put off", action="reclaim_put_off", cause=trouble.message)

    def leave(self, results: Sequence[Result], unstarted: Sequence[int]) -> None:
        """End in good order: settle the last results, give back what was never called."""
        now = self._gateway.clock.now()
        self._commit_last(settling.settled(self._gateway, results), now)
        with self._gateway.database.write() as session:
            outbox.release(session, self.owner, list(unstarted), now)
            workers.end(session, self.owner, workers.GONE)
        self._watch.close()

    def _commit_last(self, batch: Sequence[Settled], now: float) -> None:
        try:
            self._commit(_Agenda(now, batch))
        except settling.StaleResults:
            self._commit(_Agenda(now, self._still_ours(batch)))


def _allowance(endpoint: EndpointState, now: float) -> float:
    return refilled(endpoint.allowance, endpoint.rate, now - endpoint.refilled_at)
