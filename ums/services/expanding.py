"""Audiences become deliveries: page by page, each routed before its write transaction begins.

A page and the note of how far the message has come are one commit, fenced by where it stood before. So two
processes may expand the same message, a crash repeats nothing, and a retracted message grows no further.
"""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.audience import Audience
from ums.domain.message import MessageStatus
from ums.domain.quiet_hours import quiet_until
from ums.domain.routing import UNKNOWN_USER
from ums.services import telling
from ums.services.gateway import Gateway
from ums.services.planning import Ways, deliveries_of, plan_for, recipients_of, route_listed, route_members
from ums.store import audiences, deliveries, messages, routes, schedules, users
from ums.store.audiences import Scope
from ums.store.db import Session
from ums.store.deliveries import NewDelivery
from ums.store.routes import Sender
from ums.store.schedules import Expansion

PAGE = 2000
"""Users in one transaction: their deliveries hold SQLite's write lock for some thirty milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A page of an audience: the deliveries to make, and how far the message has come with them."""

    deliveries: list[NewDelivery]
    recipients: int
    upto: int
    complete: bool


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
    now = gateway.clock.now()
    with gateway.database.read() as session:
        head = schedules.next_expansion(session)
        if head is None:
            return False
        sender = routes.sender(session, head.application_id)
        grown = _grow(session, gateway, sender, head, now)
    with gateway.database.write() as session:
        status = MessageStatus.SENDING if grown.complete else MessageStatus.EXPANDING
        if schedules.grow(session, head, grown.upto, grown.recipients, status):
            deliveries.add(session, head.id, head.priority, head.expires_at, grown.deliveries, now)
            telling.tell_made(session, head.id, len(grown.deliveries), now)
            messages.finish_messages(session, [head.id], now)
    return True


def _grow(session: Session, gateway: Gateway, sender: Sender, head: Expansion, now: float) -> Grown:
    plan = plan_for(gateway.registry, sender, head.contents, head.rule, test=head.test)
    audience = head.audience
    if audience.is_listed:
        return _grown(route_listed(session, plan, sender, audience, now), head, now, upto=0, complete=True)
    members = audiences.select_page(session, audience, Scope.of(sender), head.expanded_to, PAGE)
    found = route_members(session, plan, sender, members, now)
    strangers = _strangers(session, audience) if head.expanded_to == 0 else {}
    return _grown(
        {**strangers, **found},
        head,
        now,
        upto=members[-1].id if members else head.expanded_to,
        complete=len(members) < PAGE,
    )


def _strangers(session: Session, audience: Audience) -> Ways:
    """Userids nobody knows are reported, never dropped in silence."""
    if audience.userids is None:
        return {}
    known = users.known(session, audience.userids)
    return {userid: UNKNOWN_USER for userid in audience.userids if userid not in known}


def _grown(ways: Ways, head: Expansion, now: float, *, upto: int, complete: bool) -> Grown:
    return Grown(
        deliveries=deliveries_of(ways, head.rule, now),
        recipients=recipients_of(ways),
        upto=upto,
        complete=complete,
    )
