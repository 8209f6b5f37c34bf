"""What a turn claims: as much as pace, slots, breakers and shares allow, made ready to be called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from ums.dispatch import capping, crediting, following, repeating, sharing, windowing
from ums.dispatch.breaking import Breakers
from ums.dispatch.job import Job, Result
from ums.dispatch.preparing import Preparer
from ums.dispatch.slots import Slots
from ums.dispatch.work import Offer, Work, allowance
from ums.domain.message import Priority
from ums.domain.pace import calls_allowed
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.services.gateway import Gateway
from ums.store import endpoints
from ums.store.claims import NO_CREDIT, Credit
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Claimed


class Taken(NamedTuple):
    """Jobs, results of what can't be called, and what is left of the offers that were made use of."""

    jobs: list[Job]
    failed: list[Result]
    used: list[Offer]


class Claimer:
    """Claims for one sending process; `breakers` are settled before in the same transaction."""

    def __init__(self, gateway: Gateway, work: Work, breakers: Breakers) -> None:
        self._gateway, self._work, self._breakers = gateway, work, breakers
        self._preparer = Preparer(gateway)
        self._ledger = crediting.Ledger(gateway)
        self._turns = sharing.Turns()

    def foresee(self, session: Session, due: Sequence[Offer], now: float) -> None:
        """Ask ahead for what a claim is decided by, as far as it concerns the first of the offers."""
        endpoints.foresee_open(session, now)
        self._turns.foresee(session, due[0].lane, now)

    def claim(
        self, session: Session, owner: str, due: Sequence[Offer], room: int, slots: Slots, now: float
    ) -> Taken:
        """Take up to `room` deliveries of what is offered, the first offers first."""
        taken = Taken([], [], [])
        if not due:
            return taken
        # read again inside the transaction: another worker may have drawn from the bucket since
        fresh = {(e.channel_id, e.name): e for e in endpoints.open_endpoints(session, now)}
        self._breakers.notice(fresh.values())
        slots.share_among(len({channel_id for channel_id, _ in fresh}))
        left = {key: allowance(endpoint, now) for key, endpoint in fresh.items()}
        for offer in due:
            most = min(room - len(taken.jobs), slots.left(offer.lane.channel_id), offer.most)
            if most <= 0:
                continue
            claimed: list[Claimed] = []
            if self._work.take(session, offer) and offer.place in fresh:
                endpoint = fresh[offer.place]
                claimed = self._within_limits(session, owner, endpoint, offer, left[offer.place], most, now)
                slots.take(endpoint.channel_id, len(claimed))
                left[offer.place] -= len(claimed)
                endpoints.draw(session, endpoint, left[offer.place], now)
                self._prepare(session, claimed, endpoint.channel_version, now, taken)
            taken.used.append(offer.after(len(claimed), most))
        return taken

    def _within_limits(
        self,
        session: Session,
        owner: str,
        endpoint: EndpointState,
        offer: Offer,
        left: float,
        most: int,
        now: float,
    ) -> list[Claimed]:
        """As many as the pace and the breaker allow."""
        share = self._breakers.allowed(endpoint, calls_allowed(left, endpoint.rate, most))
        if not share:
            return []
        claimed = self._turns.claim(
            session,
            owner,
            endpoint,
            Priority(offer.lane.priority),
            now=now,
            limit=share,
            credit_of=partial(self._credit, session, endpoint),
        )
        self._breakers.claimed(session, endpoint, claimed, now)
        return claimed

    def _credit(self, session: Session, endpoint: EndpointState, message_id: int) -> Credit:
        """What a message's deliveries are claimed as holding: a credit, where they need one and most have it."""
        if endpoint.name == TEST_ENDPOINT:
            return NO_CREDIT
        template_id = self._preparer.credit(session, message_id, endpoint.channel_id, endpoint.channel_version)
        if template_id is None or not self._ledger.is_rich(endpoint.channel_id, template_id):
            return NO_CREDIT
        return Credit(message_id, template_id)

    def _prepare(
        self, session: Session, claimed: Sequence[Claimed], version: int, now: float, taken: Taken
    ) -> None:
        if not claimed:
            return
        made: Sequence[Job | Result] = self._preparer.jobs(session, claimed, version, now)
        for stage in (repeating.in_time, following.to_followers, capping.within_caps, windowing.within_windows):
            made = stage(session, made, now)
        made = self._ledger.reserved(session, made, now)
        taken.jobs.extend([one for one in made if isinstance(one, Job)])
        taken.failed.extend([one for one in made if isinstance(one, Result)])
