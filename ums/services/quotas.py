"""How many calls of the day each endpoint has left: counted by the gateway, asked of the provider, compared.

Counting anew is an operator's action: providers allow it a few times a month, so it is refused where nothing is
used up, and noted before the provider is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ums.domain.channel import Channel
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from ums.domain.local_day import LocalDay, quota_day
from ums.domain.outcome import SendError, Uncertain
from ums.domain.quota import Asked, EndpointQuota, Quota, standing
from ums.domain.shown import shown
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasQuotas
from ums.services.accounts import Account, account, explained, found
from ums.services.binding import backfill
from ums.services.gateway import Gateway
from ums.services.probing import RETRY_SECONDS, refusal
from ums.store import channels as channel_store
from ums.store import endpoints
from ums.store import quotas as store
from ums.store.db import Session

MOST_COUNTED = 1_000_000
"""Queued deliveries that are counted at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelQuotas:
    """A channel's endpoints on the present day of quotas; `clears` of `clears_allowed` were made this month.

    `asks` tells whether its provider can be asked.
    """

    quotas: tuple[EndpointQuota, ...]
    clears: int
    clears_allowed: int
    asks: bool


def list_for(gateway: Gateway, code: str) -> ChannelQuotas:
    """What is known of a channel's quotas, without asking anybody. Raises NotFound."""
    with gateway.database.read() as session:
        channel = found(channel_store.by_code(session, code), code)
        plugin = gateway.registry.by_type.get(channel.type)
        return ChannelQuotas(
            quotas=_standing(gateway, session, channel),
            clears=store.clears_since(session, channel.id, _month_began_at(gateway)),
            clears_allowed=plugin.clears_a_month if isinstance(plugin, HasQuotas) else 0,
            asks=isinstance(plugin, HasQuotas),
        )


def refresh(gateway: Gateway, code: str) -> ChannelQuotas:
    """Ask the provider about each endpoint, and keep what it says; where it says nothing, why.

    Raises NotFound, InvalidRequest for a type that has no quotas, Conflict where an operator must act, Unavailable
    where it passes by itself.
    """
    tried, teller = _teller(gateway, code)
    errors: dict[str, SendError] = {}
    for endpoint in tried.plugin.info.endpoints:
        try:
            quota = gateway.provider.run(tried.plugin, tried.settings, teller.quota(tried.settings, endpoint))
        except SendError as error:
            errors[endpoint] = error
            _keep_note(gateway, tried, endpoint, error)
        else:
            _keep(gateway, tried, endpoint, quota)
    if len(errors) == len(tried.plugin.info.endpoints):
        told = " ".join(dict.fromkeys(explained(tried.plugin, error) for error in errors.values()))
        raise refusal(gateway, tried, errors.values(), f"The quotas of channel {code} could not be had. {told}")
    return list_for(gateway, code)


def is_due(gateway: Gateway, code: str) -> bool:
    """Whether calls were made that the provider has not been asked about since. Raises NotFound."""
    day = _today(gateway).date
    with gateway.database.read() as session:
        channel = found(channel_store.by_code(session, code), code)
        counted, known = store.counted(session, channel.id, day), store.known(session, channel.id)
    return any(calls > _counted_then(known.get(endpoint), day) for endpoint, calls in counted.items())


def set_limit(gateway: Gateway, code: str, endpoint: str, daily_limit: int | None) -> ChannelQuotas:
    """Keep the calls a day that an operator knows an endpoint to have; None: those that the provider tells.

    Raises NotFound for a channel or an endpoint that there isn't.
    """
    with gateway.database.write() as session:
        channel = found(channel_store.by_code(session, code), code)
        if endpoint not in _endpoints(session, channel.id):
            raise NotFound(f"Channel {code} has no endpoint {shown(endpoint)!r}.")
        store.set_limit(session, channel.id, endpoint, daily_limit)
    return list_for(gateway, code)


def clear(gateway: Gateway, code: str, endpoint: str | None = None, *, force: bool = False) -> ChannelQuotas:
    """Have the provider count the calls of an endpoint (None: of all) anew; what rested for that is called again.

    Raises NotFound; InvalidRequest for an endpoint that there isn't, or a type without quotas; Conflict where
    nothing is used up (unless with `force`), the month's clears are made, or an operator must act; Unavailable
    where nobody knows whether it was done.
    """
    tried, teller = _teller(gateway, code)
    clear_id = _note_clear(gateway, tried, teller, endpoint, force=force)
    try:
        gateway.provider.run(tried.plugin, tried.settings, teller.clear_quota(tried.settings, endpoint))
    except Uncertain as error:
        told = f"Channel {code}: {explained(tried.plugin, error)} The count may have been cleared all the same."
        raise Unavailable(f"{told} Refresh the quotas to see.", retry_after=RETRY_SECONDS) from error
    except SendError as error:
        with gateway.database.write() as session:
            store.forget_clear(session, clear_id)
        raise refusal(gateway, tried, [error], f"Channel {code}: {explained(tried.plugin, error)}") from error
    _begin_anew(gateway, tried, endpoint)
    return list_for(gateway, code)


def _note_clear(
    gateway: Gateway, tried: Account, teller: HasQuotas[object], endpoint: str | None, *, force: bool
) -> int:
    """Note the clear that is about to be made; its number. Raises InvalidRequest and Conflict as `clear` does."""
    with gateway.database.write() as session:
        channel = found(channel_store.by_id(session, tried.id), tried.code)
        if endpoint is not None:
            _check_endpoint(session, tried.id, endpoint)
        made = store.clears_since(session, tried.id, _month_began_at(gateway))
        if made >= teller.clears_a_month:
            raise Conflict(
                f"The quotas of channel {tried.code} have been cleared {made} times this month, and the provider "
                f"allows no more than {teller.clears_a_month}."
            )
        if not force and not _is_used_up(gateway, session, channel, endpoint):
            raise Conflict(
                f"No quota of channel {tried.code} that this would clear is used up, and clears are few "
                f"({made} of {teller.clears_a_month} made this month). To clear it all the same, force it."
            )
        return store.note_clear(session, tried.id, endpoint or "", gateway.clock.now())


def _is_used_up(gateway: Gateway, session: Session, channel: Channel, endpoint: str | None) -> bool:
    """Whether an endpoint or the backfill rests, or more waits on an endpoint than may still be called."""
    if endpoint is None and backfill.rests(gateway, session, channel.id):
        return True
    views = channel_store.endpoints(session, channel.id, gateway.clock.now())
    resting = {view.name for view in views if view.paused_until is not None}
    return any(
        quota.runs_out or quota.remaining == 0 or quota.endpoint in resting
        for quota in _standing(gateway, session, channel)
        if endpoint in (None, quota.endpoint)
    )


def _begin_anew(gateway: Gateway, tried: Account, endpoint: str | None) -> None:
    with gateway.database.write() as session:
        views = channel_store.endpoints(session, tried.id, gateway.clock.now())
        names = [view.name for view in views if endpoint in (None, view.name)]
        store.clear(session, tried.id, names, _today(gateway).date)
        for name in names:
            endpoints.end_rest(session, tried.id, name)
        if endpoint is None:
            backfill.wake(gateway, session, tried.id)


def _standing(gateway: Gateway, session: Session, channel: Channel) -> tuple[EndpointQuota, ...]:
    today = _today(gateway)
    counted, known = store.counted(session, channel.id, today.date), store.known(session, channel.id)
    return tuple(
        _of_endpoint(view.name, counted.get(view.name, 0), known.get(view.name, store.Known()), today).waited(
            store.waiting(session, channel.id, view.name, MOST_COUNTED)
        )
        for view in channel_store.endpoints(session, channel.id, gateway.clock.now())
    )


def _of_endpoint(name: str, counted: int, known: store.Known, today: LocalDay) -> EndpointQuota:
    return standing(
        name,
        counted=counted,
        day=today.date,
        asked=known.asked,
        own_limit=known.own_limit,
        note=known.note,
        resets_at=today.ends_at,
    )


def _keep(gateway: Gateway, tried: Account, endpoint: str, quota: Quota) -> None:
    day = _today(gateway).date
    with gateway.database.write() as session:
        counted = store.counted(session, tried.id, day).get(endpoint, 0)
        asked = Asked(quota=quota, at=gateway.clock.now(), day=day, counted=counted)
        store.keep(session, tried.id, endpoint, asked)


def _keep_note(gateway: Gateway, tried: Account, endpoint: str, error: SendError) -> None:
    with gateway.database.write() as session:
        store.keep_note(session, tried.id, endpoint, explained(tried.plugin, error))


class _Told(NamedTuple):
    """An account, and its plugin as one that tells quotas."""

    account: Account
    plugin: HasQuotas[object]


def _teller(gateway: Gateway, code: str) -> _Told:
    tried = account(gateway, code)
    plugin: AnyPlugin = tried.plugin
    if not isinstance(plugin, HasQuotas):
        raise InvalidRequest(f"The provider of channels of the type {tried.type!r} tells no quotas.")
    return _Told(tried, plugin)


def _check_endpoint(session: Session, channel_id: int, endpoint: str) -> None:
    names = _endpoints(session, channel_id)
    if endpoint not in names:
        text = f"must be one of {', '.join(names)}, not {shown(endpoint)!r}"
        raise InvalidRequest(f"endpoint: {text}", errors={"endpoint": [text]})


def _endpoints(session: Session, channel_id: int) -> list[str]:
    return [view.name for view in channel_store.endpoints(session, channel_id, 0.0)]


def _counted_then(known: store.Known | None, day: str) -> int:
    """What we had counted when the provider was last asked on this day."""
    asked = known.asked if known is not None else None
    return asked.counted if asked is not None and asked.day == day else 0


def _today(gateway: Gateway) -> LocalDay:
    settings = gateway.settings
    return quota_day(gateway.clock.now(), settings.quota_timezone, settings.quota_reset_hour)


def _month_began_at(gateway: Gateway) -> float:
    local = datetime.fromtimestamp(gateway.clock.now(), ZoneInfo(gateway.settings.quota_timezone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()
