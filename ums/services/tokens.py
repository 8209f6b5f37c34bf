"""The gateway as a pool of access tokens: an application's own programs use the token that the gateway sends with.

A provider keeps one or two tokens of an account alive at a time. Whoever fetches another makes the gateway's
void, and the other way round, so both take them from one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ums.domain.errors import Conflict
from ums.domain.outcome import SendError
from ums.domain.views import ChannelState
from ums.domain.wire import TOKEN_TYPES
from ums.sdk.plugin import HasToken
from ums.services.accounts import Account, explained, found, load
from ums.services.contents import granted_channel, sender_of
from ums.services.gateway import Gateway
from ums.services.probing import refusal
from ums.store import channels


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenToken:
    """An access token, and for how many whole seconds it stays good."""

    value: str = field(repr=False)
    seconds: int


def give(gateway: Gateway, application_id: int, token_type: str) -> GivenToken:
    """The token of the channel that the application is granted; `token_type` is one of `TOKEN_TYPES`.

    However many ask at once, the provider is asked once. Raises ChannelNotGranted; Conflict where the channel is
    parked or the provider refuses its credentials (which parks it); Unavailable where the provider can't be
    asked right now.
    """
    names = TOKEN_TYPES[token_type]
    granted = granted_channel(
        gateway,
        sender_of(gateway, application_id),
        names.type,
        field="type",
        thus=f"there is no token of the type {token_type}",
    )
    with gateway.database.read() as session:
        channel = found(channels.by_id(session, granted.channel_id), granted.code)
    asked = load(gateway, channel)
    if channel.state is ChannelState.PARKED:
        # a provider asked again and again with credentials that it refuses locks the account
        raise Conflict(f"{_failed(asked)} The channel is parked: {channel.reason}")
    if not isinstance(asked.plugin, HasToken):
        raise Conflict(f"{_failed(asked)} Channels of the type {asked.type!r} have none.")
    try:
        held = gateway.provider.token(asked.plugin, asked.settings)
    except SendError as error:
        told = f"{_failed(asked)} {explained(asked.plugin, error).rstrip('.')}."
        raise refusal(gateway, asked, [error], told) from error
    return GivenToken(value=held.value, seconds=max(0, int(held.expires_at - gateway.clock.now())))


def _failed(asked: Account) -> str:
    return f"The access token of channel {asked.code} could not be had."
