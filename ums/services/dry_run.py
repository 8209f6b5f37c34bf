"""What a send would do: the same checks and the same routing, with nothing stored and nothing sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from ums.domain.commands import DryRun, SendMessage, Unreachable
from ums.domain.lint import CLEAN
from ums.domain.routing import Blocked, Leg, told
from ums.services import telling
from ums.services.drafting import course_of
from ums.services.expanding import PAGE
from ums.services.foreseeing import foreseen, needs_of, refused, without_credit
from ums.services.gateway import Gateway
from ums.services.planning import Ways, legs_to, route_listed, route_members
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
        self.recipients += len(ways)
        for userid, found in ways.items():
            if isinstance(found, Blocked):
                self._blocked(userid, found.reason())
            else:
                self.channels.update({leg.route.code for leg in found})

    def count_addresses(self, legs: Sequence[Leg], refused: Collection[tuple[int, str]]) -> None:
        """Addresses of the caller's own, each a recipient; those refused are counted, and not named."""
        self.recipients += len(legs)
        for leg in legs:
            if (leg.route.channel_id, leg.address) in refused:
                self.blocked[told(without_credit([leg]))] += 1
            else:
                self.channels[leg.route.code] += 1

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
        if command.audience.addresses:
            legs = legs_to(course.plan, command.audience.addresses)
            tally.count_addresses(legs, refused(session, needs, legs))
        elif command.audience.is_listed:
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
