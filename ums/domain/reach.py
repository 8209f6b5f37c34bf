"""Whether one person can be reached on one channel now: what a sender would meet, in the order in which it does."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ums.domain import remedies
from ums.domain.channel_state import ChannelState
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.domain.remedies import Remedy
from ums.domain.routing import Obstacle, Route, obstacle
from ums.domain.views import EndpointView

SHORT_REST = 60.0
"""Seconds: no quota of a day is waited for so shortly."""
_REASON = re.compile(r"([a-z][a-z0-9_]*) \(")
"""How a sentence begins that a plugin's reason was explained in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """Why a channel doesn't reach a person now, and what would change that, by whom.

    `detail` is what is known besides, in the provider's words or the gateway's. `until` (unix seconds) is when it
    ends by itself; None where it doesn't.
    """

    reason: str
    fix: str
    detail: str = ""
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReach:
    """Whether a person can be reached on a channel: nothing hinders it, or all this does, as it is met."""

    code: str
    type: str
    hindrances: tuple[Hindrance, ...]

    @property
    def reachable(self) -> bool:
        return not self.hindrances

    @property
    def first(self) -> Hindrance:
        """What is met first; nothing, where he is reachable."""
        return self.hindrances[0] if self.hindrances else NOTHING


NOTHING = Hindrance(reason="", fix="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """On which channels of one application a user can be reached."""

    userid: str
    channels: tuple[ChannelReach, ...]


class Quiet(NamedTuple):
    """Quiet hours that hold now: until when, and whether what is sent in them is refused."""

    until: float
    refuses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What holds for one person whatever the channel; `capped_until`: he has had enough until then."""

    quiet: Quiet | None
    kept_out: bool
    capped_until: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one person stands on one channel: all that a sender would look at.

    `live` are his addresses there as routing sees them, `retired` why the provider has refused one for good;
    `binds_himself`: a link can have him bind himself. `state`, its `reason`, the `endpoint`, and why its calls are
    `failing` are the channel's;
    `clears`: its quotas can be cleared; `usable`: its settings are. `listed` says whether the template is on its
    list, `allowed` whether the person has a credit for it, which he gives `by_consent` or by subscribing.
    """

    person: Person
    way: Route
    live: Sequence[str] | None
    retired: str
    binds_himself: bool
    state: ChannelState
    reason: str
    failing: str
    endpoint: EndpointView | None
    clears: bool
    usable: bool
    listed: bool
    allowed: bool
    by_consent: bool
    now: float


def hindrances(standing: Standing) -> tuple[Hindrance, ...]:
    """Everything that keeps a message from the person on this channel now."""
    if not standing.way.channel_id:
        return (_told(remedies.NOT_INSTALLED),)
    found = [*_before_routing(standing), *_on_routing(standing)]
    if standing.way.endpoint != TEST_ENDPOINT:
        found += [*_on_claiming(standing), *_on_calling(standing)]
    return tuple(found)


def _before_routing(standing: Standing) -> Iterator[Hindrance]:
    person = standing.person
    if standing.way.closed:
        yield _told(remedies.CHANNEL_CLOSED)
    if person.quiet is not None:
        remedy = remedies.QUIET_REFUSED if person.quiet.refuses else remedies.QUIET_HELD
        yield _told(remedy, until=person.quiet.until)
    if person.kept_out:
        yield _told(remedies.KEPT_OUT)


def _on_routing(standing: Standing) -> Iterator[Hindrance]:
    met = obstacle(replace(standing.way, closed=False), standing.live)
    if met is Obstacle.NOT_BOUND:
        yield _told(remedies.NOT_BOUND_HIMSELF if standing.binds_himself else remedies.NOT_BOUND)
    elif met is Obstacle.ADDRESS_RETIRED:
        remedy = remedies.RETIRED_HIMSELF if standing.binds_himself else remedies.RETIRED
        yield _told(remedy, standing.retired)
    elif met is Obstacle.NOT_FOLLOWING:
        yield _told(remedies.NOT_FOLLOWING)
    if standing.person.capped_until is not None:
        yield _told(remedies.FREQUENCY_CAP, until=standing.person.capped_until)


def _on_claiming(standing: Standing) -> Iterator[Hindrance]:
    if standing.state is ChannelState.PAUSED:
        yield _told(remedies.CHANNEL_PAUSED)
    if standing.way.parked:
        yield _told(remedies.CHANNEL_PARKED, standing.reason)
    if standing.way.failing:
        yield _told(remedies.CHANNEL_FAILING, standing.failing)
    endpoint = standing.endpoint
    if endpoint is not None and endpoint.blocked:
        begins = _REASON.match(endpoint.reason)
        blocked = _told(remedies.ENDPOINT_BLOCKED, endpoint.reason)
        yield blocked if begins is None else replace(blocked, reason=begins[1])
    elif endpoint is not None and endpoint.paused_until is not None:
        yield _resting(endpoint, endpoint.paused_until, standing)


def _resting(endpoint: EndpointView, until: float, standing: Standing) -> Hindrance:
    is_long = until - standing.now > SHORT_REST
    remedy = remedies.QUOTA_USED_UP if is_long and standing.clears else remedies.ENDPOINT_RESTS
    return replace(_told(remedy, until=until), reason=endpoint.reason or remedy.reason)


def _on_calling(standing: Standing) -> Iterator[Hindrance]:
    if not standing.usable:
        yield _told(remedies.SETTINGS_UNUSABLE)
    if not standing.allowed:
        yield _told(remedies.NO_CONSENT if standing.by_consent else remedies.NO_CREDIT)
    if not standing.listed:
        yield _told(remedies.TEMPLATE_UNKNOWN)


def _told(remedy: Remedy, detail: str = "", until: float | None = None) -> Hindrance:
    ends = None if until is None else float(math.ceil(until))
    return Hindrance(reason=str(remedy.reason), fix=remedy.fix, detail=detail, until=ends)
