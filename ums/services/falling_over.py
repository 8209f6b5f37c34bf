"""Moving on: when every channel of a rule's step has refused a user, the next step follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ums.domain.routing import Blocked
from ums.domain.rule import moves_on_after
from ums.registry import Registry
from ums.services.planning import delivery_of_leg, plan_for, route_users
from ums.store import messages, routes, steps
from ums.store.db import Session
from ums.store.messages import MessageHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A delivery that has just been rejected, or has failed."""

    delivery_id: int
    message_id: int
    userid: str
    step: int


def fall_over(session: Session, registry: Registry, refused: Iterable[Refused], now: float) -> int:
    """Make the deliveries of the next step for each user whose step is lost; how many were made.

    Runs inside the transaction that wrote the refusals, so that a crash can't come between.
    """
    heads: dict[int, MessageHead] = {}
    made = 0
    for one in refused:
        head = heads.get(one.message_id) or heads.setdefault(one.message_id, messages.head(session, one.message_id))
        if _moves_on(session, head, one):
            made += _next_step(session, registry, head, one, now)
    return made


def _moves_on(session: Session, head: MessageHead, one: Refused) -> bool:
    if one.step + 1 >= len(head.rule.steps):
        return False
    siblings = steps.step_statuses(session, one.message_id, one.userid, one.step)
    if not moves_on_after(head.rule, one.step, (sibling.status for sibling in siblings)):
        return False
    return not steps.has_later_step(session, one.message_id, one.userid, one.step)


def _next_step(session: Session, registry: Registry, head: MessageHead, one: Refused, now: float) -> int:
    sender = routes.sender(session, head.application_id)
    plan = plan_for(registry, sender, head.contents, head.rule)
    legs = route_users(session, plan, sender, (one.userid,), first_step=one.step + 1)[one.userid]
    if isinstance(legs, Blocked):
        return 0
    rows = [delivery_of_leg(one.userid, leg, fallback_of=one.delivery_id) for leg in legs]
    messages.add_deliveries(session, head.id, head.priority, head.expires_at, rows, now)
    return len(rows)
