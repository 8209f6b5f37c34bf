"""What providers refuse to serve is put out of use, each channel, endpoint and address once for all results."""

from __future__ import annotations

from collections.abc import Sequence

from ums.dispatch.job import Settled
from ums.domain.outcome import Accepted, Fault, SendError
from ums.logs import get_logger
from ums.services import accounts
from ums.services.gateway import Gateway
from ums.store import channels, routes, users
from ums.store.db import Session
from ums.store.routes import ChannelInUse

log = get_logger(__name__)


def settle(session: Session, gateway: Gateway, others: Sequence[Settled], now: float) -> None:
    """Put out of use what was refused."""
    _stop_channels(session, gateway, others, now)
    _pause_endpoints(session, others, now)
    _retire_addresses(session, others, now)


def _stop_channels(session: Session, gateway: Gateway, others: Sequence[Settled], now: float) -> None:
    """Park or block what the providers refuse to serve."""
    faults: dict[tuple[ChannelInUse, str, Fault], Accepted | Exception] = {}
    for one in others:
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


def _pause_endpoints(session: Session, others: Sequence[Settled], now: float) -> None:
    """Let rest what the providers throttle."""
    pauses = {
        (one.result.claimed.channel_id, one.result.claimed.endpoint): one.settlement
        for one in others
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


def _retire_addresses(session: Session, others: Sequence[Settled], now: float) -> None:
    """Put refused addresses out of use, wherever the channel's type finds them."""
    retired = []
    for one in others:
        if one.settlement.retires_address:
            claimed = one.result.claimed
            cause = f"{one.settlement.reason} ({one.settlement.provider_code})"
            places = routes.places_of_address(session, claimed.channel_id, claimed.message_id)
            retired += [(*place, claimed.address, cause) for place in places]
    users.retire_addresses(session, sorted(retired), now)
