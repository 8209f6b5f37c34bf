"""What to say where a provider doesn't tell who somebody is, or isn't to be asked."""

from __future__ import annotations

from ums.domain.errors import Conflict, InvalidRequest, NotAllowed, Problem
from ums.domain.outcome import BadAddress, BadContent, SendError
from ums.domain.views import ChannelState
from ums.provider.platform_desk import authorised
from ums.services import third_party
from ums.services.accounts import Account, explained
from ums.services.gateway import Gateway
from ums.services.probing import refusal


def unanswered(gateway: Gateway, account: Account, field: str, error: SendError) -> Problem:
    """The problem to raise where the provider refused what `field` holds, or couldn't be asked.

    InvalidRequest for a code that is wrong, used or too old; NotAllowed where the person is kept out; else Conflict
    where an operator must act, and Unavailable where it passes by itself.
    """
    if authorised(account.plugin, account.settings) is not None and not isinstance(error, BadContent | BadAddress):
        return third_party.refusal(gateway, f"Channel {account.code}:", error)
    told = explained(account.plugin, error).rstrip(".")
    if isinstance(error, BadContent):
        return InvalidRequest(f"{field}: {told}.", errors={field: [f"{told}."]})
    if isinstance(error, BadAddress):
        return NotAllowed(f"{told}.")
    return refusal(gateway, account, [error], f"Channel {account.code}: {told}.")


def check_in_use(account: Account) -> None:
    """Raises Conflict where the provider refuses the channel: asked again and again it locks the account."""
    if account.state is ChannelState.PARKED:
        raise Conflict(f"The channel {account.code} is parked until an operator has looked after it.")
