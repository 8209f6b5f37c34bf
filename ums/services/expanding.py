"""Audiences become deliveries: page by page, each routed before its write transaction begins.

A page and the note of how far the message has come are one commit, fenced by where it stood before. So two
processes may expand the same message, a crash repeats nothing, and a retracted message grows no further.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ums.domain.audience import Audience
from ums.domain.message import MessageStatus
from ums.domain.quiet_hours import quiet_until
from ums.domain.routing import UNKNOWN_USER
from ums.domain.sender import Sender
from ums.services import erasing, telling
from ums.services.gateway import Gateway
from ums.services.planning import Ways, deliveries_of, plan_for, recipients_of, route_listed, route_members
from ums.store import audiences, deliveries, messages, routes, schedules, users
from ums.store.audiences import Scope
from ums.store.db import Session
from ums.store.deliveries import NewDeliveries
from ums.store.schedules import Expansion

PAGE = 500
"""Users in one transaction: their deliveries hold SQLite's write lock for three to eight milliseconds."""
LONG_PAGE = 3000
"""Users in one transaction while nobody else writes who can't wait."""
MOST_ROWS = 5000
"""Deliveries in one transaction; a rule that sends on several channels at once has smaller pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrownPage:
    """A page of an audience: the deliveries to make, and how far the message comes with them.

    `message` is the message as it stood when the page was routed, at `routed_at`.
    """

    message: Expansion
    deliveries: NewDeliveries
    recipients: int
    upto: int
    complete: bool
    routed_at: float


def begin_due(gateway: Gateway) -> int:
    """Let scheduled messages begin whose time has come, but for those in quiet hours by now; how many."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        due = schedules.due(session, now)
        quiet = {id_: _quiet_until(session, id_, now) for id_ in {one.application_id for one in due}}
    if not due:
        return 0
    with gateway.database.write() as session:
        for application_id, until in quiet.items():
            if until is not None:
                held = [one.id for one in due if one.application_id == application_id]
                schedules.postpone(session, held, until)
        return schedules.begin(session, [one.id for one in due if quiet[one.application_id] is None])


def _quiet_until(session: Session, application_id: int, now: float) -> float | None:
    return quiet_until(routes.sender(session, application_id).policy.quiet_hours, now)


def expand_page(gateway: Gateway) -> bool:
    """Make the next page of deliveries of the message that has waited longest; whether there was one to expand."""
    page = next_page(gateway)
    if page is None:
        return False
    keep_page(gateway, page)
    return True


def next_page(gateway: Gateway, before: GrownPage | None = None) -> GrownPage | None:
    """Route the next page of the message that has waited longest; None where nothing waits.

    `before` is a page that is being written meanwhile, and counts as written; its message has no next page where
    it is the last.
    """
    now = gateway.clock.now()
    with gateway.database.read() as session:
        message = schedules.next_expansion(session)
        if message is None:
            return None
        if before is not None and _is_under(message, before):
            if before.complete:
                return None
            message = replace(message, expanded_to=before.upto)
        sender = routes.sender(session, message.application_id)
        return _grow(session, gateway, sender, message, now)


def _is_under(message: Expansion, page: GrownPage) -> bool:
    """Whether a page of this message is on its way, and not stored yet."""
    return (message.id, message.expanded_to) == (page.message.id, page.message.expanded_to)


def keep_page(gateway: Gateway, page: GrownPage) -> bool:
    """Store a page; False, with nothing stored, where somebody else has moved its message on, or taken it back."""
    message = page.message
    with gateway.database.write_beside() as session:
        status = MessageStatus.SENDING if page.complete else MessageStatus.EXPANDING
        if not schedules.grow(session, message, page.upto, page.recipients, status):
            return False
        now = page.routed_at
        deliveries.add(session, message.id, message.priority, message.expires_at, page.deliveries, now)
        telling.tell_made(session, message.id, deliveries.number_of(page.deliveries), now)
        erasing.withhold(session, message, page.routed_at, now)
        if page.complete:
            messages.finish_messages(session, [message.id], now)
    return True


def _grow(session: Session, gateway: Gateway, sender: Sender, message: Expansion, now: float) -> GrownPage:
    plan = plan_for(gateway.registry, sender, message.contents, message.rule, test=message.test)
    audience = message.audience
    if audience.is_listed:
        return _grown(route_listed(session, plan, sender, audience, now), message, now, upto=0, complete=True)
    size = _page_size(message, PAGE if gateway.database.is_pressed() else LONG_PAGE)
    members = audiences.select_page(session, audience, Scope.of(sender), message.expanded_to, size)
    found = route_members(session, plan, sender, members, now)
    strangers = _strangers(session, audience) if message.expanded_to == 0 else {}
    return _grown(
        {**strangers, **found} if strangers else found,
        message,
        now,
        upto=members[-1].id if members else message.expanded_to,
        complete=len(members) < size,
    )


def _page_size(message: Expansion, users: int) -> int:
    """So many users, unless their deliveries are more than one transaction takes."""
    widest = max(len(step.channels) for step in message.rule.steps)
    return min(users, MOST_ROWS // max(widest, 1))


def _strangers(session: Session, audience: Audience) -> Ways:
    """Userids nobody knows are reported, never dropped in silence."""
    if audience.userids is None:
        return {}
    known = users.known(session, audience.userids)
    return {userid: UNKNOWN_USER for userid in audience.userids if userid not in known}


def _grown(ways: Ways, message: Expansion, now: float, *, upto: int, complete: bool) -> GrownPage:
    return GrownPage(
        message=message,
        deliveries=deliveries_of(ways, message.rule, now),
        recipients=recipients_of(ways),
        upto=upto,
        complete=complete,
        routed_at=now,
    )
