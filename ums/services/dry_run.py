"""What a send would do: the same checks and the same routing, with nothing stored and nothing sent."""

from __future__ import annotations

from collections import Counter, defaultdict

from ums.domain.commands import DryRun, SendMessage, Unreachable
from ums.domain.lint import CLEAN
from ums.domain.routing import Blocked
from ums.services import telling
from ums.services.drafting import course_of
from ums.services.expanding import PAGE
from ums.services.foreseeing import foreseen, needs_of
from ums.services.gateway import Gateway
from ums.services.planning import Ways, recipients_of, route_listed, route_members
from ums.store import audiences, routes
from ums.store.audiences import Scope

NAMED = 100
"""How many of those who can't be reached are named, for each reason."""


class _Tally:
    """Counts ways as they come."""

    def __init__(self) -> None:
        self.recipients = 0
        self.channels: Counter[str] = Counter()
        self.blocked: Counter[str] = Counter()
        self.named: defaultdict[str, list[str]] = defaultdict(list)

    def count(self, ways: Ways) -> None:
        self.recipients += recipients_of(ways)
        for userid, found in ways.items():
            if isinstance(found, Blocked):
                self._blocked(userid, found.reason())
            else:
                taken = (leg.route.code for leg in found)
                self.channels.update(set(taken) if userid else taken)

    def _blocked(self, userid: str, reason: str) -> None:
        self.blocked[reason] += 1
        if len(self.named[reason]) < NAMED:
            self.named[reason].append(userid)


def dry_run(gateway: Gateway, command: SendMessage) -> DryRun:
    """How many would get the message on each channel, and who would not, and why.

    Raises as a send does, but for what linting finds: that is told.

    Of a message by users one is counted once for each channel that reaches him, of one by addresses each address.
    """
    now = gateway.clock.now()
    tally = _Tally()
    with gateway.database.read() as session:
        sender = routes.sender(session, command.application_id)
        course = course_of(session, gateway, sender, command, now)
        warnings = telling.warnings(session, command.application_id, command.callback)
        needs = needs_of(session, gateway, course.plan, command.contents)
        if command.audience.is_listed:
            ways = route_listed(session, course.plan, sender, command.audience, now)
            tally.count(foreseen(session, course.plan, sender, needs, ways, now))
        else:
            after, scope = 0, Scope.of(sender)
            while members := audiences.select_page(session, command.audience, scope, after, PAGE):
                found = route_members(session, course.plan, sender, members, now)
                tally.count(foreseen(session, course.plan, sender, needs, found, now))
                after = members[-1].id
    return DryRun(
        recipients=tally.recipients,
        channels=dict(sorted(tally.channels.items())),
        unreachable=tuple(
            Unreachable(reason=reason, count=count, userids=tuple(tally.named[reason]))
            for reason, count in tally.blocked.most_common()
        ),
        sendno=command.sendno,
        warnings=(*course.admission.warnings, *warnings),
        lint={code: linted for code, linted in command.linted.items() if linted != CLEAN},
    )
