"""The ledger of credits: what users allow is told by providers and applications, and looked up by both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ums.domain import cursor as cursors
from ums.domain.commands import Caller
from ums.domain.credit import Balance, Cause, Choice, CreditChange, CreditPlace, Fate, Movement, Source
from ums.domain.errors import InvalidRequest, NotAllowed, NotFound
from ums.domain.local_day import local_day
from ums.domain.message import DAY
from ums.domain.privacy import masked
from ums.domain.sender import Granted, Sender
from ums.domain.settlement import RECEIPT_WAIT
from ums.domain.shown import shown
from ums.domain.views import Page
from ums.domain.wire import CHANNEL_TYPES, bind_ids
from ums.sdk.plugin import HasCredits
from ums.services.accounts import Account
from ums.services.binding import sessions
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import channels, credit_holds, locks, reach, templates
from ums.store import credits as store
from ums.store.db import Session

SAVED_DAYS = 30
"""Over how many days saved calls are added up."""
BATCH = 500
SEPARATOR = "\n"
"""Between address and template in a cursor; neither holds one."""
MANY = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose credits are meant: a user's, by his address on the channel, or an address."""

    userid: str | None = None
    openid: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """Balances of a channel, and how many calls its ledger has saved in the last thirty days."""

    page: Page[Balance]
    saved_calls: int


def report(
    gateway: Gateway, caller: Caller, code: str, whose: Whose, results: Mapping[str, Choice]
) -> dict[str, int | None]:
    """Take what a user answered when he was asked for subscriptions; his credits afterwards, by template.

    An acceptance is one credit, unless the provider has told of it already. Anything else changes nothing: what was
    allowed before stays allowed. None is a balance that is unknown, or that a long-term template doesn't have.
    Raises NotFound for a channel or a user that isn't the caller's, InvalidRequest for one that has no credits, or
    no single address.
    """
    sender, channel = _channel(gateway, caller, code)
    address = _address(gateway, sender, channel, whose)
    return _counted(gateway, channel.type, channel.channel_id, address, results)


def report_of_page(
    gateway: Gateway, caller: Caller | None, session: str, results: Mapping[str, Choice], code: str | None = None
) -> dict[str, int | None]:
    """As `report`, for whoever is logged in on a page inside the app; with `code` it must be that channel's.

    A page may name anything: what the channel's list is known not to hold isn't counted. Raises NotAllowed for a
    session that is over or another's.
    """
    kept = sessions.logged_in(gateway, session)
    with gateway.database.read() as transaction:
        found = channels.by_id(transaction, kept.channel_id)
        # one that was removed is no longer there by its code
        channel = found and channels.by_code(transaction, found.code, caller.application_id if caller else None)
        if channel is None or channel.id != kept.channel_id or code not in (None, channel.code):
            raise NotAllowed(sessions.OVER)
        known = {
            id_: choice
            for id_, choice in results.items()
            if channel.refreshed_at is None or templates.listed(transaction, channel.id, id_) is not None
        }
    counted = _counted(gateway, channel.type, channel.id, kept.address, known)
    return {id_: counted.get(id_) for id_ in results}


def _counted(
    gateway: Gateway, type_: str, channel_id: int, address: str, results: Mapping[str, Choice]
) -> dict[str, int | None]:
    plugin = gateway.registry.by_type.get(type_)
    if not isinstance(plugin, HasCredits):
        raise _without_credits(type_)
    now = gateway.clock.now()

    def kept(session: Session) -> dict[str, int | None]:
        locks.share_channel(session, channel_id)
        places = {id_: CreditPlace(channel_id, address, id_) for id_ in results}
        counted = {id_: place for id_, place in places.items() if is_counted(session, place)}
        for template_id, place in sorted(counted.items()):
            if results[template_id] is Choice.ACCEPT:
                store.allow(session, place, Source.REPORT, now, plugin.most_credits(template_id))
        return {id_: store.known(session, place) if id_ in counted else None for id_, place in places.items()}

    return gateway.database.write_together(kept)


def apply(session: Session, channel_id: int, changes: Iterable[CreditChange], now: float) -> None:
    """Take what a provider tells; in the transaction that keeps the event, so that repeats change nothing."""
    for change in changes:
        place = CreditPlace(channel_id, change.address, change.template_id)
        if not is_counted(session, place):
            continue
        if change.cause is Cause.ALLOWED:
            store.allow(session, place, Source.EVENT, now)
        else:
            store.empty(session, place, change.cause, now)


def is_counted(session: Session, place: CreditPlace) -> bool:
    """Whether there is a count: not of a template that the channel's list calls a long-term one."""
    listed = templates.listed(session, place.channel_id, place.template_id)
    return listed is None or not listed.long_term


def needed(session: Session, account: Account, content: object) -> str | None:
    """The template of which a content needs a credit; none for those that are known to be long-term ones."""
    template_id = account.plugin.credit(content) if isinstance(account.plugin, HasCredits) else None
    if template_id is None or not is_counted(session, CreditPlace(account.id, "", template_id)):
        return None
    return template_id


def tries_unknown(account: Account) -> bool:
    """Whether the channel sends where nothing is known of an address's credits."""
    return not isinstance(account.plugin, HasCredits) or account.plugin.tries_unknown(account.settings)


def balances(
    gateway: Gateway,
    caller: Caller,
    *,
    channel: str,
    userid: str | None = None,
    template: str = "",
    at_most: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Balances:
    """The balances of a channel's users, by address and template; those of one user or template, where asked for.

    `at_most`: only those with no more credits than that, who are about to run out. Raises as `report` does, and
    InvalidRequest for a cursor or a limit that won't do.
    """
    check_limit(limit)
    after = _after(cursor)
    sender, granted = _channel(gateway, caller, channel)
    address = "" if userid is None else _bound(gateway, sender, granted, userid)
    wanted = store.Wanted(granted.channel_id, template, address, MANY if at_most is None else at_most)
    named = store.Named(CHANNEL_TYPES[granted.type].property.wire, granted.code, sender.channel_key)
    since = local_day(gateway.clock.now() - SAVED_DAYS * DAY, gateway.settings.quota_timezone).date
    with gateway.database.read() as session:
        found = store.balances(session, wanted, named, after, limit + 1)
        saved = store.saved_calls(session, granted.channel_id, since)
    page = page_of(found, limit, lambda one: f"{one.address}{SEPARATOR}{one.template_id}")
    return Balances(page=page, saved_calls=saved)


def history(
    gateway: Gateway,
    caller: Caller,
    *,
    channel: str,
    userid: str,
    template: str,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Movement]:
    """How a balance came about: every change and its cause, the oldest first. Raises as `balances` does."""
    check_limit(limit)
    after = after_id(cursor)
    sender, granted = _channel(gateway, caller, channel)
    place = CreditPlace(granted.channel_id, _bound(gateway, sender, granted, userid), template)
    with gateway.database.read() as session:
        found = store.movements(session, place, after, limit + 1)
    return page_of(found, limit, lambda one: str(one.id))


def spend_left_over(gateway: Gateway) -> None:
    """Credits of deliveries of which nobody has learned in time what became of them count as spent."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not credit_holds.left_over(session, now - RECEIPT_WAIT, 1):
            return
    with gateway.database.write() as session:
        ids = credit_holds.left_over(session, now - RECEIPT_WAIT, BATCH)
        credit_holds.settle(
            session, dict.fromkeys(credit_holds.held(session, ids), Fate.SPENT), now, Cause.UNCONFIRMED
        )


def _channel(gateway: Gateway, caller: Caller, code: str) -> tuple[Sender, Granted]:
    """A channel of the caller's that keeps credits. Raises NotFound and InvalidRequest."""
    sender = caller.sender
    assert sender is not None  # noqa: S101 - needs_channel_key
    channel = next((one for one in sender.granted if one.code == code), None)
    if channel is None:
        raise NotFound(f"There is no channel {shown(code)}, or it is not yours to see.")
    if not isinstance(gateway.registry.by_type.get(channel.type), HasCredits):
        raise _without_credits(channel.type)
    return sender, channel


def _address(gateway: Gateway, sender: Sender, channel: Granted, whose: Whose) -> str:
    """The one address that is meant. Raises NotFound, and InvalidRequest where there isn't just one."""
    if (whose.userid is None) == (whose.openid is None):
        raise _wrong("userid", "give either userid or openid")
    if whose.openid is not None:
        pattern = gateway.registry[channel.type].address.pattern
        if not pattern.fullmatch(whose.openid):
            raise _wrong("openid", f"'{masked(whose.openid)}' is no {channel.type} address")
        return whose.openid
    return _bound(gateway, sender, channel, whose.userid or "")


def _bound(gateway: Gateway, sender: Sender, channel: Granted, userid: str) -> str:
    name = CHANNEL_TYPES[channel.type].property
    places = {channel.type: (name.wire, bind_ids(name, channel.code, sender.channel_key))}
    with gateway.database.read() as session:
        found = reach.of_userids(session, [userid], places).get(userid)
    if found is None:
        raise NotFound(f"There is no user {shown(userid)}, or he is not yours to see.")
    addresses = found.get(channel.type) or []
    if len(addresses) != 1:
        have = "several addresses" if addresses else "no address in use"
        raise _wrong("userid", f"{shown(userid)} has {have} on {channel.code}; give openid")
    return addresses[0]


def _after(cursor: str | None) -> tuple[str, str]:
    if cursor is None:
        return "", ""
    address, separator, template_id = cursors.read(cursor).partition(SEPARATOR)
    if not separator:
        raise cursors.unknown()
    return address, template_id


def _without_credits(type_: str) -> InvalidRequest:
    return _wrong("channel", f"channels of the type {type_} have no credits")


def _wrong(field: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{field}: {text}", errors={field: [text]})
