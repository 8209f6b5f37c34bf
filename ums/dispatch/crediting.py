"""The ledger is asked before a provider is called, and told what became of it.

A reservation is part of the transaction that claims the delivery, and is settled with its result. Where it is
known that a user has no credit, no call is made: his delivery is refused at once, as the provider would have done,
and the rule moves on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ums.dispatch.job import Job, Result, Settled
from ums.domain.credit import NO_CREDIT, Cause, CreditPlace, Fate, fate_of
from ums.domain.delivery import DeliveryStatus
from ums.domain.local_day import local_day
from ums.domain.outcome import AddressFault, BadAddress
from ums.services.gateway import Gateway
from ums.store import credit_holds, credits
from ums.store.credit_holds import Held
from ums.store.db import Session


def reserved(
    session: Session, gateway: Gateway, made: Iterable[Job | Result], now: float
) -> Iterator[Job | Result]:
    """The jobs with the credits they need set aside; for those that can't be had, results that say so."""
    candidates = list(made)
    wanted = {one.claimed.id: place for one in candidates if isinstance(one, Job) and (place := _place(one))}
    if not wanted:
        yield from candidates
        return
    held = credit_holds.reserve(session, [Held(*pair) for pair in wanted.items()], now)
    without = (place for id_, place in wanted.items() if id_ not in held)
    known = credits.left_among(session, without) if len(held) < len(wanted) else {}
    saved: Counter[int] = Counter()
    for one in candidates:
        place = wanted.get(one.claimed.id)
        if not isinstance(one, Job) or place is None:
            yield one
        elif one.claimed.id in held:
            yield one.holding(place.template_id)
        elif place not in known and one.line.tries_unknown:
            yield one
        else:
            saved[place.channel_id] += 1
            yield one.uncalled(BadAddress(NO_CREDIT, scope=AddressFault.TEMPLATE), now)
    for channel_id, calls in saved.items():
        day = local_day(now, gateway.settings.quota_timezone).date
        credits.note_saved(session, channel_id, day, calls)


def _place(job: Job) -> CreditPlace | None:
    """Whose credit a job needs, if it needs any."""
    if job.prepared.credit is None:
        return None
    return CreditPlace(job.claimed.channel_id, job.claimed.address, job.prepared.credit)


def keeps(status: DeliveryStatus) -> bool:
    """Whether a delivery that comes to this goes on holding its credit: while nobody knows what became of it."""
    return fate_of(status) is None


def settle(session: Session, batch: Sequence[Settled], now: float) -> None:
    """What a batch's deliveries held is spent, given back or kept; where a provider refused, none is left.

    Their rows have been written, and hold no more what isn't kept.
    """
    credit_holds.book(session, dict(_fates(batch)), now)
    _empty_refused(session, batch, now)


def settle_late(session: Session, batch: Sequence[Settled], now: float) -> None:
    """As `settle`, for deliveries that go on holding what they held."""
    statuses = {one.result.claimed.id: one.settlement.status for one in batch if one.result.claimed.credit}
    found = {held: fate_of(statuses[held.delivery_id]) for held in credit_holds.held(session, list(statuses))}
    credit_holds.settle(session, {held: fate for held, fate in found.items() if fate is not None}, now)
    _empty_refused(session, batch, now)


def _fates(batch: Sequence[Settled]) -> Iterator[tuple[Held, Fate]]:
    for one in batch:
        claimed, fate = one.result.claimed, fate_of(one.settlement.status)
        if claimed.credit is not None and fate is not None:
            yield Held(claimed.id, CreditPlace(claimed.channel_id, claimed.address, claimed.credit)), fate


def _empty_refused(session: Session, batch: Sequence[Settled], now: float) -> None:
    for one in batch:
        place = _refused_place(one.result)
        if place is not None:
            credits.empty(session, place, Cause.REFUSED, now, one.result.claimed.id)


def _refused_place(result: Result) -> CreditPlace | None:
    """Whose credit the provider doesn't know of."""
    outcome, template_id = result.outcome, result.credit or result.claimed.credit
    if result.called_at is None or template_id is None:
        return None
    if not isinstance(outcome, BadAddress) or outcome.scope is not AddressFault.TEMPLATE:
        return None
    return CreditPlace(result.claimed.channel_id, result.claimed.address, template_id)
