"""What an attempt's outcome means for its delivery, its channel and its address."""

from __future__ import annotations

from typing import NamedTuple

from ums.domain.delivery import DeliveryStatus
from ums.domain.message import DAY
from ums.domain.outcome import (
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    HeldBack,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
)
from ums.domain.retry import wait_before_next

MINUTE = 60
RECEIPT_WAIT = DAY
"""Seconds an accepted delivery waits for its receipt before it is final as it stands."""
DEFECT = "defect"


class Tried(NamedTuple):
    """What is known of a delivery when its attempt ends.

    `tries` counts this attempt too. `first_called_at` is when the first call for it left;
    `repeat_window` how many seconds from then the provider drops a repeat (0: it doesn't).
    """

    tries: int
    first_called_at: float
    repeat_window: float
    awaits_receipt: bool
    expires_at: float


class Settlement(NamedTuple):
    """The delivery's next status and all that follows from the outcome."""

    status: DeliveryStatus
    reason: str = ""
    due: float | None = None
    counted: bool = True
    provider_id: str | None = None
    provider_code: int | None = None
    provider_message: str = ""
    awaits_receipt: bool = False
    pause_until: float | None = None
    """The endpoint rests until then."""
    fault: Fault | None = None
    """The channel, or the endpoint, waits for an operator."""
    retires_address: bool = False
    unfollows: bool = False
    """The address doesn't follow."""
    hurries: bool = False
    """It is to go before all others: its repeat is harmless for some minutes only."""


def settle(
    outcome: Accepted | Exception, tried: Tried, *, now: float, jitter: float, day_starts_at: float
) -> Settlement:
    """The settlement of one attempt.

    `jitter` is random in [0, 1); `day_starts_at` the next moment at which the provider's daily quotas
    start anew.
    """
    if isinstance(outcome, Accepted):
        return _accepted(outcome, tried, now)
    if not isinstance(outcome, SendError):
        return Settlement(status=DeliveryStatus.FAILED, reason=DEFECT, provider_message=type(outcome).__name__)
    if isinstance(outcome, Transient):
        wait = outcome.after if outcome.after is not None else wait_before_next(tried.tries, jitter)
        return _again(outcome, tried, due=now + wait)
    if isinstance(outcome, Throttled):
        until = resumes_at(outcome.until, now=now, day_starts_at=day_starts_at)
        return _again(outcome, tried, due=until, counted=False, pause_until=until)
    if isinstance(outcome, BadChannel):
        return _again(outcome, tried, due=now, counted=False, fault=outcome.scope)
    if isinstance(outcome, HeldBack):
        return Settlement(status=DeliveryStatus.UNREACHABLE, reason=outcome.reason)
    if isinstance(outcome, BadAddress | BadContent):
        return _refused(outcome)
    return _unknown(outcome, tried, now=now, jitter=jitter)


def defective(settlement: Settlement) -> Settlement:
    """The same attempt, when what follows from it could not be carried out."""
    return Settlement(
        status=DeliveryStatus.FAILED,
        reason=DEFECT,
        provider_id=settlement.provider_id,
        provider_code=settlement.provider_code,
        provider_message=settlement.provider_message,
    )


def doubted(settlement: Settlement) -> Settlement:
    """The same attempt, where an earlier one may have arrived: nobody can say that it came too late."""
    return settlement._replace(status=DeliveryStatus.UNCONFIRMED)


def resumes_at(until: Resumption, *, now: float, day_starts_at: float) -> float:
    """The time at which a throttled endpoint opens again."""
    if until is Resumption.NEXT_DAY:
        return day_starts_at
    return (now // MINUTE + 1) * MINUTE


def receipt_due(provider_id: str | None, now: float) -> float | None:
    """Until when an accepted delivery that may be reported on waits for its receipt.

    None where none could be told to be this delivery's: it is final at once.
    """
    return None if provider_id is None else now + RECEIPT_WAIT


def _accepted(outcome: Accepted, tried: Tried, now: float) -> Settlement:
    """Final at once where no receipt can come."""
    due = receipt_due(outcome.provider_id, now) if tried.awaits_receipt else None
    return Settlement(
        status=DeliveryStatus.ACCEPTED,
        provider_id=outcome.provider_id,
        awaits_receipt=due is not None,
        due=due,
    )


def _again(
    error: SendError,
    tried: Tried,
    *,
    due: float,
    counted: bool = True,
    pause_until: float | None = None,
    fault: Fault | None = None,
) -> Settlement:
    """Queued once more, or expired where that would be too late."""
    late = due >= tried.expires_at and fault is None
    return Settlement(
        status=DeliveryStatus.EXPIRED if late else DeliveryStatus.QUEUED,
        reason=error.reason,
        due=None if late else due,
        counted=counted,
        provider_code=error.provider_code,
        provider_message=error.provider_message,
        pause_until=pause_until,
        fault=fault,
    )


def _refused(error: BadAddress | BadContent) -> Settlement:
    field = error.field if isinstance(error, BadContent) else None
    return Settlement(
        status=DeliveryStatus.REJECTED,
        reason=f"{error.reason}: {field}" if field else error.reason,
        provider_code=error.provider_code,
        provider_message=error.provider_message,
        retires_address=isinstance(error, BadAddress) and error.scope is AddressFault.ADDRESS,
        unfollows=isinstance(error, BadAddress) and error.scope is AddressFault.FOLLOW,
    )


def _unknown(error: SendError, tried: Tried, *, now: float, jitter: float) -> Settlement:
    """Sent again only in time, and while the provider is sure to drop a repeat; else left as unconfirmed."""
    assert isinstance(error, Uncertain)  # noqa: S101 - the tree in outcome.py has no other leaf
    due = now + wait_before_next(tried.tries, jitter)
    # a first call that lies ahead: the clock was set back, and nobody knows how much of the window is left
    if tried.first_called_at <= due < min(tried.first_called_at + tried.repeat_window, tried.expires_at):
        return _again(error, tried, due=due)._replace(hurries=True)
    return Settlement(
        status=DeliveryStatus.UNCONFIRMED,
        reason=error.reason,
        provider_code=error.provider_code,
        provider_message=error.provider_message,
    )
