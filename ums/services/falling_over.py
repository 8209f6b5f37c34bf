"""Moving on along a rule: when a user's step is left, the next one follows.

A step is looked at when a delivery of it is refused, and when its wait is over; both are rows, so that a
restart in the middle of a wait changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from marshmallow import ValidationError

from ums.domain import rehearsal
from ums.domain.delivery import DeliveryStatus
from ums.domain.errors import Problem
from ums.domain.message import MessageStatus
from ums.domain.routing import Blocked, told
from ums.domain.rule import AFTER_WAIT, SILENT, Condition, Reporting, left_for
from ums.services import accounts, telling
from ums.services.gateway import Gateway
from ums.services.planning import fallbacks_of, plan_for, route_users
from ums.store import channels, deliveries, messages, routes, steps
from ums.store.db import Session
from ums.store.messages import MessageHead
from ums.store.steps import Place, Sibling

STEP_LEFT = "step_left"
"""The reason of a delivery withdrawn because its rule has moved on."""

LOOKS = 1000
"""Steps that one look takes at most."""


def move_on(session: Session, gateway: Gateway, places: Iterable[Place], now: float) -> int:
    """Make the deliveries of the next step for each user whose step is left; how many were made.

    Runs inside the transaction that wrote what made the steps be left, so that a crash can't come between.
    """
    by_step: defaultdict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for place in places:
        by_step[place.message_id, place.step][place.userid] = place.delivery_id
    heads = {message_id: messages.head(session, message_id) for message_id in {key[0] for key in by_step}}
    return sum(
        _leave(session, gateway, heads[message_id], step, replaced, now)
        for (message_id, step), replaced in by_step.items()
    )


def look(gateway: Gateway) -> None:
    """Look at the steps whose wait is over."""
    while _look(gateway) == LOOKS:
        pass


def _look(gateway: Gateway) -> int:
    """Look at some of them; at how many."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        due = steps.due_for_a_look(session, now, LOOKS)
    if not due:
        return 0
    with gateway.database.write() as session:
        move_on(session, gateway, due, now)
        steps.end_due_looks(session, due, now)
        messages.finish_messages(session, {place.message_id for place in due}, now)
    return len(due)


def _leave(
    session: Session, gateway: Gateway, head: MessageHead, step: int, replaced: Mapping[str, int], now: float
) -> int:
    """Take users to the next step whose step is left; `replaced` are the deliveries that would be replaced."""
    if step + 1 >= len(head.rule.steps) or head.status is MessageStatus.CANCELLED:
        return 0
    found = steps.siblings(session, head.id, step, list(replaced))
    causes = _causes(session, gateway, head, step, found, now)
    left = [one.id for userid in causes for one in found[userid]]
    steps.leave(session, left, STEP_LEFT, now)
    return _next_step(session, gateway, head, step + 1, causes, replaced, now)


def _causes(
    session: Session,
    gateway: Gateway,
    head: MessageHead,
    number: int,
    found: Mapping[str, Sequence[Sibling]],
    now: float,
) -> dict[str, str]:
    """Why each user's step is left, in one line; whose is not, or was left before, is not among them."""
    step = head.rule.steps[number]
    types = step.channels if step.looks_again else ()
    reporting = {} if head.test else {type_: _reporting(session, gateway, head, type_) for type_ in types}
    causes = {}
    for userid, siblings in found.items():
        waited = all(one.look_at is None or one.look_at <= now for one in siblings)
        reported = dict.fromkeys(types, rehearsal.reporting(userid, number)) if head.test else reporting
        met = left_for(step, _statuses(siblings), reported, waited=waited)
        if met is not None:
            codes = {one.type: one.code for one in siblings}
            causes[userid] = _told({codes.get(type_, type_): met[type_] for type_ in met}, step.wait)
    return causes


def _told(met: dict[str, Condition], wait: int) -> str:
    waited = f" after {wait} s" if AFTER_WAIT & set(met.values()) else ""
    return f"{told(met)}{waited}"


def _statuses(found: Sequence[Sibling]) -> dict[str, list[DeliveryStatus]]:
    statuses: dict[str, list[DeliveryStatus]] = defaultdict(list)
    for one in found:
        statuses[one.type].append(one.status)
    return statuses


def _reporting(session: Session, gateway: Gateway, head: MessageHead, type_: str) -> Reporting:
    """What the channel of this type can report of this message; nothing where it can't be told any more."""
    granted = {one.type: one.channel_id for one in routes.sender(session, head.application_id).granted}
    channel = channels.by_id(session, granted[type_]) if type_ in granted else None
    if channel is None:
        return SILENT
    try:
        account = accounts.load(gateway, channel)
        content = gateway.registry.content(type_, head.contents[type_])
    except (Problem, ValidationError):
        return SILENT
    return Reporting(
        delivery=account.plugin.reports(account.settings, content),
        click=account.plugin.reports_clicks(account.settings, content),
    )


def _next_step(
    session: Session,
    gateway: Gateway,
    head: MessageHead,
    step: int,
    causes: Mapping[str, str],
    replaced: Mapping[str, int],
    now: float,
) -> int:
    """Make the deliveries of a step, or of the first after it that reaches the user; how many were made."""
    if not causes:
        return 0
    sender = routes.sender(session, head.application_id)
    plan = plan_for(gateway.registry, sender, head.contents, head.rule, test=head.test)
    found = route_users(session, plan, sender, list(causes), now, first_step=step)
    taken = {
        userid: [leg._replace(cause=", ".join(filter(None, (causes[userid], leg.cause)))) for leg in legs]
        for userid, legs in found.items()
        if not isinstance(legs, Blocked)
    }
    made = fallbacks_of(taken, replaced, head.rule, now)
    deliveries.add(session, head.id, head.priority, head.expires_at, made, now)
    telling.tell_made(session, head.id, deliveries.number_of(made), now)
    return deliveries.number_of(made)
