"""Backfill: everybody who follows an account is listed, and asked about.

They become identities that wait for a userid, or get that of an address which is theirs on another channel. The
work is done by the sending side's clock, in steps that can be cut short anywhere: what is repeated changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ums.domain.errors import InvalidRequest
from ums.domain.follow import Follow, ToldBy
from ums.domain.local_day import LocalDay, quota_day
from ums.domain.outcome import BadAddress, BadContent, SendError
from ums.logs import get_logger
from ums.sdk.people import FollowerPage, HasFollowerList
from ums.services.accounts import found, load
from ums.services.binding import followers
from ums.services.binding.asking import STEP, Lister, put_off, rests_until, step_through
from ums.services.gateway import Gateway
from ums.store import backfills, channels, erasures, follows, identities
from ums.store.backfills import Backfill, Listing
from ums.store.bulk import chunks
from ums.store.db import Session

log = get_logger(__name__)
LISTS_A_DAY = 500
"""Lists that one account may ask for in a day of quotas (WeChat: `user/get`, 500 calls)."""
USED_UP = "The day's lists are used up; it goes on when the next day of quotas begins."
NEVER = Backfill(
    state=backfills.IDLE,
    is_listed=False,
    total=0,
    listed=0,
    asked=0,
    joined=0,
    due=0.0,
    asks_due=0.0,
    day="",
    calls=0,
    started_at=0.0,
    finished_at=None,
    note="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a channel's backfill is; `left` are those still to be asked about, `waits_until` when it goes on."""

    backfill: Backfill
    left: int
    waits_until: float | None


def begin(gateway: Gateway, code: str) -> Progress:
    """List and ask about everybody who follows; one that has stopped, or rests for a quota, goes on where it was.

    Raises NotFound, InvalidRequest for a type whose provider lists nobody, and Conflict where the settings of the
    channel can't be used.
    """
    with gateway.database.write() as session:
        channel = found(channels.by_code(session, code), code)
        if not isinstance(load(gateway, channel).plugin, HasFollowerList):
            raise InvalidRequest(f"The provider of channels of the type {channel.type!r} doesn't list who follows.")
        backfills.begin(session, channel.id, gateway.clock.now())
        wake(gateway, session, channel.id)
    log.info("a backfill was begun", action="backfill_begun", channel=code)
    return progress(gateway, code)


def wake(gateway: Gateway, session: Session, channel_id: int) -> None:
    """Have a backfill that rests for a quota ask the provider again at once: the quota may have been cleared."""
    now = gateway.clock.now()
    backfills.wake(session, channel_id, now=now, claimed=now + STEP)


def rests(gateway: Gateway, session: Session, channel_id: int) -> bool:
    """Whether it waits for a quota of the provider's, for longer than a step may take."""
    kept = backfills.find(session, channel_id)
    until = 0.0 if kept is None or kept.state == backfills.STOPPED else max(kept.due, kept.asks_due)
    return until > gateway.clock.now() + STEP


def progress(gateway: Gateway, code: str) -> Progress:
    """How far it is; `idle` where nobody has begun it. Raises NotFound."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        channel = found(channels.by_code(session, code), code)
        kept = backfills.find(session, channel.id) or NEVER
        left = identities.left_to_ask(session, channel.id)
    due = [moment for moment, waits in ((kept.due, not kept.is_listed), (kept.asks_due, left > 0)) if waits]
    waits_until = min(due, default=now) if kept.state == backfills.RUNNING else now
    return Progress(backfill=kept, left=left, waits_until=waits_until if waits_until > now + STEP else None)


def walk(gateway: Gateway) -> None:
    """List the next followers of every channel that is due; safe when several processes do it."""
    step_through(gateway, backfills.to_list, _list_some)


def _list_some(gateway: Gateway, tried: Lister) -> bool:
    """List some; whether the next ones are due at once."""
    channel_id, today, now = tried.account.id, _today(gateway), gateway.clock.now()
    with gateway.database.write() as session:
        step = backfills.claim_list(
            session, channel_id, day=today.date, most=LISTS_A_DAY, now=now, until=now + STEP
        )
        if step is None:
            _rest_if_used_up(session, channel_id, today)
            return False
    try:
        page = gateway.provider.run(
            tried.account.plugin,
            tried.account.settings,
            tried.plugin.followers(tried.account.settings, step.after),
        )
    except SendError as error:
        _rest(gateway, tried, step, error)
        return False
    for some in chunks(page.addresses):
        with gateway.database.write() as session:
            _keep(session, channel_id, some, step, now)
    with gateway.database.write() as session:
        _go_on(session, channel_id, step, page, gateway.clock.now())
    return bool(page.after)


def _rest(gateway: Gateway, tried: Lister, step: Listing, error: SendError) -> None:
    note = put_off(gateway, tried, error)
    with gateway.database.write() as session:
        backfills.rest_listing(session, tried.account.id, rests_until(gateway, error), note)
        if step.after and isinstance(error, BadAddress | BadContent):
            # the one whom the list was to go on after has left: nothing tells where he stood
            backfills.list_anew(session, tried.account.id)


def _rest_if_used_up(session: Session, channel_id: int, today: LocalDay) -> None:
    kept = backfills.find(session, channel_id)
    if kept is not None and kept.day == today.date and kept.calls >= LISTS_A_DAY and not kept.is_listed:
        backfills.rest_listing(session, channel_id, today.ends_at, USED_UP)


def _keep(session: Session, channel_id: int, addresses: Sequence[str], step: Listing, called_at: float) -> None:
    """Keep that these follow, and are to be asked about; those whom the provider had us erase stay so."""
    erased = erasures.erased_among(session, channel_id, addresses)
    kept = [address for address in addresses if address and address not in erased]
    identities.list_unasked(session, channel_id, kept, called_at, since=step.started_at)
    at = float(int(called_at))
    for address in follows.not_following(session, channel_id, kept):
        followers.tell(session, channel_id, Follow(address, following=True, at=at), ToldBy.LIST, called_at)
    follows.listed(session, channel_id, kept, at)


def _go_on(session: Session, channel_id: int, step: Listing, page: FollowerPage, now: float) -> None:
    # a list that leads back to where it came from is at its end
    after = page.after if page.after != step.after else ""
    backfills.listed(session, channel_id, step, number=len(page.addresses), total=page.total, after=after, now=now)
    backfills.finish(session, channel_id, now)


def _today(gateway: Gateway) -> LocalDay:
    settings = gateway.settings
    return quota_day(gateway.clock.now(), settings.quota_timezone, settings.quota_reset_hour)
