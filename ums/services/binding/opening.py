"""What a page inside a provider's app has been given of its person: opened here, where the key is, and told back.

What says who he is never leaves the gateway, whether a page or a backend asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from ums.domain.commands import Caller, Json
from ums.domain.errors import Conflict, NotAllowed
from ums.domain.outcome import SendError
from ums.domain.person import Cause, Place
from ums.domain.privacy import masked
from ums.domain.wire import CHANNEL_TYPES, EVERYONE
from ums.sdk.people import AppLogin, Person, SealedWords
from ums.services.binding import bindings, sessions
from ums.services.binding.logins import AppAccount, Door, account_of, redeemed
from ums.services.binding.meeting import meet
from ums.services.binding.refusing import check_in_use, unanswered
from ums.services.binding.tickets import wrong
from ums.services.gateway import Gateway
from ums.store import identities
from ums.store.db import Session

PHONE = CHANNEL_TYPES["sms"].property.wire
FOREIGN = "this is somebody else's than the session's; nothing was changed."
ONE_OF = "give either a session or a code"
NOT_ASKED = (
    "Phone numbers are not asked for on the channel {code}: an operator switches that on with its setting "
    "phone_numbers; the provider may want money for each."
)
UNBOUND = "Nobody knows yet whose phone this is: have the person bound first, by a login with a ticket or a userid."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was sealed, without what says who it is about; whether he is bound; and a session, where one began."""

    data: Mapping[str, Json] = field(repr=False)
    bound: bool
    session: str | None = field(default=None, repr=False)


def open_sealed(
    gateway: Gateway,
    caller: Caller | None,
    door: Door,
    sealed: SealedWords,
    *,
    session: str | None = None,
    code: str | None = None,
) -> Opened:
    """Open what a page was given, and join its person with what the provider says of him in it.

    The page shows its session, or a fresh code, which begins one. Raises InvalidRequest for what is another's,
    another account's, too old or tampered with; NotAllowed for a session that is over; and as `logins.log_in`. All
    of them change nothing.
    """
    if (session is None) == (code is None):
        raise wrong("session", ONE_OF)
    opened, login = _who(gateway, caller, door, session, code)
    account, now = opened.account, gateway.clock.now()
    try:
        words = opened.plugin.opened(account.settings, login.session_key, sealed, now)
    except SendError as error:
        raise unanswered(gateway, account, "encryptedData", error) from error
    named = opened.plugin.person_in(account.settings, words) or login.person
    if named.address != login.person.address:
        raise wrong("encryptedData", FOREIGN)
    person = replace(named, union=named.union or login.person.union)
    with gateway.database.write() as transaction:
        bound = bool(meet(gateway, transaction, account, person).owners(transaction))
        begun = code and sessions.begin(gateway, transaction, account.id, person.address, login.session_key)
    return Opened(data=_told(words, opened.plugin.identifying, person), bound=bound, session=begun or None)


def keep_phone(gateway: Gateway, caller: Caller | None, door: Door, session: str, code: str) -> str:
    """Ask for the number that a page was given `code` for, and keep it as its user's phone; the number, masked.

    Raises Conflict where numbers are not asked for or the person is nobody's yet, before the code is used; and as
    `open_sealed` does.
    """
    opened, login = _who(gateway, caller, door, session, None)
    account = opened.account
    if not opened.plugin.asks_phone(account.settings):
        raise Conflict(NOT_ASKED.format(code=account.code))
    check_in_use(account)
    with gateway.database.read() as transaction:
        _owner(transaction, opened, login)
    try:
        exchange = opened.plugin.phone(account.settings, code)
        number = gateway.provider.run(account.plugin, account.settings, exchange)
    except SendError as error:
        raise unanswered(gateway, account, "code", error) from error
    place = Place(account.id, account.code, PHONE, EVERYONE, number)
    with gateway.database.write() as transaction:
        userid = _owner(transaction, opened, login)
        bindings.hold(transaction, userid, place, Cause.APP, gateway.clock.now(), by=account.code)
    return masked(number)


def _who(
    gateway: Gateway, caller: Caller | None, door: Door, session: str | None, code: str | None
) -> tuple[AppAccount, AppLogin]:
    """Who shows this session or this code, and in which app."""
    if session is None:
        opened = account_of(gateway, caller, door)
        return opened, redeemed(gateway, opened, code or "")
    kept = sessions.logged_in(gateway, session)
    opened = account_of(gateway, caller, door)
    if kept.channel_id != opened.account.id:
        raise NotAllowed(sessions.OVER)
    return opened, AppLogin(person=Person(address=kept.address), session_key=kept.session_key)


def _owner(session: Session, opened: AppAccount, login: AppLogin) -> str:
    """Whose the address of a login is. Raises Conflict where it isn't just one user's."""
    account = opened.account
    place = identities.place_of(account.id, account.code, account.type, login.person.address)
    owners = identities.owners(session, [place])[place]
    if len(owners) != 1:
        raise Conflict(UNBOUND)
    return owners[0].userid


def _told(words: Mapping[str, Json], identifying: Collection[str], person: Person) -> dict[str, Json]:
    """What may be told of what was sealed, at whatever depth it stands."""
    return {name: _cleared(value, identifying, person) for name, value in words.items() if name not in identifying}


def _cleared(value: Json, identifying: Collection[str], person: Person) -> Json:
    if isinstance(value, dict):
        return _told(value, identifying, person)
    if isinstance(value, list):
        return [_cleared(item, identifying, person) for item in value]
    # by whatever name it stands
    return None if value in (person.address, person.union) and value else value
