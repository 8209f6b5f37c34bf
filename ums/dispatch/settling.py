"""Results become rows: deliveries, attempts, pauses, retired addresses, and the next step of a rule.

Everything that follows from a batch of results is one transaction.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence

from ums.dispatch import crediting, following, windowing
from ums.dispatch.job import Result, Settled
from ums.domain.delivery import TAKEN, DeliveryStatus, is_open
from ums.domain.local_day import quota_day
from ums.domain.outcome import Accepted, Fault, SendError, Throttled, kind
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.domain.rule import REJECTIONS
from ums.domain.settlement import Settlement, Tried, defective, doubted, settle
from ums.logs import get_logger
from ums.services import accounts
from ums.services.falling_over import STEP_LEFT, move_on
from ums.services.gateway import Gateway
from ums.services.receipts import apply_waiting
from ums.services.retracting import RETRACTED
from ums.services.telling import Move, tell, tell_retracted
from ums.store import (
    attempts,
    channels,
    endings,
    locks,
    messages,
    outbox,
    quotas,
    routes,
    user_sends,
    users,
    withdrawals,
)
from ums.store.attempts import NewAttempt
from ums.store.db import Session
from ums.store.outbox import Written
from ums.store.routes import ChannelInUse
from ums.store.steps import Place
from ums.store.user_sends import Taken

log = get_logger(__name__)

_dice = random.Random()  # noqa: S311 - spreads retries, guards nothing; our own, for others may seed the common one


class StaleResults(Exception):
    """Some of the rows have another owner by now: the transaction must be undone."""


def settled(gateway: Gateway, results: Iterable[Result]) -> list[Settled]:
    """Decide what follows from each result. Pure but for the dice."""
    day_starts_at = next_quota_day(gateway)
    return [Settled(result, _settlement(result, day_starts_at)) for result in results]


def _settlement(result: Result, day_starts_at: float) -> Settlement:
    claimed = result.claimed
    tried = Tried(
        tries=claimed.tries + 1,
        first_called_at=claimed.first_called_at or result.called_at or result.ended_at,
        repeat_window=result.repeat_window,
        awaits_receipt=result.awaits_receipt,
        expires_at=claimed.expires_at,
    )
    jitter = _dice.random()
    return settle(result.outcome, tried, now=result.ended_at, jitter=jitter, day_starts_at=day_starts_at)


def next_quota_day(gateway: Gateway) -> float:
    """When providers' daily quotas start anew."""
    settings = gateway.settings
    return quota_day(gateway.clock.now(), settings.quota_timezone, settings.quota_reset_hour).ends_at


def write(session: Session, gateway: Gateway, owner: str, batch: Sequence[Settled], now: float) -> None:
    """Write a batch that `owner` holds. Raises StaleResults when it doesn't hold all of it any more."""
    locks.hold_messages(session, {one.result.claimed.message_id for one in batch})
    batch = _sure(session, batch)
    if not outbox.settle(session, owner, map(_row, batch), now):
        raise StaleResults
    attempts.add(session, [_attempt(one) for one in batch if one.result.called_at is not None])
    _count_calls(session, gateway, batch, now)
    tell(session, map(_move, batch), now)
    crediting.settle(session, batch, now)
    windowing.settle(session, batch, now)
    _stop_channels(session, gateway, batch, now)
    _retire_addresses(session, batch, now)
    following.settle(session, batch)
    _count_taken(session, batch, now)
    _apply_early_receipts(session, gateway, batch, now)
    _withdraw_unwanted(session, batch, now)
    refused = [_place(one.result) for one in batch if one.settlement.status in REJECTIONS]
    move_on(session, gateway, refused, now)
    messages.finish_messages(session, {one.result.claimed.message_id for one in batch}, now)


def _count_calls(session: Session, gateway: Gateway, batch: Sequence[Settled], now: float) -> None:
    """Count the calls that left towards the providers' quotas of the day: one statement for all of a batch."""
    called = Counter(
        (one.result.claimed.channel_id, one.result.claimed.endpoint) for one in batch if _spends(one.result)
    )
    settings = gateway.settings
    quotas.count(session, quota_day(now, settings.quota_timezone, settings.quota_reset_hour).date, called)


def _spends(result: Result) -> bool:
    """Whether a call counts; providers don't count those that they turn away for a quota."""
    turned_away = isinstance(result.outcome, Throttled)
    return result.called_at is not None and not turned_away and result.claimed.endpoint != TEST_ENDPOINT


def _sure(session: Session, batch: Sequence[Settled]) -> Sequence[Settled]:
    """The batch, in which nothing is called expired of which an earlier call may have arrived."""
    late = [one.result.claimed.id for one in batch if one.settlement.status is DeliveryStatus.EXPIRED]
    doubtful = endings.that_may_have_arrived(session, late)
    if not doubtful:
        return batch
    return [
        one._replace(settlement=doubted(one.settlement)) if one.result.claimed.id in doubtful else one
        for one in batch
    ]


def write_bare(session: Session, gateway: Gateway, owner: str, batch: Sequence[Settled], now: float) -> None:
    """Write a batch whose consequences can't be written: as failed by a defect of ours, and nothing more.

    Raises StaleResults as `write` does.
    """
    failed = [Settled(one.result, defective(one.settlement)) for one in batch]
    # what is held is left to whoever looks for what is left over
    if not outbox.settle(session, owner, [_row(one)._replace(keeps_credit=True) for one in failed], now):
        raise StaleResults
    attempts.add(session, [_attempt(one) for one in batch if one.result.called_at is not None])
    _count_calls(session, gateway, batch, now)
    _tell_bare(session, failed, now)
    messages.finish_messages(session, {one.result.claimed.message_id for one in batch}, now)


def _tell_bare(session: Session, failed: Sequence[Settled], now: float) -> None:
    """Tell of failures, unless telling is the very thing that can't be done."""
    try:
        with session.begin_nested():
            tell(session, map(_move, failed), now)
    except Exception:
        log.exception("failures could not be told", action="telling_failed")


def write_late(session: Session, gateway: Gateway, batch: Sequence[Settled], now: float) -> None:
    """Results of rows that were taken from their worker: they amend their attempts and correct `unconfirmed`."""
    called = [one for one in batch if one.result.called_at is not None]
    attempts.amend(session, [_attempt(one) for one in called])
    corrected = {row.id for row in outbox.correct_unconfirmed(session, list(map(_row, called)), now)}
    moves = [_move(one) for one in called if one.result.claimed.id in corrected]
    tell(session, [move._replace(before=DeliveryStatus.UNCONFIRMED) for move in moves], now)
    _count_taken(session, called, now)
    settled_late = [one for one in called if one.result.claimed.id in corrected]
    crediting.settle_late(session, settled_late, now)
    windowing.settle(session, settled_late, now)
    _apply_early_receipts(session, gateway, called, now)
    log.warning("results came late", action="stale_results", count=len(batch))


def _row(one: Settled) -> Written:
    claimed, settlement = one.result.claimed, one.settlement
    called = one.result.called_at is not None
    return Written(
        id=claimed.id,
        attempt=claimed.attempt,
        status=settlement.status,
        open=is_open(settlement.status, awaits_receipt=settlement.awaits_receipt),
        reason=settlement.reason,
        provider_code=settlement.provider_code,
        provider_message=settlement.provider_message,
        provider_id=settlement.provider_id,
        due=settlement.due,
        tries=claimed.tries + settlement.counted,
        calls=claimed.calls + called,
        first_called_at=claimed.first_called_at or one.result.called_at,
        keeps_credit=crediting.keeps(settlement.status),
        hurries=settlement.hurries,
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


def _stop_channels(session: Session, gateway: Gateway, batch: Sequence[Settled], now: float) -> None:
    """Park, block or pause what the providers refuse to serve, each once however many results say so."""
    faults: dict[tuple[ChannelInUse, str, Fault], Accepted | Exception] = {}
    for one in batch:
        if one.settlement.fault is not None:
            channel = routes.channel_in_use(session, one.result.claimed.channel_id)
            # an operator may have changed the settings since: what they were refused for may be mended
            if one.result.channel_version in {0, channel.version}:
                faults[channel, one.result.claimed.endpoint, one.settlement.fault] = one.result.outcome
    for (channel, endpoint, fault), outcome in faults.items():
        reason = _explained(gateway, channel.type, outcome)
        if fault is Fault.CHANNEL:
            channels.park(session, channel.id, reason, now)
        else:
            channels.block_endpoint(session, channel.id, endpoint, reason)
        log.error(
            "a channel was stopped", action="channel_stopped", channel=channel.code, scope=fault, reason=reason
        )
    pauses = {
        (one.result.claimed.channel_id, one.result.claimed.endpoint): one.settlement
        for one in batch
        if one.settlement.pause_until is not None
    }
    for (channel_id, endpoint), settlement in pauses.items():
        channels.pause_endpoint(session, channel_id, endpoint, settlement.pause_until or now, settlement.reason)


def _explained(gateway: Gateway, type_: str, outcome: object) -> str:
    """The fault in the plugin's plain words."""
    if not isinstance(outcome, SendError):
        return str(outcome)
    plugin = gateway.registry.by_type.get(type_)
    return (
        accounts.explained(plugin, outcome)
        if plugin is not None
        else f"{outcome.reason}: {outcome.provider_message}"
    )


def _retire_addresses(session: Session, batch: Sequence[Settled], now: float) -> None:
    """Put refused addresses out of use, wherever the channel's type finds them."""
    retired = []
    for one in batch:
        if one.settlement.retires_address:
            claimed = one.result.claimed
            cause = f"{one.settlement.reason} ({one.settlement.provider_code})"
            places = routes.places_of_address(session, claimed.channel_id, claimed.message_id)
            retired += [(*place, claimed.address, cause) for place in places]
    users.retire_addresses(session, sorted(retired), now)


def _count_taken(session: Session, batch: Sequence[Settled], now: float) -> None:
    """Count what providers took, for the applications whose frequency is capped."""
    taken = [one.result.claimed for one in batch if one.settlement.status in TAKEN]
    user_sends.note(session, [Taken(one.message_id, one.userid) for one in taken], now)


def _withdraw_unwanted(session: Session, batch: Sequence[Settled], now: float) -> None:
    """What is queued again while its message was retracted, or its rule moved on, is not sent again."""
    again = [one.result.claimed.id for one in batch if one.settlement.status is DeliveryStatus.QUEUED]
    for message_id, delivery_id in withdrawals.cancel_of_retracted(session, again, RETRACTED, now):
        tell_retracted(session, message_id, [delivery_id], now)
    withdrawals.cancel_of_left_steps(session, again, STEP_LEFT, now)


def _apply_early_receipts(session: Session, gateway: Gateway, batch: Sequence[Settled], now: float) -> None:
    """Receipts can overtake the answers they belong to; those that did are applied now."""
    arrived: dict[int, list[str]] = {}
    for one in batch:
        if one.settlement.provider_id is not None and one.settlement.awaits_receipt:
            arrived.setdefault(one.result.claimed.channel_id, []).append(one.settlement.provider_id)
    for channel_id, provider_ids in arrived.items():
        apply_waiting(session, gateway, channel_id, provider_ids, now)


def _move(one: Settled) -> Move:
    claimed = one.result.claimed
    return Move(claimed.message_id, claimed.id, DeliveryStatus.SENDING, one.settlement.status)


def _place(result: Result) -> Place:
    claimed = result.claimed
    return Place(claimed.message_id, claimed.userid, claimed.step, claimed.id)
