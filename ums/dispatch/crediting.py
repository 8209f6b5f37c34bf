"""The ledger is asked before a provider is called, and told what became of it.

A reservation is part of the transaction that claims the delivery, and is settled with its result. Where it is
known that a user has no credit, no call is made: his delivery is refused at once, as the provider would have done,
and the rule moves on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ums.dispatch.job import Job, Result, Settled
from ums.domain.credit import NO_CREDIT, Cause, CreditPlace, Fate, fate_of
from ums.domain.local_day import local_day
from ums.domain.outcome import AddressFault, BadAddress
from ums.services.gateway import Gateway
from ums.store import credits
from ums.store.db import Session


def reserved(
    session: Session, gateway: Gateway, made: Iterable[Job | Result], now: float
) -> Iterator[Job | Result]:
    """The jobs with the credits they need set aside; for those that can't be had, results that say so."""
    candidates = list(made)
    known = credits.left_among(session, filter(None, map(_place, candidates)))
    saved: Counter[int] = Counter()
    for one in candidates:
        place = _place(one)
        if not isinstance(one, Job) or place is None or (place not in known and one.tries_unknown):
            yield one
        elif place in known and credits.reserve(session, place, now):
            credits.hold(session, one.claimed.id, place.template_id)
            yield replace(one, claimed=one.claimed._replace(credit=place.template_id))
        else:
            saved[place.channel_id] += 1
            yield one.uncalled(BadAddress(NO_CREDIT, scope=AddressFault.TEMPLATE), now)
    for channel_id, calls in saved.items():
        day = local_day(now, gateway.settings.quota_timezone).date
        credits.note_saved(session, channel_id, day, calls)


def _place(one: Job | Result) -> CreditPlace | None:
    """Whose credit a job needs, if it needs any."""
    if not isinstance(one, Job) or one.credit is None:
        return None
    return CreditPlace(one.claimed.channel_id, one.claimed.address, one.credit)


def settle(session: Session, batch: Sequence[Settled], now: float) -> None:
    """What a batch's deliveries held is spent, given back or kept; where a provider refused, none is left."""
    fates = dict(_fates(session, batch))
    credits.settle(session, fates, now)
    for one in batch:
        place = _refused_place(one.result)
        if place is not None:
            credits.empty(session, place, Cause.REFUSED, now, one.result.claimed.id)


def _fates(session: Session, batch: Sequence[Settled]) -> Iterator[tuple[credits.Held, Fate]]:
    statuses = {one.result.claimed.id: one.settlement.status for one in batch if one.result.claimed.credit}
    for held in credits.held(session, list(statuses)):
        fate = fate_of(statuses[held.delivery_id])
        if fate is not None:
            yield held, fate


def _refused_place(result: Result) -> CreditPlace | None:
    """Whose credit the provider doesn't know of."""
    outcome, template_id = result.outcome, result.credit or result.claimed.credit
    if result.called_at is None or template_id is None:
        return None
    if not isinstance(outcome, BadAddress) or outcome.scope is not AddressFault.TEMPLATE:
        return None
    return CreditPlace(result.claimed.channel_id, result.claimed.address, template_id)
