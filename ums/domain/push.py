"""What a provider's push tells: receipts of deliveries, and everything else that happened at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ums.domain.credit import Cause, CreditChange
from ums.domain.delivery import DeliveryStatus
from ums.domain.follow import Follow
from ums.domain.json import Json
from ums.domain.message import DAY
from ums.domain.receipt import Receipt
from ums.domain.window import Opening, Trigger

EVENTS_KEPT = 90 * DAY
"""Seconds for which a provider's events are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """Something that happened at a provider, in the provider's own words.

    `kind` is the provider's name for it (at most 64 characters), `address` whom it is about (empty where nobody is
    named), `at` when it happened, in unix seconds. `event_id` (at most 255 characters) is the same for every repeat
    of the push, so that a repeat changes nothing. `details` is what the push said, as JSON; `credits` what follows
    from it for the ledger, `follow` whether somebody follows now. With `erases` the person wants what is known of
    his address forgotten, this event's details included.
    """

    kind: str
    address: str
    event_id: str
    at: float
    details: Mapping[str, Json]
    credits: tuple[CreditChange, ...] = ()
    follow: Follow | None = None
    erases: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """An event as it is kept; `userid` is whose address it is about, if anybody's. Times are unix seconds."""

    id: int
    kind: str
    address: str
    userid: str | None
    at: float
    received_at: float
    details: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What one believed push to a channel told, and when it came (unix seconds)."""

    channel_id: int
    received_at: float
    receipts: tuple[Receipt, ...] = ()
    events: tuple[ProviderEvent, ...] = ()
    openings: tuple[Opening, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be kept."""
        return not (self.receipts or self.events or self.openings)


def push_item(push: Push) -> dict[str, Json]:
    """The push as JSON."""
    return {
        "channel_id": push.channel_id,
        "received_at": push.received_at,
        "receipts": [asdict(receipt) for receipt in push.receipts],
        "events": [asdict(event) for event in push.events],
        "openings": [list(opening) for opening in push.openings],
    }


def push_of(item: Any) -> Push:
    """The push that `push_item` wrote. Raises TypeError, KeyError and ValueError for anything else."""
    return Push(
        channel_id=item["channel_id"],
        received_at=item["received_at"],
        receipts=tuple(Receipt(**{**one, "status": DeliveryStatus(one["status"])}) for one in item["receipts"]),
        events=tuple(_event(one) for one in item["events"]),
        openings=tuple(Opening(address, Trigger(trigger), at) for address, trigger, at in item.get("openings", ())),
    )


def _event(item: Any) -> ProviderEvent:
    """The event that was written; one that an earlier version wrote says less."""
    follow = item.get("follow")
    return ProviderEvent(
        **{
            **item,
            "credits": tuple(CreditChange(address, id_, Cause(cause)) for address, id_, cause in item["credits"]),
            "follow": Follow(*follow) if follow else None,
        }
    )
