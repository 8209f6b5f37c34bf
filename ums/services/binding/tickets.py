"""Tickets: links that an application gives to its people, each good for one binding within five minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ums.domain.address import USERID, USERID_RULE
from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.commands import Caller
from ums.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound
from ums.domain.linking import Linking, is_url
from ums.domain.sender import Granted
from ums.domain.shown import shown
from ums.domain.views import ChannelState
from ums.sdk.people import HasAppLogin, HasWebLogin
from ums.services.accounts import Account, account_by_id
from ums.services.binding import sessions, signing
from ums.services.binding.asked import base_of
from ums.services.gateway import Gateway
from ums.store import applications, bind_tickets

MINIPROGRAM = "miniprogram"
"""As `return_to`: back to the app in whose window the page was opened."""
OVER = "This link has been used, or is older than five minutes. Ask for a new one where you got it."
NO_LOGIN_URL = (
    "Without a userid the person is led to your login page, and none is known here. An operator sets it with: "
    "ums application change NAME --login-url https://…"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWanted:
    """What an application asks a ticket for; `session` is a login session of an app's page, of the same person."""

    channel: str
    userid: str = ""
    return_to: str = ""
    session: str = field(default="", repr=False)
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A ticket, the link that it is used by, and for how many seconds."""

    ticket: str = field(repr=False)
    url: str = field(repr=False)
    seconds: int


def issue(gateway: Gateway, caller: Caller, wanted: TicketWanted) -> NewTicket:
    """A new ticket of the calling application's.

    Raises NotFound for a channel that it isn't granted; InvalidRequest naming what is wrong with a member;
    NotAllowed for a session that is over, or of a channel of others; Conflict where the channel is closed, or the
    application has no login page where one is needed.
    """
    account = open_account(gateway, granted(caller, wanted.channel))
    if not isinstance(account.plugin, HasWebLogin):
        _check_for_app(account, wanted)
    ticket = _made(gateway, caller, account, wanted)
    text, digest = signing.issue(gateway, Purpose.BIND)
    with gateway.database.write() as session:
        bind_tickets.add(session, digest, ticket)
    return NewTicket(ticket=text, url=link(gateway, account, text), seconds=int(LIFETIME))


def link(gateway: Gateway, account: Account, text: str) -> str:
    """The address by which people use a ticket; empty where they do it on a page inside the provider's app."""
    if not isinstance(account.plugin, HasWebLogin):
        return ""
    return f"{base_of(gateway, account)}/bind/{account.code}?ticket={text}"


def usable(gateway: Gateway, purpose: Purpose, text: str) -> tuple[str, Ticket]:
    """A ticket that may still be used, and its digest. Raises NotAllowed, for a forged one without looking."""
    digest = signing.checked(gateway, purpose, text)
    ticket = None
    if digest is not None:
        with gateway.database.read() as session:
            ticket = bind_tickets.find(session, digest, gateway.clock.now())
    if digest is None or ticket is None or ticket.purpose is not purpose:
        raise NotAllowed(OVER)
    return digest, ticket


def granted(caller: Caller, code: str) -> Granted:
    """The channel that the calling application may use. Raises NotFound."""
    assert caller.sender is not None  # noqa: S101 - only applications are let in
    channel = next((one for one in caller.sender.granted if one.code == code), None)
    if channel is None:
        raise NotFound(f"There is no channel {shown(code)!r}, or this application may not use it.")
    return channel


def open_account(gateway: Gateway, channel: Granted) -> Account:
    """The account of a channel. Raises Conflict where it is closed."""
    if channel.state is ChannelState.CLOSED:
        raise Conflict(f"The channel {channel.code} is closed.")
    return account_by_id(gateway, channel.channel_id)


def linking_of(gateway: Gateway, application_id: int) -> Linking:
    """How an application has its people bound: what its pages are called and look like."""
    with gateway.database.read() as session:
        return applications.linking(session, application_id)


def check_userid(userid: str) -> None:
    """Raises InvalidRequest for what is no userid."""
    if not USERID.fullmatch(userid):
        raise wrong("userid", f"is no userid: {USERID_RULE}")


def wrong(path: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})


def _made(gateway: Gateway, caller: Caller, account: Account, wanted: TicketWanted) -> Ticket:
    assert caller.application_id is not None  # noqa: S101 - only applications are let in
    _check(linking_of(gateway, caller.application_id), wanted)
    return Ticket(
        purpose=Purpose.BIND,
        application_id=caller.application_id,
        channel_id=account.id,
        expires_at=gateway.clock.now() + LIFETIME,
        userid=wanted.userid,
        companion=_companion(gateway, caller, account, wanted.session),
        return_to=wanted.return_to,
        origin=wanted.origin,
    )


def _check_for_app(account: Account, wanted: TicketWanted) -> None:
    """A page inside the app uses a ticket with its login: there is no visit. Raises InvalidRequest."""
    if not isinstance(account.plugin, HasAppLogin):
        raise wrong("channel", f"channels of the type {account.type!r} have no web page that tells who somebody is")
    if not wanted.userid:
        raise wrong("userid", "is missing; a ticket for a page inside the app stands for one")
    for name in ("return_to", "origin", "session"):
        if getattr(wanted, name):
            raise wrong(name, "belongs to links that are opened in a browser; leave it out for a mini program")


def _check(linking: Linking, wanted: TicketWanted) -> None:
    """Raises InvalidRequest, and Conflict where the result would have nowhere to go."""
    if wanted.userid:
        check_userid(wanted.userid)
    _check_origin(linking, wanted)
    if wanted.return_to and not _may_return(linking, wanted):
        raise wrong(
            "return_to",
            "is none of the addresses that an operator has allowed "
            f"(ums application change NAME --return-url …), nor the word {MINIPROGRAM}",
        )
    if not (wanted.userid or wanted.session or wanted.origin or linking.login_url):
        raise Conflict(NO_LOGIN_URL)


def _check_origin(linking: Linking, wanted: TicketWanted) -> None:
    if not wanted.origin:
        return
    if wanted.origin not in linking.origins:
        raise wrong("origin", "is not allowed; an operator allows it with: ums application change NAME --origin …")
    if wanted.userid:
        raise wrong("origin", "gets the results of visits without a userid; leave one of the two out")
    if not wanted.return_to or wanted.return_to == MINIPROGRAM:
        raise wrong("return_to", "is missing; name the page of the origin that gets the result")


def _may_return(linking: Linking, wanted: TicketWanted) -> bool:
    if wanted.return_to == MINIPROGRAM or linking.allows(wanted.return_to):
        return True
    return bool(wanted.origin) and is_url(wanted.return_to) and _origin_of(wanted.return_to) == wanted.origin


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _companion(gateway: Gateway, caller: Caller, account: Account, text: str) -> tuple[int, str] | None:
    """The address of a login session. Raises NotAllowed where it is over, or not for this application."""
    if not text:
        return None
    login = sessions.logged_in(gateway, text)
    assert caller.sender is not None  # noqa: S101 - only applications are let in
    if login.channel_id not in {one.channel_id for one in caller.sender.granted}:
        raise NotAllowed(sessions.OVER)
    if login.channel_id == account.id:
        raise wrong("session", "is of the very channel that the ticket is for")
    return login.channel_id, login.address
