"""Whether a message may be sent as it is asked for, and when it begins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ums.domain.commands import Json
from ums.domain.errors import BroadcastsUsedUp, InvalidRequest, OwnerMissing, SensitiveWord
from ums.domain.errors import QuietHours as InQuietHours
from ums.domain.local_day import LocalDay, local_day
from ums.domain.message import DAY, MessageStatus
from ums.domain.policy import AtQuietHours, QuietHours, clock_time
from ums.domain.quiet_hours import quiet_until
from ums.domain.sender import Sender
from ums.domain.wire import CHANNEL_TYPES
from ums.services.gateway import Gateway
from ums.services.template_checks import place_of
from ums.store import approvals, broadcasts
from ums.store.db import Session

FURTHEST = 30 * DAY
"""Seconds that a message may be scheduled ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is known of a message before it is accepted; `send_at` None: at once.

    `by_template`: its contents were made by a message template, and their paths are those in the template.
    """

    contents: Mapping[str, Mapping[str, Json]]
    is_broadcast: bool
    owner: str | None
    send_at: float | None
    by_operator: bool
    by_template: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The broadcasts that an application may make on one day, and how many seconds are left of it."""

    application_id: int
    day: LocalDay
    most: int
    seconds_left: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """How a message begins: `sending`, `scheduled` for `start_at` (unix seconds), or `waiting_approval`.

    `quota` is what it is counted against when it is stored.
    """

    status: MessageStatus
    start_at: float
    warnings: tuple[str, ...] = ()
    quota: Quota | None = None


def admit(session: Session, gateway: Gateway, sender: Sender, draft: Draft, now: float) -> Admission:
    """How the message begins.

    Raises InvalidRequest for a time that is too far ahead, OwnerMissing where somebody must approve it and nobody
    says who submits it, SensitiveWord, QuietHours, and BroadcastsUsedUp.
    """
    start_at = _start(draft.send_at, now)
    waits = sender.policy.needs_approval and not draft.by_operator
    if waits:
        _check_owner(draft)
    if sender.policy.checks_words:
        _check_words(session, gateway, sender, draft)
    quota = _quota(session, gateway, sender, now) if draft.is_broadcast else None
    if waits:
        # quiet hours are looked at when it is approved: nobody knows yet when that will be
        return Admission(status=MessageStatus.WAITING_APPROVAL, start_at=start_at, quota=quota)
    begins, warnings = _outside_quiet_hours(sender.policy.quiet_hours, start_at, now)
    status = MessageStatus.SENDING if begins <= now else MessageStatus.SCHEDULED
    return Admission(status=status, start_at=begins, warnings=warnings, quota=quota)


def note(session: Session, admission: Admission, message_id: int) -> None:
    """Count a message that is being stored, and ask for its approval where it needs one.

    Belongs in the transaction that stores it. Raises BroadcastsUsedUp where others were faster.
    """
    quota = admission.quota
    if quota is not None and not broadcasts.count(session, quota.application_id, quota.day.date, quota.most):
        raise _used_up(quota)
    if admission.status is MessageStatus.WAITING_APPROVAL:
        approvals.ask(session, message_id)


def _start(send_at: float | None, now: float) -> float:
    """When sending is asked to begin; a time that has passed means now."""
    if send_at is None:
        return now
    if send_at > now + FURTHEST:
        text = f"must be at most {FURTHEST // DAY} days ahead, in unix seconds"
        raise InvalidRequest(f"option.send_at: {text}", errors={"option.send_at": [text]})
    return max(send_at, now)


def _check_owner(draft: Draft) -> None:
    if draft.owner is None or not draft.owner.strip():
        text = "must say who submits the message: an operator approves what this application sends"
        raise OwnerMissing(f"option.owner: {text}.", errors={"option.owner": [text]})


def _check_words(session: Session, gateway: Gateway, sender: Sender, draft: Draft) -> None:
    matcher = gateway.word_list.matcher(session, sender.words)
    for type_, content in draft.contents.items():
        place = place_of(type_) if draft.by_template else f"{CHANNEL_TYPES[type_].message}.0"
        found = matcher.find(content, place)
        if found is not None:
            text = f"holds {found.word!r}, a word that this installation doesn't send"
            raise SensitiveWord(f"{found.path}: {text}.", errors={found.path: [text]})


def _quota(session: Session, gateway: Gateway, sender: Sender, now: float) -> Quota | None:
    """What a broadcast is counted against, if there is a limit. Raises BroadcastsUsedUp."""
    most = sender.policy.daily_broadcasts
    if not most:
        return None
    day = local_day(now, gateway.settings.quota_timezone)
    quota = Quota(application_id=sender.application_id, day=day, most=most, seconds_left=day.ends_at - now)
    if broadcasts.made(session, sender.application_id, day.date) >= most:
        raise _used_up(quota)
    return quota


def _used_up(quota: Quota) -> BroadcastsUsedUp:
    hours, minutes = divmod(math.ceil(quota.seconds_left / 60), 60)
    return BroadcastsUsedUp(
        f"The broadcasts of this application are used up for today: {quota.most} a day are allowed. "
        f"The next day begins in {hours} h {minutes} min.",
        retry_after=math.ceil(quota.seconds_left),
    )


def _outside_quiet_hours(quiet: QuietHours | None, start_at: float, now: float) -> tuple[float, tuple[str, ...]]:
    """When a message begins that is asked to begin then, and what to tell its sender. Raises QuietHours."""
    until = quiet_until(quiet, start_at)
    if quiet is None or until is None:
        return start_at, ()
    over = datetime.fromtimestamp(until, ZoneInfo(quiet.timezone)).isoformat(timespec="seconds")
    span = f"quiet hours ({clock_time(quiet.start)} to {clock_time(quiet.end)} {quiet.timezone})"
    if start_at > now:
        return until, (f"option.send_at falls into {span}; sending begins when they are over, {over}",)
    if quiet.action is AtQuietHours.REFUSE:
        raise InQuietHours(
            f"This application sends nothing in its {span}; they end {over}.", retry_after=math.ceil(until - now)
        )
    return until, (f"These are {span}; sending begins when they are over, {over}",)
