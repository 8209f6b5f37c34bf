"""Claimed rows become jobs: validated once a message, loaded once a channel."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from marshmallow import ValidationError

from ums.dispatch.job import Job, Line, Prepared, Result
from ums.domain import rehearsal
from ums.domain.commands import Json
from ums.domain.errors import Problem, Unavailable
from ums.domain.lint import with_texts
from ums.domain.outcome import BadChannel, BadContent, SendError
from ums.domain.rehearsal import TEST_ENDPOINT, Part
from ums.logs import get_logger
from ums.sdk.plugin import HasFollowers, HasWindows
from ums.services import accounts, credits, linting
from ums.services.accounts import Account
from ums.services.gateway import Gateway
from ums.store import messages
from ums.store.db import Session
from ums.store.messages import MessageHead
from ums.store.outbox import Claimed

log = get_logger(__name__)

KEPT_MESSAGES = 512
"""How many messages' contents a process keeps ready."""


class _Ready(NamedTuple):
    """What the jobs of one message have in common."""

    line: Line
    prepared: Prepared


class Preparer:
    """Makes jobs; remembers the channels and messages it has seen. Used by the database thread only."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lines: dict[tuple[int, int], Line] = {}
        self._messages: OrderedDict[tuple[int, int, int], Prepared] = OrderedDict()

    def jobs(
        self, session: Session, claimed: Sequence[Claimed], channel_version: int, now: float
    ) -> list[Job | Result]:
        """The jobs of rows of one endpoint, each as `job`."""
        ready: dict[int, _Ready | Exception | None] = {}
        for one in claimed:
            if one.message_id not in ready:
                ready[one.message_id] = self._ready(session, one, channel_version)
        return [
            Job(one, channel_version, found.line, found.prepared)
            if isinstance(found := ready[one.message_id], _Ready)
            else _never_called(one, channel_version, found, now)
            for one in claimed
        ]

    def job(self, session: Session, claimed: Claimed, channel_version: int, now: float) -> Job | Result:
        """The job of a claimed row, or, where there is none, a result that says why: a test message is only played.

        Raises Unavailable when the database can't be read now: that is no fault of the delivery or of its channel.
        """
        return self.jobs(session, [claimed], channel_version, now)[0]

    def credit(self, session: Session, message_id: int, channel_id: int, channel_version: int) -> str | None:
        """The template of which a message needs credits, where that is known and any are needed."""
        try:
            line = self._line(channel_id, channel_version)
            return self._prepared(session, message_id, channel_version, line).credit
        except Unavailable:
            raise
        except Exception:  # told of where its deliveries become jobs
            return None

    def _ready(self, session: Session, claimed: Claimed, version: int) -> _Ready | Exception | None:
        """What the jobs of a message have in common, or why there are none; None where it is only played."""
        if claimed.endpoint == TEST_ENDPOINT:
            return None
        try:
            line = self._line(claimed.channel_id, version)
            return _Ready(line, self._prepared(session, claimed.message_id, version, line))
        except Unavailable:
            raise
        except Exception as fault:  # a message that can't be prepared fails alone
            if not isinstance(fault, SendError):
                log.exception("a delivery could not be prepared", action="defect", delivery=claimed.id)
            return fault

    def _line(self, channel_id: int, version: int) -> Line:
        known = self._lines.get((channel_id, version))
        if known is not None:
            return known
        try:
            account = accounts.account_by_id(self._gateway, channel_id)
        except Unavailable:
            raise
        except Problem as problem:
            raise BadChannel("settings_unusable", provider_message=problem.message) from problem
        token = self._gateway.provider.loop_token(account.plugin, account.settings)
        line = Line(
            account=account,
            token=token,
            tries_unknown=credits.tries_unknown(account),
            hears=isinstance(account.plugin, HasWindows) and account.plugin.hears(account.settings),
            tries_unheard=not isinstance(account.plugin, HasWindows)
            or account.plugin.tries_unheard(account.settings),
        )
        self._lines[channel_id, version] = line
        return line

    def _prepared(self, session: Session, message_id: int, version: int, line: Line) -> Prepared:
        key = (message_id, line.account.id, version)
        known = self._messages.get(key)
        if known is not None:
            self._messages.move_to_end(key)
            return known
        prepared = _prepare(session, messages.head(session, message_id), line.account)
        self._messages[key] = prepared
        if len(self._messages) > KEPT_MESSAGES:
            self._messages.popitem(last=False)
        return prepared


def _linted(session: Session, given: Mapping[str, Json], account: Account) -> object:
    """The content once more as it is accepted, since the channel, its settings or its list may be others by now."""
    made = _read(given, account)
    found = linting.lint(session, account, given, made)
    for finding in found.findings:
        raise BadContent("content_invalid", field=finding.path, provider_message=finding.text)
    return _read(with_texts(given, found.clipped), account) if found.clipped else made


def _read(given: Mapping[str, Json], account: Account) -> object:
    try:
        return account.plugin.message_schema().load(given)
    except ValidationError as error:
        raise BadContent("content_invalid", provider_message=str(error)) from error


def _never_called(claimed: Claimed, channel_version: int, fault: Exception | None, now: float) -> Result:
    if fault is None:
        return played(claimed, channel_version, now)
    return Result(
        claimed=claimed,
        channel_version=channel_version,
        outcome=fault,
        repeat_window=0.0,
        awaits_receipt=False,
        called_at=None,
        ended_at=now,
    )


def played(claimed: Claimed, channel_version: int, now: float) -> Result:
    """What comes of a test message's delivery. The same whenever it is asked, so that a crash changes nothing."""
    part = Part(delivery_id=claimed.id, userid=claimed.userid, address=claimed.address, step=claimed.step)
    return Result(
        claimed=claimed,
        channel_version=channel_version,
        outcome=rehearsal.outcome(part, claimed.calls),
        repeat_window=0.0,
        awaits_receipt=rehearsal.awaits_receipt(part),
        called_at=now,
        ended_at=now,
    )


def _prepare(session: Session, head: MessageHead, account: Account) -> Prepared:
    content = _linted(session, head.contents[account.type], account)
    return Prepared(
        msgid=head.msgid,
        application_id=head.application_id,
        content=content,
        repeat_window=account.plugin.repeat_window(content),
        reports=account.plugin.reports(account.settings, content),
        credit=credits.needed(session, account, content),
        to_followers=isinstance(account.plugin, HasFollowers) and account.plugin.to_followers(content),
        windowed=isinstance(account.plugin, HasWindows) and account.plugin.in_window(content),
    )
