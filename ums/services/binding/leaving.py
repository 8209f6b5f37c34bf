"""Unbinding: by the person himself, with the ticket that the page of his visit gave him, or by his application."""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.bind_ticket import Purpose
from ums.domain.commands import Caller
from ums.domain.errors import NotAllowed
from ums.domain.person import Cause
from ums.logs import get_logger
from ums.services.accounts import found
from ums.services.binding import results, tickets
from ums.services.binding.bindings import unbind
from ums.services.gateway import Gateway
from ums.store import bind_tickets, channels

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What is to be undone: on which channel, by which application, from whom."""

    application_id: int
    name: str
    """What operators call the channel."""
    userid: str


def asked(gateway: Gateway, text: str) -> Leaving:
    """What a ticket lets its holder undo. Raises NotAllowed for one that is forged, used or too old."""
    _, ticket = tickets.usable(gateway, Purpose.LEAVE, text)
    with gateway.database.read() as session:
        channel = found(channels.by_id(session, ticket.channel_id), ticket.channel_id)
    return Leaving(application_id=ticket.application_id, name=channel.name, userid=ticket.userid)


def leave(gateway: Gateway, text: str) -> Leaving:
    """Unbind the address that the ticket was given for. Raises NotAllowed as `asked` does."""
    leaving = asked(gateway, text)
    digest, ticket = tickets.usable(gateway, Purpose.LEAVE, text)
    now = gateway.clock.now()
    with gateway.database.write() as session:
        if not bind_tickets.take(session, digest, now):
            raise NotAllowed(tickets.OVER)
        place = results.place_of(session, ticket.channel_id, ticket.known)
        unbind(session, ticket.userid, place, Cause.PERSON, now)
    log.info("a person left", action="unbound", channel=place.code, cause=Cause.PERSON.value)
    return leaving


def send_away(gateway: Gateway, caller: Caller, code: str, userid: str) -> bool:
    """Unbind a user on a channel of the calling application's; whether he was bound there.

    Raises NotFound for a channel that it isn't granted, and InvalidRequest for what is no userid.
    """
    tickets.check_userid(userid)
    channel = tickets.granted(caller, code)
    with gateway.database.write() as session:
        place = results.place_of(session, channel.channel_id, "")
        lost = unbind(session, userid, place, Cause.APPLICATION, gateway.clock.now())
    return bool(lost)
