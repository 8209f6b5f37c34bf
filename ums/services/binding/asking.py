"""Asking providers who people are, where they list followers: some at a time, paced as they allow.

Addresses that are to be asked about wait in the table of identities. They come by a backfill, by following, by an
upload to a channel that was backfilled once, and by visits that told no union. Whom the provider doesn't know
counts as asked, and is asked about again once he follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ums.domain.channel_state import ChannelState
from ums.domain.errors import Problem
from ums.domain.follow import Follow, ToldBy
from ums.domain.local_day import quota_day
from ums.domain.outcome import BadChannel, Fault, SendError, Throttled, Transient
from ums.domain.person import Cause
from ums.domain.settlement import resumes_at
from ums.logs import get_logger
from ums.registry import AnyPlugin
from ums.sdk.people import Follower, HasFollowerList
from ums.services.accounts import Account, account_by_id, explained
from ums.services.binding import followers, joining
from ums.services.gateway import Gateway
from ums.services.probing import park
from ums.store import backfills, identities
from ums.store.db import Session

log = get_logger(__name__)

STEP = 60.0
"""Seconds that a step may take before another process may take it over."""
GATHER = 20.0
"""Seconds for which addresses gather, so that many are asked about in one call."""
AGAIN = 60.0
"""Seconds after which a provider that gave no answer is asked again."""
TURN = 2.0
"""Seconds of steps in a row, so that the clock's other duties aren't held up for long."""
USED = (ChannelState.READY, ChannelState.PAUSED, ChannelState.CLOSED)
"""A parked channel's credentials are refused."""


class Lister(NamedTuple):
    """An account whose provider lists followers, and its plugin as one that does."""

    account: Account
    plugin: HasFollowerList[object]


def ask(gateway: Gateway, session: Session, channel_id: int, address: str) -> None:
    """Whoever follows now is to be asked about, unless his union is known; in the transaction of the event."""
    if joining.lists_followers(gateway, session, channel_id):
        now = gateway.clock.now()
        identities.list_unasked(session, channel_id, [address], now, since=now)


def look(gateway: Gateway) -> None:
    """Ask about those that wait, on every channel that is due; safe when several processes do it."""
    step_through(gateway, identities.channels_to_ask, _ask_some)


def step_through(
    gateway: Gateway,
    channels_due: Callable[[Session, float], Sequence[int]],
    step: Callable[[Gateway, Lister], bool],
) -> None:
    """Take steps on every channel that is due, for as long as they say that more is due at once, and one turn."""
    began = gateway.clock.now()
    with gateway.database.read() as session:
        due = channels_due(session, began)
    for channel_id in due:
        tried = lister(gateway, channel_id)
        while tried is not None and gateway.clock.now() - began < TURN and step(gateway, tried):
            pass


def lister(gateway: Gateway, channel_id: int) -> Lister | None:
    """The account, where its provider lists followers and its channel may call now."""
    try:
        tried = account_by_id(gateway, channel_id)
    except Problem:
        return None
    plugin: AnyPlugin = tried.plugin
    if tried.state not in USED or not isinstance(plugin, HasFollowerList):
        return None
    return Lister(tried, plugin)


def rests_until(gateway: Gateway, error: SendError) -> float:
    """When a provider that refused, or said nothing, may be asked again."""
    settings, now = gateway.settings, gateway.clock.now()
    tomorrow = quota_day(now, settings.quota_timezone, settings.quota_reset_hour).ends_at
    if isinstance(error, Throttled):
        return resumes_at(error.until, now=now, day_starts_at=tomorrow)
    if isinstance(error, BadChannel) and error.scope is Fault.ENDPOINT:
        return tomorrow
    return now + ((error.after if isinstance(error, Transient) else None) or AGAIN)


def put_off(gateway: Gateway, tried: Lister, error: SendError) -> str:
    """What is told of an error; the channel is parked, and its backfill stopped, where an operator must act."""
    note = explained(tried.account.plugin, error)
    log.warning("people could not be asked about", action="asking_failed", channel=tried.account.code, cause=note)
    park(gateway, tried.account, error)
    if isinstance(error, BadChannel):
        with gateway.database.write() as session:
            backfills.stop(session, tried.account.id, note)
    return note


def _ask_some(gateway: Gateway, tried: Lister) -> bool:
    """Ask about some of those that wait; whether the next ones are due at once."""
    channel_id = tried.account.id
    now = gateway.clock.now()
    with gateway.database.write() as session:
        backfills.enlist(session, channel_id, now)
        addresses = identities.unasked(session, channel_id, tried.plugin.most_asked)
        # where another has asked about all of them meanwhile, a claim would keep those who come next waiting
        if not addresses or not backfills.claim_ask(session, channel_id, now=now, until=now + STEP):
            return False
    exchange = tried.plugin.people(tried.account.settings, addresses)
    try:
        told = gateway.provider.run(tried.account.plugin, tried.account.settings, exchange)
    except SendError as error:
        note = put_off(gateway, tried, error)
        with gateway.database.write() as session:
            backfills.rest_asking(session, channel_id, rests_until(gateway, error), note)
        return False
    is_full = len(addresses) == tried.plugin.most_asked
    with gateway.database.write() as session:
        joined = _keep(gateway, session, channel_id, addresses, told, now)
        until = gateway.clock.now() + (0.0 if is_full else GATHER)
        backfills.asked(session, channel_id, number=len(addresses), joined=joined, until=until)
        backfills.finish(session, channel_id, gateway.clock.now())
    return is_full


def _keep(
    gateway: Gateway,
    session: Session,
    channel_id: int,
    addresses: Sequence[str],
    told: Sequence[Follower],
    asked_at: float,
) -> int:
    """Keep what the provider said, and bind what follows from it; how many addresses were bound."""
    # what was erased meanwhile stays so
    still = identities.known_among(session, channel_id, addresses)
    by_address = {one.person.address: one for one in told}
    joined = 0
    for address in addresses:
        if address not in still:
            continue
        one = by_address.get(address)
        union = one.person.union if one else ""
        person = identities.note(session, channel_id, address, union, gateway.clock.now())
        joined += len(joining.settle(gateway, session, person, Cause.UNION).bind) if union else 0
        if one is not None:
            follow = Follow(address, following=one.following, at=float(int(asked_at)))
            followers.tell(session, channel_id, follow, ToldBy.LIST, asked_at)
    return joined
