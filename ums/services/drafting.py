"""A message made ready to be stored: admitted, named, and routed where the caller has listed whom it is for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ums.domain.audience import audience_item
from ums.domain.commands import CallbackChoice, Json, SendMessage, SentMessage
from ums.domain.identity import RANDOM_BYTES, message_id
from ums.domain.lint import clippings_in, errors_in
from ums.domain.message import MessageStatus, Priority
from ums.domain.routing import Plan
from ums.domain.rule import Rule, all_at_once
from ums.domain.sender import Sender
from ums.services import admission, telling
from ums.services.admission import Admission, Draft
from ums.services.contents import unsendable
from ums.services.gateway import Gateway
from ums.services.lists import check_lists
from ums.services.planning import deliveries_of, plan_for, recipients_of, route_listed, rule_for
from ums.services.segments import check_segment
from ums.store import deliveries, messages
from ums.store.db import Session
from ums.store.deliveries import NewDeliveries
from ums.store.messages import NewMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A message about to be stored, its deliveries where they are known already, and the answer to it.

    `is_told` says whether its application wants to be told anything.
    """

    message: NewMessage
    admission: Admission
    deliveries: NewDeliveries
    answer: SentMessage
    is_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a message goes: admitted, by which rule, on which routes."""

    admission: Admission
    rule: Rule
    plan: Plan


def course_of(session: Session, gateway: Gateway, sender: Sender, command: SendMessage, now: float) -> Course:
    """How a message would go.

    Raises RuleNotValid and InvalidRequest for a rule that doesn't exist or doesn't fit, ListUnknown and
    InvalidRequest for a list or a segment that doesn't exist, and what `admission.admit` raises.
    """
    wanted = Draft(
        contents=command.contents,
        is_broadcast=command.audience.everyone,
        owner=command.owner,
        send_at=command.send_at,
        by_operator=command.by_operator,
        by_template=command.template is not None,
    )
    check_lists(session, command.audience)
    check_segment(session, command.audience)
    admitted = admission.admit(session, gateway, sender, wanted, now)
    rule = _rule(session, sender, command)
    return Course(
        admission=admitted,
        rule=rule,
        plan=plan_for(gateway.registry, sender, command.contents, rule, test=sender.policy.test_mode),
    )


def draft(session: Session, gateway: Gateway, sender: Sender, command: SendMessage, now: float) -> Drafted:
    """The message that a command becomes. Raises as `course_of` does, and InvalidRequest for what linting found.

    Routing is done here, before the write transaction begins, so that only the insert holds the lock.
    """
    errors = errors_in(command.linted)
    if errors:
        raise unsendable(errors)
    course = course_of(session, gateway, sender, command, now)
    at_once = course.admission.status is MessageStatus.SENDING and command.audience.is_listed
    ways = route_listed(session, course.plan, sender, command.audience, now) if at_once else {}
    answer = SentMessage(
        msgid=message_id(now, secrets.token_bytes(RANDOM_BYTES)),
        sendno=command.sendno,
        warnings=(
            *command.warnings,
            *clippings_in(command.linted),
            *course.admission.warnings,
            *telling.warnings(session, command.application_id, command.callback),
        ),
    )
    return Drafted(
        admission=course.admission,
        message=_message(command, sender, course, answer.msgid, recipients_of(ways), at_once=at_once, now=now),
        deliveries=deliveries_of(ways, course.rule, now),
        answer=answer,
        is_told=sender.is_told,
    )


def store(session: Session, drafted: Drafted, now: float) -> None:
    """Store a message with its deliveries: the rows are the queue. Raises as `admission.note` does."""
    new = drafted.message
    message_id_ = messages.add_message(session, new)
    admission.note(session, drafted.admission, message_id_)
    deliveries.add(session, message_id_, new.priority, new.expires_at, drafted.deliveries, now)
    if drafted.is_told:
        telling.tell_made(session, message_id_, deliveries.number_of(drafted.deliveries), now)
    if not any(kind.channel_id for kind in drafted.deliveries):
        messages.finish_messages(session, [message_id_], now)


def _rule(session: Session, sender: Sender, command: SendMessage) -> Rule:
    """Addresses of the caller's own are one on each channel: there is nobody to fall over with."""
    if command.audience.addresses:
        return all_at_once(command.contents)
    return rule_for(session, command.rule_id, command.contents, sender)


def _message(
    command: SendMessage, sender: Sender, course: Course, msgid: str, recipients: int, *, at_once: bool, now: float
) -> NewMessage:
    admitted = course.admission
    later = MessageStatus.EXPANDING if admitted.status is MessageStatus.SENDING else admitted.status
    return NewMessage(
        msgid=msgid,
        application_id=command.application_id,
        status=MessageStatus.SENDING if at_once else later,
        rule_id=command.rule_id,
        rule=course.rule,
        contents={type_: dict(content) for type_, content in command.contents.items()},
        template=command.template,
        audience={} if at_once else audience_item(command.audience),
        priority=command.priority or (Priority.LOW if command.audience.everyone else Priority.MEDIUM),
        recipients=recipients,
        sendno=command.sendno,
        owner=command.owner,
        callback=_callback(command.callback),
        test=sender.policy.test_mode,
        created_at=now,
        start_at=admitted.start_at,
        expires_at=admitted.start_at + command.time_to_live,
    )


def _callback(choice: CallbackChoice | None) -> dict[str, Json]:
    return {} if choice is None else {"url": choice.url, "params": dict(choice.params)}
