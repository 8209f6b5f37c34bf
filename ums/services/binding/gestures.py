"""What somebody did at an account, answered by us: a scan binds him, a button or a word brings him a link.

A provider tells the same thing several times, so each answer follows from who did what: the same again for him who
has used a scene up, and a refusal for everybody else.
"""

from __future__ import annotations

from functools import partial

from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.person import Cause, Gesture, GestureKind
from ums.domain.views import ApplicationState, ApplicationView
from ums.logs import get_logger
from ums.sdk.people import HasReplies, Person
from ums.services.accounts import Account
from ums.services.binding import signing
from ums.services.binding.meeting import meet
from ums.services.binding.tickets import link
from ums.services.gateway import Gateway
from ums.store import applications, bind_tickets, grants, identities, locks
from ums.store.db import Session

BOUND, TAKEN, EXPIRED, KNOWN, LINK = ("bound", "taken", "expired", "known", "link")
URL = "{url}"

log = get_logger(__name__)


def answer(gateway: Gateway, account: Account, gesture: Gesture) -> str | None:
    """What to say to it; None where it is nothing of ours.

    Raises Unavailable where the database can't tell: the provider asks again, and the person can as well.
    """
    plugin = account.plugin
    if not isinstance(plugin, HasReplies):
        return None
    if gesture.kind is not GestureKind.SCAN:
        return _link(gateway, account, plugin, gesture)
    digest = signing.checked(gateway, Purpose.SCENE, gesture.text)
    if digest is None:
        return None
    kind = gateway.database.write_promptly(partial(_scanned, gateway, account, gesture.address, digest))
    log.info("a scene was scanned", action="scene_scanned", channel=account.code, said=kind)
    return plugin.words_for(account.settings, kind)


def _scanned(gateway: Gateway, account: Account, address: str, digest: str, session: Session) -> str:
    """Bind whoever scans a scene first to its userid; what became of it."""
    locks.hold(session, "binding")
    now = gateway.clock.now()
    ticket = bind_tickets.kept(session, digest)
    if ticket is None or ticket.purpose is not Purpose.SCENE or ticket.channel_id != account.id:
        return EXPIRED
    met = meet(gateway, session, account, Person(address=address), asked=False)
    owners = met.owners(session)
    if owners and owners != [ticket.userid]:
        return TAKEN
    if not bind_tickets.take(session, digest, now):
        return BOUND if owners else EXPIRED
    met.bind(gateway, session, ticket.userid, Cause.SCAN)
    return BOUND


def _link(gateway: Gateway, account: Account, plugin: HasReplies[object], gesture: Gesture) -> str | None:
    """Words with a link that binds him, and nobody else: whoever opens it must be him."""
    place = identities.place_of(account.id, account.code, account.type, gesture.address)
    with gateway.database.read() as session:
        if identities.owners(session, [place])[place]:
            return plugin.words_for(account.settings, KNOWN)
        application = _application(session, account.id, plugin.binds_for(account.settings))
    if application is None:
        log.warning("nobody binds who asks to be bound", action="no_binding_application", channel=account.code)
        return None
    text, digest = signing.issue(gateway, Purpose.BIND)
    ticket = Ticket(
        purpose=Purpose.BIND,
        application_id=application.id,
        channel_id=account.id,
        expires_at=gateway.clock.now() + LIFETIME,
        known=gesture.address,
    )
    gateway.database.write_promptly(lambda session: bind_tickets.add(session, digest, ticket))
    return plugin.words_for(account.settings, LINK).replace(URL, link(gateway, account, text))


def _application(session: Session, channel_id: int, named: str) -> ApplicationView | None:
    """The application that binds people of a channel: the one named, or the only one with a login page."""
    found = [applications.by_name(session, name) for name in grants.granted_to(session, channel_id)]
    fit = [
        one
        for one in found
        if one and one.state is ApplicationState.OPEN and one.linking.login_url and named in ("", one.name)
    ]
    return fit[0] if len(fit) == 1 else None
