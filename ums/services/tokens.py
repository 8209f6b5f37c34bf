"""The gateway as a pool of access tokens: an application's own programs use the token that the gateway sends with.

A provider keeps one or two tokens of an account alive at a time. Whoever fetches another makes the gateway's
void, and the other way round, so both take them from one place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.outcome import SendError
from ums.domain.views import ChannelState
from ums.domain.wire import TOKEN_TYPES
from ums.provider.tokens import Renewed, TooSoon
from ums.sdk.plugin import HasToken
from ums.services.accounts import Account, account, explained, found, load
from ums.services.contents import granted_channel, sender_of
from ums.services.gateway import Gateway
from ums.services.probing import put_to_use, refusal
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


def renew(gateway: Gateway, code: str) -> Renewed:
    """Have the provider make another token than the current one, which soon ends; a parked channel is resumed.

    As often as the provider allows, whoever asks and in whatever process. Raises NotFound; InvalidRequest for a
    type without tokens; Conflict where it is too soon, saying until when, or the provider refuses; Unavailable
    where it can't be asked right now.
    """
    tried = account(gateway, code)
    if not isinstance(tried.plugin, HasToken):
        raise InvalidRequest(f"Channels of the type {tried.type!r} have no access token.")
    try:
        renewed = gateway.provider.renew_token(tried.plugin, tried.settings)
    except TooSoon as too_soon:
        limits = tried.plugin.renewal_limits
        raise Conflict(
            f"The token of channel {code} may be renewed {limits.a_day} times a day, {limits.apart:.0f} seconds "
            f"apart; next at {_local(gateway, too_soon.next_at)}.",
            retry_after=max(1, round(too_soon.next_at - gateway.clock.now())),
        ) from too_soon
    except SendError as error:
        told = f"{_failed(tried)} {explained(tried.plugin, error).rstrip('.')}."
        raise refusal(gateway, tried, [error], told) from error
    put_to_use(gateway, tried)
    return renewed


def _local(gateway: Gateway, seconds: float) -> str:
    zone = ZoneInfo(gateway.settings.quota_timezone)
    return f"{datetime.fromtimestamp(seconds, zone).isoformat(' ', 'seconds')[:19]} ({zone.key})"


def _failed(asked: Account) -> str:
    return f"The access token of channel {asked.code} could not be had."
