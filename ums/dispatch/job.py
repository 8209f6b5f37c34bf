"""A delivery made ready to be called, and what became of the call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ums.domain.outcome import Accepted, SendError
from ums.domain.settlement import Settlement
from ums.provider.loop_token import LoopToken
from ums.registry import AnyPlugin
from ums.store.outbox import Claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed delivery with all that its call needs. Made once; the loop only carries it out.

    `credit` is the template of which it uses up a credit; `tries_unknown` whether it is called where nothing is
    known of its address's credits; `to_followers` whether only followers get it. `windowed` is whether it needs
    an open window, `hears` whether the channel is told of windows, `tries_unheard` whether to call where it isn't.
    """

    claimed: Claimed
    application_id: int
    channel_version: int
    plugin: AnyPlugin
    settings: object
    token: LoopToken | None
    content: object
    repeat_id: str
    repeat_window: float
    awaits_receipt: bool
    credit: str | None
    tries_unknown: bool
    to_followers: bool = False
    windowed: bool = False
    hears: bool = False
    tries_unheard: bool = True

    @property
    def place(self) -> tuple[int, str]:
        """The channel and the address it goes to."""
        return (self.claimed.channel_id, self.claimed.address)

    @property
    def fence(self) -> tuple[int, int]:
        """Which attempt at which delivery this is."""
        return (self.claimed.id, self.claimed.attempt)

    def uncalled(self, error: SendError, now: float) -> Result:
        """The result of a job that isn't carried out."""
        return Result(
            claimed=self.claimed,
            channel_version=self.channel_version,
            outcome=error,
            repeat_window=self.repeat_window,
            awaits_receipt=self.awaits_receipt,
            called_at=None,
            ended_at=now,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an attempt; `called_at` None: no call left, so none is counted.

    `channel_version` is that of the settings the call was made with (0: not known any more), `credit` the template
    that it needed a credit of, as far as it is known.
    """

    claimed: Claimed
    channel_version: int
    outcome: Accepted | Exception
    repeat_window: float
    awaits_receipt: bool
    called_at: float | None
    ended_at: float
    credit: str | None = None

    @property
    def fence(self) -> tuple[int, int]:
        """What must still be true of the row for this result to be written."""
        return (self.claimed.id, self.claimed.attempt)


class Settled(NamedTuple):
    """A result with what follows from it."""

    result: Result
    settlement: Settlement
