"""Erasing what is known of a person's address on a channel, because he wants it.

Source: WeChat, "events of withdrawn authorisation": after `user_authorization_revoke` and
`user_authorization_cancellation` the account must delete the person's data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from ums.domain.message import DAY
from ums.domain.push import ProviderEvent, Push

ERASED = "(erased)"
"""What stands in the place of an address that has been erased."""
WITHDRAWN = "consent_withdrawn"
"""Why a queued delivery to such an address is cancelled."""
DONE_BY = "(provider)"
"""Who stands in the audit for what a provider's event did."""
ACTION = "ERASE"
LATE = 31 * DAY
"""Seconds for which an erased address is known again by a digest of it: a message may wait thirty days."""


class Erasure(NamedTuple):
    """An address whose deliveries are gone through, and how far; `cause` is the provider's name of the event."""

    id: int
    channel_id: int
    address: str
    cause: str
    walked_to: int


def digest(address: str) -> str:
    """What is remembered of an address that has been erased; it can't be turned back."""
    return hashlib.sha256(f"erased\n{address}".encode()).hexdigest()


def addresses_in(push: Push) -> set[str]:
    """Whom a push is about."""
    reported = {one.address for one in push.receipts}
    return (reported | {one.address for one in push.events} | {one.address for one in push.openings}) - {""}


def without(push: Push, erased: Mapping[str, float]) -> Push:
    """A push without the addresses in `erased`, as far as it tells of what was before they were (unix seconds).

    A receipt is always of a message from before. What a person does afterwards he does anew.
    """
    return replace(
        push,
        receipts=tuple(replace(one, address=ERASED) if one.address in erased else one for one in push.receipts),
        events=tuple(_bare(one) if _is_late(one.address, one.at, erased) else one for one in push.events),
        openings=tuple(one for one in push.openings if not _is_late(one.address, one.at, erased)),
    )


def _is_late(address: str, at: float, erased: Mapping[str, float]) -> bool:
    return address in erased and at <= erased[address]


def _bare(event: ProviderEvent) -> ProviderEvent:
    """That something happened, and nothing of whom."""
    return replace(event, address="", details={}, credits=(), follow=None, erases=False)
