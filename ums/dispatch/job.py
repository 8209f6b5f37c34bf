"""A delivery made ready to be called, and what became of the call."""

from __future__ import annotations

from typing import NamedTuple

from ums.domain.identity import repeat_id
from ums.domain.outcome import Accepted, SendError
from ums.domain.settlement import Settlement
from ums.provider.loop_token import LoopToken
from ums.sdk.plugin import Outbound
from ums.services.accounts import Account
from ums.store.outbox import Claimed


class Line(NamedTuple):
    """A channel with the token its calls need, and what to make of addresses of which too little is known.

    `tries_unknown` is whether it is called where nothing is known of an address's credits, `hears` whether it is
    told of windows, `tries_unheard` whether to call where it isn't.
    """

    account: Account
    token: LoopToken | None
    tries_unknown: bool
    hears: bool
    tries_unheard: bool


class Prepared(NamedTuple):
    """One message's content on one channel type, as its plugin wants it.

    `credit` is the template of which it uses up a credit, `to_followers` whether only followers get it, `windowed`
    whether it needs an open window.
    """

    msgid: str
    application_id: int
    content: object
    repeat_window: float
    reports: bool
    credit: str | None
    to_followers: bool
    windowed: bool


class Job(NamedTuple):
    """A claimed delivery with all that its call needs. Made once; the loop only carries it out."""

    claimed: Claimed
    channel_version: int
    line: Line
    prepared: Prepared

    @property
    def place(self) -> tuple[int, str]:
        """The channel and the address it goes to."""
        return (self.claimed.channel_id, self.claimed.address)

    @property
    def fence(self) -> tuple[int, int]:
        """Which attempt at which delivery this is."""
        return (self.claimed.id, self.claimed.attempt)

    @property
    def outbound(self) -> Outbound[object]:
        """What its plugin is handed."""
        claimed, prepared = self.claimed, self.prepared
        return Outbound(claimed.address, prepared.content, repeat_id(prepared.msgid, claimed.id))

    def holding(self, template_id: str | None) -> Job:
        """The same job, whose delivery holds a credit of the template by now, or (None) none."""
        # built anew, since `_replace` takes several times as long
        claimed = Claimed(*self.claimed[:-1], template_id)
        return Job(claimed, self.channel_version, self.line, self.prepared)

    def ended(self, outcome: Accepted | Exception, called_at: float | None, now: float) -> Result:
        """What became of it."""
        prepared = self.prepared
        return Result(
            self.claimed,
            self.channel_version,
            outcome,
            prepared.repeat_window,
            prepared.reports,
            called_at,
            now,
            prepared.credit,
            prepared.windowed,
        )

    def uncalled(self, error: SendError, now: float) -> Result:
        """The result of a job that isn't carried out."""
        return self.ended(error, None, now)._replace(credit=None)


class Result(NamedTuple):
    """What became of an attempt; `called_at` None: no call left, so none is counted.

    `channel_version` is that of the settings the call was made with (0: not known any more), `credit` the template
    that it needed a credit of and `windowed` whether it needed a window, as far as it is known.
    """

    claimed: Claimed
    channel_version: int
    outcome: Accepted | Exception
    repeat_window: float
    awaits_receipt: bool
    called_at: float | None
    ended_at: float
    credit: str | None = None
    windowed: bool = True

    def holding(self, template_id: str | None) -> Result:
        """The same, of a delivery that holds a credit of the template, or (None) none."""
        return self._replace(claimed=Claimed(*self.claimed[:-1], template_id))

    @property
    def fence(self) -> tuple[int, int]:
        """What must still be true of the row for this result to be written."""
        return (self.claimed.id, self.claimed.attempt)


class Settled(NamedTuple):
    """A result with what follows from it."""

    result: Result
    settlement: Settlement
