"""Results: who came on a visit without a userid, told once to the application that asked, and completed by it.

A result is a text in the address of the application's page; it says nothing by itself, serves once, and is good for
this application alone. A page of an allowed origin may ask as well, and is told the same: it can't bind anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.errors import NotAllowed, NotFound
from ums.domain.person import Cause, Place
from ums.services.accounts import found
from ums.services.binding import joining, signing
from ums.services.binding.bindings import bind
from ums.services.binding.tickets import check_userid
from ums.services.gateway import Gateway
from ums.store import applications, bind_tickets, channels, identities
from ums.store.bind_tickets import Result
from ums.store.db import Session

NO_RESULT = "There is no such result: it was taken, is older than five minutes, or is another application's."
FOREIGN_PAGE = "This result is not for pages of this origin."


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who came: on which channel, and whose the address is; empty where it is nobody's yet."""

    channel: str
    userid: str


def give(gateway: Gateway, session: Session, ticket: Ticket, address: str, userid: str) -> str:
    """A new result of a visit by `ticket`."""
    text, digest = signing.issue(gateway, Purpose.RESULT)
    result = Result(
        application_id=ticket.application_id,
        channel_id=ticket.channel_id,
        address=address,
        companion=ticket.companion,
        userid=userid,
        origin=ticket.origin,
        expires_at=gateway.clock.now() + LIFETIME,
    )
    bind_tickets.add_result(session, digest, result)
    return text


def address_with(url: str, text: str, channel: str) -> str:
    """Where a browser brings the result to."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'result': text, 'channel': channel})}"


def tell(gateway: Gateway, application_id: int, text: str) -> Told:
    """Who came. One who is bound is told once; one who isn't, until the result is completed. Raises NotFound."""
    digest = _digest(gateway, text)
    with gateway.database.write() as session:
        kept = bind_tickets.result(session, digest, application_id, gateway.clock.now())
        if kept is None:
            raise NotFound(NO_RESULT)
        return _told(gateway, session, digest, kept)


def tell_page(gateway: Gateway, origin: str, text: str) -> Told:
    """The same for a page of the ticket's origin. Raises NotFound, and NotAllowed for a page of another one."""
    digest = _digest(gateway, text)
    with gateway.database.write() as session:
        kept = bind_tickets.result_for(session, digest, gateway.clock.now())
        if kept is None:
            raise NotFound(NO_RESULT)
        if not kept.origin or kept.origin != origin:
            raise NotAllowed(FOREIGN_PAGE)
        return _told(gateway, session, digest, kept)


def is_known(gateway: Gateway, origin: str) -> bool:
    """Whether results may be handed to pages of this origin, by any application."""
    with gateway.database.read() as session:
        return origin in applications.origins(session)


def complete(gateway: Gateway, application_id: int, text: str, userid: str) -> Told:
    """Bind whoever came to a userid; the result is used up by it.

    Raises NotFound, InvalidRequest for what is no userid, and AddressTaken, which leaves the result as it is.
    """
    check_userid(userid)
    digest, now = _digest(gateway, text), gateway.clock.now()
    with gateway.database.write() as session:
        kept = bind_tickets.take_result(session, digest, application_id, now)
        if kept is None:
            raise NotFound(NO_RESULT)
        place = place_of(session, kept.channel_id, kept.address)
        bind(session, userid, place, Cause.COMPLETED, now)
        person = identities.note(session, kept.channel_id, kept.address, "", now, asked=False)
        if kept.companion is not None:
            accompany(gateway, session, person, place, kept.companion)
        joining.settle(gateway, session, person)
    return Told(channel=place.code, userid=userid)


def accompany(gateway: Gateway, session: Session, person: str, place: Place, companion: tuple[int, str]) -> bool:
    """A person has shown another address in the same visit: whether that can be his too, and is now.

    Where the two are bound to different users, nothing is brought together: one link would then be enough to make
    somebody's messages another's.
    """
    other_place = place_of(session, *companion)
    if len({owner_of(session, place), owner_of(session, other_place)} - {""}) > 1:
        return False
    other = identities.note(session, *companion, "", gateway.clock.now(), asked=False)
    return joining.bring_together(gateway, session, person, other)


def place_of(session: Session, channel_id: int, address: str) -> Place:
    """Where an address is bound."""
    channel = found(channels.by_id(session, channel_id), channel_id)
    return identities.place_of(channel_id, channel.code, channel.type, address)


def owner_of(session: Session, place: Place) -> str:
    """Whose an address is; empty where it is nobody's."""
    owners = identities.owners(session, [place])[place]
    return owners[0].userid if owners else ""


def _told(gateway: Gateway, session: Session, digest: str, kept: Result) -> Told:
    """Who came, as it stands now: he may have been bound, or unbound, since."""
    place = place_of(session, kept.channel_id, kept.address)
    userid = owner_of(session, place)
    if userid and not bind_tickets.take_result(session, digest, kept.application_id, gateway.clock.now()):
        raise NotFound(NO_RESULT)
    return Told(channel=place.code, userid=userid)


def _digest(gateway: Gateway, text: str) -> str:
    """Under what a result is kept. Raises NotFound for one that we haven't signed, without looking."""
    digest = signing.checked(gateway, Purpose.RESULT, text)
    if digest is None:
        raise NotFound(NO_RESULT)
    return digest
