"""Moving on along a rule: when a user's step is left, the next one follows.

A step is looked at when a delivery of it is refused, and when its wait is over; both are rows, so that a
restart in the middle of a wait changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from marshmallow import ValidationError

from ums.domain.delivery import DeliveryStatus
from ums.domain.errors import Problem
from ums.domain.message import MessageStatus
from ums.domain.routing import Blocked, told
from ums.domain.rule import AFTER_WAIT, SILENT, Condition, Reporting, left_for
from ums.services import accounts
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

    Runs inside the transaction that wrote what made the step be left, so that a crash can't come between.
    """
    heads: dict[int, MessageHead] = {}
    made = 0
    for place in places:
        head = heads.get(place.message_id) or heads.setdefault(
            place.message_id, messages.head(session, place.message_id)
        )
        cause = _cause(session, gateway, head, place, now)
        if cause:
            steps.cancel_queued(session, place, STEP_LEFT, now)
            steps.close_look(session, place)
            made += _next_step(session, gateway, head, place, cause, now)
    return made


def look(gateway: Gateway) -> None:
    """Look at the steps whose wait is over."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not steps.due_for_a_look(session, now, 1):
            return
    with gateway.database.write() as session:
        due = steps.due_for_a_look(session, now, LOOKS)
        move_on(session, gateway, due, now)
        for place in due:
            steps.close_look(session, place)
        messages.finish_messages(session, {place.message_id for place in due}, now)


def _cause(session: Session, gateway: Gateway, head: MessageHead, place: Place, now: float) -> str:
    """Why a step is left, in one line; empty where it is not, or was left before."""
    if place.step + 1 >= len(head.rule.steps) or head.status is MessageStatus.CANCELLED:
        return ""
    step = head.rule.steps[place.step]
    found = steps.siblings(session, place)
    waited = all(one.look_at is None or one.look_at <= now for one in found)
    types = [one.type for one in found]
    reporting = {type_: _reporting(session, gateway, head, type_) for type_ in types} if step.looks_again else {}
    met = left_for(step, _statuses(found), reporting, waited=waited)
    if met is None or steps.has_later_step(session, place):
        return ""
    codes = {one.type: one.code for one in found}
    return _told({codes.get(type_, type_): condition for type_, condition in met.items()}, step.wait)


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
        content = account.plugin.message_schema().load(head.contents[type_])
    except (Problem, ValidationError):
        return SILENT
    return Reporting(
        delivery=account.plugin.reports(account.settings, content),
        click=account.plugin.reports_clicks(account.settings, content),
    )


def _next_step(session: Session, gateway: Gateway, head: MessageHead, place: Place, cause: str, now: float) -> int:
    sender = routes.sender(session, head.application_id)
    plan = plan_for(gateway.registry, sender, head.contents, head.rule)
    legs = route_users(session, plan, sender, (place.userid,), first_step=place.step + 1)[place.userid]
    if isinstance(legs, Blocked):
        return 0
    told_legs = [leg._replace(cause=", ".join(filter(None, (cause, leg.cause)))) for leg in legs]
    rows = fallbacks_of(place.userid, told_legs, head.rule, now, place.delivery_id)
    deliveries.add(session, head.id, head.priority, head.expires_at, rows, now)
    return len(rows)
