"""The end of a visit: the ticket is used up and, in the same transaction, the person bound or made a result."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.person import Cause, Place
from ums.domain.visit import Ending, Outcome
from ums.sdk.people import Person
from ums.services.accounts import Account
from ums.services.binding import joining, results, signing
from ums.services.binding.bindings import AddressTaken, bind
from ums.services.gateway import Gateway
from ums.store import applications, bind_tickets, grants
from ums.store.db import Session


class Futile(Exception):
    """Nothing comes of this visit, which ends in `ending`."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """By which ticket a browser came, and on which channel; `name` is what operators call it."""

    account: Account
    name: str
    digest: str
    ticket: Ticket

    def ended(self, ending: Ending, userid: str = "", go_to: str = "") -> Outcome:
        """What the visit's page shows."""
        return Outcome(
            ending=ending,
            application_id=self.ticket.application_id,
            channel=self.account.code,
            name=self.name,
            userid=userid,
            go_to=go_to,
        )


@dataclass(frozen=True, slots=True)
class _Finish:
    gateway: Gateway
    session: Session
    errand: Errand
    place: Place
    person: Person = field(repr=False)

    def bound(self) -> Outcome:
        """Bind to the ticket's userid, unless the provider knows him by an address that is another user's.

        It is asked first: a link that somebody is led to must not bring him to another user.
        """
        ticket = self.errand.ticket
        key = self._met()
        try:
            bind(self.session, ticket.userid, self.place, Cause.WEB, self.gateway.clock.now())
        except AddressTaken:
            raise Futile(Ending.TAKEN) from None
        joining.settle(self.gateway, self.session, key)
        if ticket.companion is not None:
            results.accompany(self.gateway, self.session, key, self.place, ticket.companion)
        return self._shown(ticket.userid)

    def brought_together(self, companion: tuple[int, str]) -> Outcome:
        """His two addresses are one person's; they wait for a userid where neither has one."""
        key = self._met()
        if not results.accompany(self.gateway, self.session, key, self.place, companion):
            raise Futile(Ending.APART)
        userid = results.owner_of(self.session, self.place)
        if self.errand.ticket.origin:
            return self._result(userid)
        return self._shown(userid) if userid else self.errand.ended(Ending.WAITING, go_to=self._back)

    def found_out(self) -> Outcome:
        """Nobody has said who he is: his application is told that he came."""
        self._met()
        return self._result(results.owner_of(self.session, self.place))

    def _met(self) -> str:
        return joining.meet(self.gateway, self.session, self.place.channel_id, self.person)

    def _result(self, userid: str) -> Outcome:
        ticket = self.errand.ticket
        text = results.give(self.gateway, self.session, self.errand.digest, ticket, self.place.address, userid)
        login_url = applications.linking(self.session, ticket.application_id).login_url
        page = ticket.return_to if ticket.origin else login_url
        go_to = results.address_with(page, text, self.place.code)
        return self.errand.ended(Ending.RESULT, userid, go_to)

    def _shown(self, userid: str) -> Outcome:
        """The page that says whose the account is now, with a ticket to undo it."""
        text, digest = signing.issue(self.gateway, Purpose.LEAVE)
        leave = replace(
            self.errand.ticket,
            purpose=Purpose.LEAVE,
            userid=userid,
            known=self.place.address,
            companion=None,
            expires_at=self.gateway.clock.now() + LIFETIME,
        )
        bind_tickets.add(self.session, digest, leave)
        return replace(self.errand.ended(Ending.BOUND, userid, self._back), leave=text)

    @property
    def _back(self) -> str:
        return self.errand.ticket.return_to


def finish(gateway: Gateway, session: Session, errand: Errand, person: Person) -> Outcome:
    """Use the ticket up for whoever came.

    Raises Futile where another browser was first, the address is somebody else's, or two can't be one person's; the
    transaction must be given up then, which leaves the ticket as it was.
    """
    ticket = errand.ticket
    if ticket.known and ticket.known != person.address:
        # a link that somebody was sent for himself, and has passed on
        raise Futile(Ending.NOT_HIS)
    if not grants.stands(session, ticket.application_id, ticket.channel_id):
        raise Futile(Ending.OVER)
    if not bind_tickets.take(session, errand.digest, gateway.clock.now()):
        raise Futile(Ending.OVER)
    place = results.place_of(session, ticket.channel_id, person.address)
    ending = _Finish(gateway, session, errand, place, person)
    if ticket.userid:
        return ending.bound()
    if ticket.companion is not None:
        return ending.brought_together(ticket.companion)
    return ending.found_out()
