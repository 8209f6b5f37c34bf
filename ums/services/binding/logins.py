"""Logging in on a page inside a provider's app: a code for a session; with a ticket or by a backend for a userid.

A userid is never believed from a page: it comes with the application's credentials, or in a ticket made with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ums.domain.bind_ticket import Purpose, Ticket
from ums.domain.commands import Caller
from ums.domain.errors import Conflict, InvalidRequest, NotAuthenticated, NotFound
from ums.domain.outcome import SendError
from ums.domain.person import Cause
from ums.domain.shown import shown
from ums.domain.views import ChannelState
from ums.sdk.people import AppLogin, HasAppLogin
from ums.services.accounts import Account, load
from ums.services.binding import sessions, signing
from ums.services.binding.asked import ask
from ums.services.binding.meeting import Met, meet
from ums.services.binding.refusing import check_in_use, unanswered
from ums.services.binding.tickets import check_userid, wrong
from ums.services.gateway import Gateway
from ums.store import bind_tickets, channels
from ums.store.db import Session

TICKET_OVER = (
    "This ticket is good for nothing here: it was used, is older than five minutes, or was made for another "
    "channel, or for nobody; have another one made."
)


class Door(NamedTuple):
    """Where a page is shown, as a path names it: the channel's type and its code."""

    type: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAccount:
    """The account whose app a page is shown in, with its plugin as one that logs people in."""

    account: Account
    plugin: HasAppLogin[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A session for the page, whether its person is bound, and to whom, where that may be told."""

    session: str = field(repr=False)
    bound: bool
    userid: str | None = None


def log_in(
    gateway: Gateway, caller: Caller | None, door: Door, code: str, *, ticket: str = "", userid: str = ""
) -> Login:
    """Begin a session for whoever got `code`; the caller is None for a page.

    He is bound to the userid of the ticket, which is used up with it, or to the one that a backend gives. Raises
    NotAuthenticated for a userid from a page; InvalidRequest for a code or a ticket that is good for nothing,
    NotFound for a channel that isn't there or not the caller's, AddressTaken where he is bound to somebody else;
    and NotAllowed, Conflict and Unavailable as `refusing.unanswered`. All of them change nothing.
    """
    _check_userid(caller, userid, ticket)
    digest = _signed(gateway, ticket)
    opened = account_of(gateway, caller, door)
    wanted = userid if digest is None else _find(gateway, opened.account, digest).userid
    found = redeemed(gateway, opened, code)
    with gateway.database.write() as session:
        met = meet(gateway, session, opened.account, found.person)
        if digest is not None:
            _use(gateway, session, digest, met)
        if wanted:
            met.bind(gateway, session, wanted, Cause.APP)
        owners = met.owners(session)
        begun = sessions.begin(gateway, session, opened.account.id, found.person.address, found.session_key)
    is_told = caller is not None and len(owners) == 1
    return Login(session=begun, bound=bool(owners), userid=owners[0] if is_told else None)


def account_of(gateway: Gateway, caller: Caller | None, door: Door) -> AppAccount:
    """The account whose app pages are shown in. Raises NotFound, and Conflict for a closed or unusable one."""
    with gateway.database.read() as session:
        channel = channels.by_code(session, door.code, caller.application_id if caller else None)
    if channel is None or channel.type != door.type:
        raise NotFound(
            f"There is no channel {shown(door.code)} of the type {shown(door.type)}, or it is not yours."
        )
    account = load(gateway, channel)
    if not isinstance(account.plugin, HasAppLogin):
        raise NotFound(f"Nobody logs in inside an app of the type {account.type}.")
    if account.state is ChannelState.CLOSED:
        raise Conflict(f"The channel {account.code} is closed.")
    return AppAccount(account=account, plugin=account.plugin)


def redeemed(gateway: Gateway, opened: AppAccount, code: str) -> AppLogin:
    """Who got this code. Raises as `refusing.unanswered`."""
    account = opened.account
    check_in_use(account)
    try:
        return ask(
            gateway, account, lambda platform: opened.plugin.log_in(account.settings, code, platform=platform)
        )
    except SendError as error:
        raise unanswered(gateway, account, "code", error) from error


def _check_userid(caller: Caller | None, userid: str, ticket: str) -> None:
    if not userid:
        return
    if caller is None:
        raise NotAuthenticated(
            "A userid is never believed from a page: have the application's backend call with its ChannelKey and "
            "MasterSecret (HTTP Basic), or give a ticket that it has had made."
        )
    if ticket:
        raise wrong("userid", "give either a userid or a ticket, which stands for one")
    check_userid(userid)


def _signed(gateway: Gateway, ticket: str) -> str | None:
    """A ticket's digest, without asking the database. Raises InvalidRequest for what we haven't signed."""
    if not ticket:
        return None
    digest = signing.checked(gateway, Purpose.BIND, ticket)
    if digest is None:
        raise _ticket_over()
    return digest


def _find(gateway: Gateway, account: Account, digest: str) -> Ticket:
    """The ticket, used or not. Raises InvalidRequest where it can't bind anybody here."""
    with gateway.database.read() as session:
        ticket = bind_tickets.kept(session, digest)
    if (
        ticket is None
        or ticket.expires_at <= gateway.clock.now()
        or ticket.channel_id != account.id
        or ticket.purpose is not Purpose.BIND
        or not ticket.userid
    ):
        raise _ticket_over()
    return ticket


def _use(gateway: Gateway, session: Session, digest: str, met: Met) -> None:
    """Use a ticket up; who has used it himself, and lost the answer, may come with it again."""
    if bind_tickets.take(session, digest, gateway.clock.now()):
        return
    ticket = bind_tickets.kept(session, digest)
    if ticket is None or met.owners(session) != [ticket.userid]:
        raise _ticket_over()


def _ticket_over() -> InvalidRequest:
    return wrong("ticket", TICKET_OVER)
