"""The ledger is asked before a provider is called, and told what became of it.

A reservation is part of the transaction that claims the delivery, and is settled with its result. Where it is
known that a user has no credit, no call is made: his delivery is refused at once, as the provider would have done,
and the rule moves on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ums.dispatch.job import Job, Result, Settled
from ums.dispatch.results import Acceptances, Results
from ums.domain.credit import NO_CREDIT, Cause, CreditPlace, Fate, fate_of
from ums.domain.delivery import DeliveryStatus
from ums.domain.local_day import local_day
from ums.domain.outcome import AddressFault, BadAddress
from ums.services.gateway import Gateway
from ums.store import credit_holds, credits
from ums.store.credit_holds import ByPlace, Held
from ums.store.db import Session


class Ledger:
    """The ledger as one sending process asks it; it remembers where credits were to be had when it last asked."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._was_rich: dict[tuple[int, str], bool] = {}

    def is_rich(self, channel_id: int, template_id: str) -> bool:
        """Whether most have a credit, as far as is known: it pays to claim their deliveries as holding one."""
        return self._was_rich.get((channel_id, template_id), True)

    def reserved(self, session: Session, made: Sequence[Job | Result], now: float) -> Sequence[Job | Result]:
        """The jobs with the credits they need set aside; for those that can't be had, results that say so.

        What was claimed as holding one holds it afterwards, or holds none.
        """
        wanted = _wanted(made)
        if not wanted and all(one.claimed.credit is None for one in made):
            return made
        held = credit_holds.reserve(session, wanted, now)
        for place, pairs in wanted.items():
            self._was_rich[place] = 2 * sum(id_ in held for _, id_ in pairs) >= len(pairs)
        made = _corrected(session, made, held)
        return made if len(held) == len(made) else self._answered(session, made, wanted, held, now)

    def _answered(
        self, session: Session, made: Sequence[Job | Result], wanted: ByPlace, held: set[int], now: float
    ) -> Sequence[Job | Result]:
        """The jobs that need no credit, or hold it, or may be tried without; for the others, results."""
        without = {
            id_: CreditPlace(channel_id, address, template_id)
            for (channel_id, template_id), pairs in wanted.items()
            for address, id_ in pairs
            if id_ not in held
        }
        known = credits.left_among(session, without.values())
        saved: Counter[int] = Counter()
        answered: list[Job | Result] = []
        for one in made:
            place = without.get(one.claimed.id)
            if not isinstance(one, Job) or place is None or (place not in known and one.line.tries_unknown):
                answered.append(one)
            else:
                saved[place.channel_id] += 1
                answered.append(one.uncalled(BadAddress(NO_CREDIT, scope=AddressFault.TEMPLATE), now))
        for channel_id, calls in saved.items():
            day = local_day(now, self._gateway.settings.quota_timezone).date
            credits.note_saved(session, channel_id, day, calls)
        return answered


def _wanted(made: Iterable[Job | Result]) -> ByPlace:
    """Whose credits the jobs need, as far as they need any."""
    wanted: defaultdict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    for one in made:
        if isinstance(one, Job) and (template_id := one.prepared.credit) is not None:
            claimed = one.claimed
            wanted[claimed.channel_id, template_id].append((claimed.address, claimed.id))
    return wanted


def _corrected(session: Session, made: Sequence[Job | Result], held: set[int]) -> Sequence[Job | Result]:
    """The same, where all whose rows say otherwise are told what they hold."""
    corrected = list(made)
    wrong: defaultdict[str | None, list[int]] = defaultdict(list)
    for place, one in enumerate(made):
        holds = one.prepared.credit if isinstance(one, Job) and one.claimed.id in held else None
        if one.claimed.credit != holds:
            corrected[place] = one.holding(holds)
            wrong[holds].append(one.claimed.id)
    for template_id, ids in wrong.items():
        credit_holds.hold(session, template_id, ids)
    return corrected


def keeps(status: DeliveryStatus) -> bool:
    """Whether a delivery that comes to this goes on holding its credit: while nobody knows what became of it."""
    return fate_of(status) is None


def settle(session: Session, results: Results, now: float) -> None:
    """What their deliveries held is spent, given back or kept; where a provider refused, none is left.

    Their rows have been written, and hold no more what isn't kept.
    """
    for some in results.accepted:
        credit_holds.spend(session, _held(some), now)
    if results.others:
        credit_holds.book(session, dict(_fates(results.others)), now)
        _empty_refused(session, results.others, now)


def _held(some: Acceptances) -> ByPlace:
    """Whose credits the deliveries hold, as far as they hold any."""
    found: defaultdict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    for channel_id, credit, address, id_ in zip(
        some.channel_ids, some.credits, some.addresses, some.ids, strict=True
    ):
        if credit is not None:
            found[channel_id, credit].append((address, id_))
    return found


def settle_late(session: Session, some: Sequence[Settled], now: float) -> None:
    """As `settle`, for deliveries that go on holding what they held."""
    statuses = {one.result.claimed.id: one.settlement.status for one in some if one.result.claimed.credit}
    found = {held: fate_of(statuses[held.delivery_id]) for held in credit_holds.held(session, list(statuses))}
    credit_holds.settle(session, {held: fate for held, fate in found.items() if fate is not None}, now)
    _empty_refused(session, some, now)


def _fates(some: Sequence[Settled]) -> Iterator[tuple[Held, Fate]]:
    for one in some:
        claimed, fate = one.result.claimed, fate_of(one.settlement.status)
        if claimed.credit is not None and fate is not None:
            yield Held(claimed.id, CreditPlace(claimed.channel_id, claimed.address, claimed.credit)), fate


def _empty_refused(session: Session, some: Sequence[Settled], now: float) -> None:
    for one in some:
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
