"""Erasing what is known of a person's address on a channel, because he wants it.

Source: WeChat, "events of withdrawn authorisation": after `user_authorization_revoke` and
`user_authorization_cancellation` the account must delete the person's data.
"""

from __future__ import annotations

from typing import NamedTuple

ERASED = "(erased)"
"""What stands in the place of an address that has been erased."""
WITHDRAWN = "consent_withdrawn"
"""Why a queued delivery to such an address is cancelled."""
DONE_BY = "(provider)"
"""Who stands in the audit for what a provider's event did."""
ACTION = "ERASE"


class Erasure(NamedTuple):
    """An address whose deliveries are gone through, and how far; `cause` is the provider's name of the event."""

    id: int
    channel_id: int
    address: str
    cause: str
    walked_to: int
