"""The database side of a sending process: one thread, one transaction a turn.

A turn settles what came back, beats when it is time, and claims what there is room for. Settling is
fenced by the rows and runs before the beat; a worker that finds itself declared dead takes a new name
and forgets what it held.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ums.dispatch import recovery, settling
from ums.dispatch.breaking import Breakers
from ums.dispatch.claiming import Claimer, Taken
from ums.dispatch.job import Job, Result
from ums.dispatch.results import Results
from ums.dispatch.slots import Slots
from ums.dispatch.work import DueWork, Offer, Work
from ums.domain.errors import Unavailable
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import callbacks, endpoints, locks, outbox, user_sends, workers
from ums.store.db import Session
from ums.store.direct import gathered

log = get_logger(__name__)

BEATS_PER_LEASE = 5
NOTHING = Taken([], [], [])


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
    results: Results
    due: Sequence[Offer] = ()
    room: int = 0
    beat_due: bool = False

    @property
    def channels(self) -> set[int]:
        """Those whose deliveries it touches."""
        return self.results.channel_ids | {offer.lane.channel_id for offer in self.due}


class Desk:
    """Keeps the books of one sending process."""

    def __init__(self, gateway: Gateway, work: Work | None = None) -> None:
        self._gateway = gateway
        self._lease = gateway.settings.lease_seconds
        self._work = work or DueWork(gateway)
        self._breakers = Breakers()
        self._claimer = Claimer(gateway, self._work, self._breakers)
        self._slept = False
        self._held: dict[tuple[int, int], int] = {}
        """What was handed out, and isn't settled yet: its channel, by its fence."""
        self._in_doubt = False
        """Whether a claim may have been kept of which nobody was told: the database went away meanwhile."""
        self.owner = ""
        self.beat_at = 0.0
        self._beaten = 0.0
        """The same by a clock that nobody sets."""

    def enlist(self) -> str:
        """Begin a life: a new name, a lease, and a look at who died before."""
        self.owner = secrets.token_hex(8)
        now, beaten = self._gateway.clock.now(), time.monotonic()
        with self._gateway.database.write() as session:
            workers.enlist(
                session,
                self.owner,
                host=socket.gethostname(),
                pid=os.getpid(),
                now=now,
                lease_until=now + self._lease,
                slots=self._gateway.settings.in_flight,
            )
            endpoints.open_missing(session, self._gateway.registry.endpoints, now)
        self.beat_at, self._beaten = now, beaten
        return self.owner

    def turn(self, answered: Sequence[Result], room: int) -> Turn:
        """Settle, beat, claim. Raises Unavailable when the database can't take it now; nothing is lost then."""
        now = self._gateway.clock.now()
        if self._in_doubt:
            self._take_stock(now)
        results = settling.settled(self._gateway, answered)
        due = self._work.offers(now) if room > 0 else []
        beat_due = self._is_to_beat(now)
        if not (results or due or beat_due):
            return Turn(owner=self.owner, beat_at=self.beat_at)
        try:
            turn = self._committed(_Agenda(now, results, due, room, beat_due))
        except Unavailable:
            self._in_doubt = bool(due)
            raise
        for fence in results.fences:
            self._held.pop(fence, None)
        handed_out = [one.claimed for some in (turn.jobs, turn.failed) for one in some]
        self._held.update({(one.id, one.attempt): one.channel_id for one in handed_out})
        return turn

    def _is_to_beat(self, now: float) -> bool:
        """Now and then, and at once where the clock was set back: the lease would seem to lie too far ahead."""
        every = self._lease / BEATS_PER_LEASE
        return not 0 <= now - self.beat_at < every or time.monotonic() - self._beaten >= every

    def _committed(self, agenda: _Agenda) -> Turn:
        """What a turn brought, also where some of the results can't be settled any more, or at all."""
        try:
            return self._commit(agenda)
        except outbox.StaleResults:
            ours = self._still_ours(agenda.results)
            return self._commit(_Agenda(agenda.now, ours, beat_due=True))
        except Unavailable:
            raise
        except Exception:  # one delivery that can't be settled must not hold up all the others
            log.exception("results could not be settled", action="settling_failed", worker=self.owner)
            self._settle_one_by_one(agenda.results, agenda.now)
            return Turn(owner=self.owner, beat_at=self.beat_at)

    def _commit(self, agenda: _Agenda) -> Turn:
        now, results, due, _, beat_due = agenda
        began = time.monotonic()

        def work(session: Session) -> tuple[bool, Taken]:
            with gathered(session):
                return turn(session)

        def turn(session: Session) -> tuple[bool, Taken]:
            locks.own_channels(session, agenda.channels)
            self._foresee(session, agenda)
            settling.write(session, self._gateway, self.owner, results, now)
            self._breakers.settle(session, results, now)
            alive = (
                workers.beat(session, self.owner, now + self._lease) if beat_due else self._may_claim(session, due)
            )
            return alive, self._claim(session, agenda) if alive else NOTHING

        # together: so the turn to write is another's while the disk is waited for, and a session is kept at hand
        alive, taken = self._gateway.database.write_together(work)
        self._breakers.tell()
        if not alive:
            return self._declared_dead()
        self._work.used(taken.used)
        if beat_due:
            self._after_beat(now, began)
        return Turn(owner=self.owner, jobs=taken.jobs, failed=taken.failed, beat_at=self.beat_at)

    def _foresee(self, session: Session, agenda: _Agenda) -> None:
        """Ask what the turn decides by along with what it writes."""
        if agenda.results:
            callbacks.foresee_any(session)
        if agenda.due:
            user_sends.foresee_caps(session)
            self._claimer.foresee(session, agenda.due, agenda.now)
            if not agenda.beat_due:
                workers.foresee_alive(session, self.owner)

    def _may_claim(self, session: Session, due: Sequence[object]) -> bool:
        """Whether a turn without a beat may go on: nobody looks again at what one who was declared dead claims."""
        return not due or workers.is_alive(session, self.owner)

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

    def _settle_one_by_one(self, results: Results, now: float) -> None:
        """Each result in a transaction of its own; one whose consequences fail again is a defect's."""
        for one in self._still_ours(results).singly():
            try:
                with self._gateway.database.write() as session:
                    settling.write(session, self._gateway, self.owner, one, now)
            except Unavailable:
                raise
            except Exception:
                log.exception("a delivery failed by a defect", action="defect", delivery=one.each[0].claimed.id)
                with self._gateway.database.write() as session:
                    settling.write_bare(session, self._gateway, self.owner, one, now)

    def _claim(self, session: Session, agenda: _Agenda) -> Taken:
        slots = Slots(self._gateway.settings.in_flight, self._held, agenda.results.fences)
        return self._claimer.claim(session, self.owner, agenda.due, agenda.room, slots, agenda.now)

    def _still_ours(self, results: Results) -> Results:
        """What of them we still hold; the rest is written down as late and let go."""
        with self._gateway.database.write() as session:
            ours = outbox.still_owned(session, self.owner, [id_ for id_, _ in results.fences])
            late = results.only(results.fences - ours)
            settling.write_late(session, self._gateway, late, self._gateway.clock.now())
        return results.only(ours)

    def _declared_dead(self) -> Turn:
        """We slept so long that our deliveries were given away: begin anew, without them."""
        log.warning("declared dead while asleep; beginning anew", action="worker_reborn", worker=self.owner)
        self._slept = True
        self._held.clear()
        self.enlist()
        return Turn(owner=self.owner, beat_at=self.beat_at)

    def _after_beat(self, now: float, beaten: float) -> None:
        """Look for dead workers, unless we slept ourselves: then the others get a beat to speak up first.

        So they do where the clock was set. Nothing that goes wrong here may undo the turn: it is committed.
        """
        slept = self._slept or beaten - self._beaten > self._lease or not 0 <= now - self.beat_at <= self._lease
        self.beat_at, self._beaten = now, beaten
        self._slept = False
        if slept:
            return
        try:
            recovery.reclaim_overdue(self._gateway, self.owner, now)
        except Unavailable as trouble:
            log.warning("cleaning up was put off", action="reclaim_put_off", cause=trouble.message)
        except Exception:
            log.exception("cleaning up failed; the next beat tries again", action="reclaim_failed")

    def leave(self, results: Sequence[Result], unstarted: Sequence[int]) -> None:
        """End in good order: settle the last results, give back what was never called."""
        now = self._gateway.clock.now()
        self._commit_last(settling.settled(self._gateway, results), now)
        with self._gateway.database.write() as session:
            outbox.release(session, self.owner, list(unstarted), now)
            self._work.give_back(session)
            workers.end(session, self.owner, workers.GONE)
        self._work.close()

    def _commit_last(self, results: Results, now: float) -> None:
        try:
            self._commit(_Agenda(now, results))
        except outbox.StaleResults:
            self._commit(_Agenda(now, self._still_ours(results)))
