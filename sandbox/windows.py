"""For how long, and how often, customer-service messages may follow what a person does.

The platform's current figures; its older pages said twenty messages in 48 hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.errors import Refused


class Act(NamedTuple):
    """Something a person does: the event that tells of it (empty: none), and the window it opens, if any."""

    event: str
    messages: int = 0
    seconds: float = 0.0


ACTS: Mapping[str, Act] = {
    "message": Act("", 5, 48 * 3600.0),
    "menu": Act("CLICK", 3, 60.0),
    "scan": Act("SCAN", 3, 60.0),
    "enter": Act("user_enter_tempsession", 2, 60.0),
    "follow": Act("subscribe", 3, 60.0),
    "unfollow": Act("unsubscribe"),
    "consent": Act(""),
}
"""``consent`` is to a one-time subscription: the person's browser is told of it, the account isn't."""


@dataclass(slots=True)
class Window:
    """One that is or was open: until when, and how many messages it still takes."""

    until: float
    left: int


@dataclass(slots=True)
class Windows:
    """The last window that each person has opened by each act."""

    opened: dict[tuple[str, str], Window] = field(default_factory=dict)

    def open(self, openid: str, act: str, at: float) -> None:
        """Begin one anew; what the same act opened before counts no more."""
        _, messages, seconds = ACTS[act]
        if messages:
            self.opened[openid, act] = Window(at + seconds, messages)

    def spend(self, openid: str, now: float) -> None:
        """Take one message, in the window that closes first: 45015 where none is open, 45047 where all are full."""
        found = (self.opened.get((openid, act)) for act in ACTS)
        current = sorted((one for one in found if one and one.until > now), key=lambda one: one.until)
        if not current:
            raise Refused(45015)
        usable = next((one for one in current if one.left), None)
        if usable is None:
            raise Refused(45047)
        usable.left -= 1

    def left(self, openid: str, now: float) -> int:
        """How many messages a person may still be sent now."""
        return sum(one.left for (whose, _), one in self.opened.items() if whose == openid and one.until > now)

    def close(self, openid: str) -> None:
        """Who leaves can't be written to."""
        for key in [key for key in self.opened if key[0] == openid]:
            del self.opened[key]
