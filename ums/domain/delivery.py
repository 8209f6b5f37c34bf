"""The life of a delivery: its statuses, and the one table of moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    """Waiting for its turn, or for its next try."""
    SENDING = "sending"
    """Claimed by a worker: a call may be under way."""
    ACCEPTED = "accepted"
    """The provider took it. Never called delivered: only a receipt says that."""
    DELIVERED = "delivered"
    """The provider's receipt says it reached the person."""
    CLICKED = "clicked"
    """The person opened it."""
    REJECTED = "rejected"
    """Refused for its address or its content; sending it again would be refused again."""
    FAILED = "failed"
    """Lost on the provider's side, or by a defect of ours."""
    UNCONFIRMED = "unconfirmed"
    """It may have been taken, and a repeat might reach the person twice, so none is made."""
    EXPIRED = "expired"
    """Not handed to the provider within the message's time to live."""
    CANCELLED = "cancelled"
    """Withdrawn before it was handed to the provider."""
    UNREACHABLE = "unreachable"
    """No granted channel reaches this user; nothing was sent."""


_Q, _S, _A = DeliveryStatus.QUEUED, DeliveryStatus.SENDING, DeliveryStatus.ACCEPTED
_D, _C, _R = DeliveryStatus.DELIVERED, DeliveryStatus.CLICKED, DeliveryStatus.REJECTED
_F, _U = DeliveryStatus.FAILED, DeliveryStatus.UNCONFIRMED
_E, _X, _N = DeliveryStatus.EXPIRED, DeliveryStatus.CANCELLED, DeliveryStatus.UNREACHABLE

MOVES: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    _Q: frozenset({_S, _E, _X, _U}),
    _S: frozenset({_Q, _A, _D, _C, _R, _F, _U, _E, _N}),
    _A: frozenset({_D, _C, _R, _F}),
    _U: frozenset({_A, _D, _C, _R, _F}),
    _D: frozenset({_C}),
    _C: frozenset(),
    _R: frozenset(),
    _F: frozenset(),
    _E: frozenset(),
    _X: frozenset(),
    _N: frozenset(),
}
"""From each status, the statuses that may follow. Everything else is kept as an event and moves nothing."""

FINAL: frozenset[DeliveryStatus] = frozenset({_D, _C, _R, _F, _U, _E, _X, _N})
"""Nothing more is done for these. `accepted` is final only where no receipt can come."""

TAKEN: frozenset[DeliveryStatus] = frozenset({_A, _D, _C})
"""A provider took these and has not refused them since: what a frequency cap counts."""


def advance(current: DeliveryStatus, target: DeliveryStatus) -> DeliveryStatus:
    """The status after `target` is reported to a delivery standing at `current`."""
    return target if target in MOVES[current] else current


def is_open(status: DeliveryStatus, *, awaits_receipt: bool) -> bool:
    """Whether something is still to come for a delivery."""
    return status not in FINAL and (status is not DeliveryStatus.ACCEPTED or awaits_receipt)
