"""Results become rows: deliveries, attempts, pauses, retired addresses, and the next step of a rule.

Everything that follows from a turn's results is one transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from ums.dispatch import crediting, following, stopping, windowing
from ums.dispatch.job import Result, Settled
from ums.dispatch.results import Results
from ums.domain.delivery import TAKEN, DeliveryStatus, is_open
from ums.domain.local_day import quota_day
from ums.domain.outcome import Throttled, kind
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.domain.rule import REJECTIONS
from ums.domain.settlement import defective, doubted
from ums.logs import get_logger
from ums.services.falling_over import STEP_LEFT, move_on
from ums.services.gateway import Gateway
from ums.services.receipts import apply_waiting
from ums.services.retracting import RETRACTED
from ums.services.telling import Move, tell, tell_retracted
from ums.store import (
    attempts,
    endings,
    locks,
    messages,
    outbox,
    quotas,
    user_sends,
    withdrawals,
)
from ums.store.attempts import NewAttempt
from ums.store.db import Session
from ums.store.outbox import Ending, Written
from ums.store.steps import Place
from ums.store.user_sends import Taken

log = get_logger(__name__)

_ACCEPTED, _AWAITED = Ending(DeliveryStatus.ACCEPTED, open=False), Ending(DeliveryStatus.ACCEPTED, open=True)


def settled(gateway: Gateway, results: Sequence[Result]) -> Results:
    """Decide what follows from each result. Pure but for the dice."""
    return Results(results, next_quota_day(gateway))


def next_quota_day(gateway: Gateway) -> float:
    """When providers' daily quotas start anew."""
    settings = gateway.settings
    return quota_day(gateway.clock.now(), settings.quota_timezone, settings.quota_reset_hour).ends_at


def write(session: Session, gateway: Gateway, owner: str, results: Results, now: float) -> None:
    """Write what `owner` holds. Raises StaleResults when it doesn't hold all of it any more."""
    message_ids = results.message_ids
    locks.hold_messages(session, message_ids)
    results = results.with_others(_sure(session, results.others))
    _write_rows(session, gateway, owner, results, now)
    crediting.settle(session, results, now)
    tell(session, _moves(results), now)
    windowing.settle(session, results, now)
    if results.others:
        stopping.settle(session, gateway, results.others, now)
        following.settle(session, results.others)
    user_sends.note(session, _taken(results), now)
    _apply_early_receipts(session, gateway, _awaited(results), now)
    if results.others:
        _go_on(session, gateway, results.others, now)
    messages.finish_messages(session, message_ids, now)


def _write_rows(session: Session, gateway: Gateway, owner: str, results: Results, now: float) -> None:
    """Deliveries, attempts, and calls towards quotas. Raises StaleResults as `write` does."""
    for some in results.accepted:
        ending = _ACCEPTED if some.dues[0] is None else _AWAITED
        own = list(zip(some.ids, some.attempts, some.provider_ids, some.dues, some.called_ats, strict=True))
        outbox.settle_alike(session, owner, ending, own, now)
        calls = list(zip(some.ids, some.attempts, some.called_ats, some.ended_ats, strict=True))
        attempts.add_accepted(session, calls)
    outbox.settle(session, owner, map(_row, results.others), now)
    attempts.add(session, [_attempt(one) for one in results.others if one.result.called_at is not None])
    _count_calls(session, gateway, results, now)


def _go_on(session: Session, gateway: Gateway, others: Sequence[Settled], now: float) -> None:
    """What follows for messages and their rules."""
    _withdraw_unwanted(session, others, now)
    refused = [_place(one.result) for one in others if one.settlement.status in REJECTIONS]
    move_on(session, gateway, refused, now)


def _count_calls(session: Session, gateway: Gateway, results: Results, now: float) -> None:
    """Count the calls that left towards the providers' quotas of the day: one statement for all of them."""
    called = Counter(
        (one.result.claimed.channel_id, one.result.claimed.endpoint)
        for one in results.others
        if _spends(one.result)
    )
    for some in results.accepted:
        called.update(zip(some.channel_ids, some.endpoints, strict=True))
    real = {place: calls for place, calls in called.items() if place[1] != TEST_ENDPOINT}
    settings = gateway.settings
    quotas.count(session, quota_day(now, settings.quota_timezone, settings.quota_reset_hour).date, real)


def _spends(result: Result) -> bool:
    """Whether a call counts; providers don't count those that they turn away for a quota."""
    return result.called_at is not None and not isinstance(result.outcome, Throttled)


def _sure(session: Session, others: Sequence[Settled]) -> Sequence[Settled]:
    """The same, where nothing is called expired of which an earlier call may have arrived."""
    late = [one.result.claimed.id for one in others if one.settlement.status is DeliveryStatus.EXPIRED]
    doubtful = endings.that_may_have_arrived(session, late)
    return [
        one._replace(settlement=doubted(one.settlement)) if one.result.claimed.id in doubtful else one
        for one in others
    ]


def write_bare(session: Session, gateway: Gateway, owner: str, results: Results, now: float) -> None:
    """Write results whose consequences can't be written: as failed by a defect of ours, and nothing more.

    Raises StaleResults as `write` does.
    """
    every = results.every
    failed = [Settled(one.result, defective(one.settlement)) for one in every]
    # what is held is left to whoever looks for what is left over
    outbox.settle(session, owner, [_keeping_credit(_row(one)) for one in failed], now)
    attempts.add(session, [_attempt(one) for one in every if one.result.called_at is not None])
    _count_calls(session, gateway, results, now)
    _tell_bare(session, failed, now)
    messages.finish_messages(session, results.message_ids, now)


def _keeping_credit(row: Written) -> Written:
    return row._replace(ending=row.ending._replace(keeps_credit=True))


def _tell_bare(session: Session, failed: Sequence[Settled], now: float) -> None:
    """Tell of failures, unless telling is the very thing that can't be done."""
    try:
        with session.begin_nested():
            tell(session, map(_move, failed), now)
    except Exception:
        log.exception("failures could not be told", action="telling_failed")


def write_late(session: Session, gateway: Gateway, results: Results, now: float) -> None:
    """Results of rows that were taken from their worker: they amend their attempts and correct `unconfirmed`."""
    called = [one for one in results.every if one.result.called_at is not None]
    attempts.amend(session, [_attempt(one) for one in called])
    corrected = {row.id for row in outbox.correct_unconfirmed(session, list(map(_row, called)), now)}
    moves = [_move(one) for one in called if one.result.claimed.id in corrected]
    tell(session, [move._replace(before=DeliveryStatus.UNCONFIRMED) for move in moves], now)
    user_sends.note(session, _taken_of(called), now)
    settled_late = [one for one in called if one.result.claimed.id in corrected]
    crediting.settle_late(session, settled_late, now)
    windowing.settle_others(session, settled_late, now)
    _apply_early_receipts(session, gateway, _awaited_of(called), now)
    log.warning("results came late", action="stale_results", count=len(results))


def _row(one: Settled) -> Written:
    claimed, settlement = one.result.claimed, one.settlement
    return Written(
        id=claimed.id,
        attempt=claimed.attempt,
        provider_id=settlement.provider_id,
        due=settlement.due,
        called_at=one.result.called_at,
        ending=Ending(
            status=settlement.status,
            open=is_open(settlement.status, awaits_receipt=settlement.awaits_receipt),
            reason=settlement.reason,
            provider_code=settlement.provider_code,
            provider_message=settlement.provider_message,
            keeps_credit=crediting.keeps(settlement.status),
            hurries=settlement.hurries,
            counted=int(settlement.counted),
            called=int(one.result.called_at is not None),
        ),
    )


def _attempt(one: Settled) -> NewAttempt:
    return NewAttempt(
        delivery_id=one.result.claimed.id,
        number=one.result.claimed.attempt,
        outcome=kind(one.result.outcome),
        reason=one.settlement.reason,
        provider_code=one.settlement.provider_code,
        provider_message=one.settlement.provider_message,
        called_at=one.result.called_at or one.result.ended_at,
        ended_at=one.result.ended_at,
    )


def _taken(results: Results) -> Iterator[Taken]:
    """What providers took, for the applications whose frequency is capped."""
    for some in results.accepted:
        yield from map(Taken, some.message_ids, some.userids)
    yield from _taken_of(results.others)


def _taken_of(some: Iterable[Settled]) -> Iterator[Taken]:
    taken = (one.result.claimed for one in some if one.settlement.status in TAKEN)
    return (Taken(one.message_id, one.userid) for one in taken)


def _withdraw_unwanted(session: Session, some: Sequence[Settled], now: float) -> None:
    """What is queued again while its message was retracted, or its rule moved on, is not sent again."""
    again = [one.result.claimed.id for one in some if one.settlement.status is DeliveryStatus.QUEUED]
    for message_id, delivery_id in withdrawals.cancel_of_retracted(session, again, RETRACTED, now):
        tell_retracted(session, message_id, [delivery_id], now)
    withdrawals.cancel_of_left_steps(session, again, STEP_LEFT, now)


def _apply_early_receipts(
    session: Session, gateway: Gateway, awaited: Iterable[tuple[int, str | None]], now: float
) -> None:
    """Receipts can overtake the answers they belong to; those that did are applied now."""
    arrived: defaultdict[int, list[str]] = defaultdict(list)
    for channel_id, provider_id in awaited:
        if provider_id is not None:
            arrived[channel_id].append(provider_id)
    for channel_id, provider_ids in arrived.items():
        apply_waiting(session, gateway, channel_id, provider_ids, now)


def _awaited(results: Results) -> Iterator[tuple[int, str | None]]:
    """The channels and numbers under which receipts are to come."""
    for some in results.accepted:
        if some.dues[0] is not None:
            yield from zip(some.channel_ids, some.provider_ids, strict=True)
    yield from _awaited_of(results.others)


def _awaited_of(some: Iterable[Settled]) -> Iterator[tuple[int, str | None]]:
    return (
        (one.result.claimed.channel_id, one.settlement.provider_id) for one in some if one.settlement.awaits_receipt
    )


def _moves(results: Results) -> Iterator[Move]:
    before, after = DeliveryStatus.SENDING, DeliveryStatus.ACCEPTED
    for some in results.accepted:
        yield from (Move(*one, before, after) for one in zip(some.message_ids, some.ids, strict=True))
    yield from map(_move, results.others)


def _move(one: Settled) -> Move:
    claimed = one.result.claimed
    return Move(claimed.message_id, claimed.id, DeliveryStatus.SENDING, one.settlement.status)


def _place(result: Result) -> Place:
    claimed = result.claimed
    return Place(claimed.message_id, claimed.userid, claimed.step, claimed.id)
