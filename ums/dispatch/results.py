"""The results of a turn, sorted once by how much follows from them.

Nearly all results of a large broadcast are acceptances, from which little follows: those go on as columns, so that
the interpreter doesn't pick each apart at every step.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from typing import NamedTuple

from ums.dispatch.job import Result, Settled
from ums.domain.outcome import Accepted
from ums.domain.settlement import Settlement, Tried, receipt_due, settle
from ums.store.outbox import fences

_dice = random.Random()  # noqa: S311 - spreads retries, guards nothing; our own, for others may seed the common one


class Acceptances(NamedTuple):
    """Calls that were made and taken, by column. Each waits for its receipt until it is due, or none does."""

    ids: Sequence[int]
    attempts: Sequence[int]
    message_ids: Sequence[int]
    userids: Sequence[str]
    channel_ids: Sequence[int]
    endpoints: Sequence[str]
    addresses: Sequence[str]
    credits: Sequence[str | None]
    provider_ids: Sequence[str | None]
    called_ats: Sequence[float | None]
    ended_ats: Sequence[float]
    windowed: Sequence[bool]
    dues: Sequence[float | None]


class Results:
    """`each` as it came: those that were simply `accepted`, and all `others` with what follows from each."""

    __slots__ = ("_day_starts_at", "_plain", "accepted", "each", "others")

    def __init__(self, results: Sequence[Result], day_starts_at: float) -> None:
        self.each = results
        self._day_starts_at = day_starts_at
        self._plain = [one for one in results if type(one.outcome) is Accepted and one.called_at is not None]
        self.accepted = tuple(_acceptances(self._plain))
        self.others: Sequence[Settled] = ()
        if len(self._plain) < len(results):
            plain = set(map(id, self._plain))
            self.others = self._settled(one for one in results if id(one) not in plain)

    def __len__(self) -> int:
        return len(self.each)

    @property
    def fences(self) -> set[tuple[int, int]]:
        """What must be true of its rows for it to be written."""
        return set(fences(one.claimed for one in self.each))

    @property
    def channel_ids(self) -> set[int]:
        return {one.claimed.channel_id for one in self.each}

    @property
    def message_ids(self) -> set[int]:
        return {one.claimed.message_id for one in self.each}

    @property
    def every(self) -> list[Settled]:
        """All of it with what follows from each, where it isn't to be had for less."""
        return [*self._settled(self._plain), *self.others]

    def only(self, wanted: Collection[tuple[int, int]]) -> Results:
        """Those of it that have these fences."""
        return Results([one for one in self.each if one.fence in wanted], self._day_starts_at)

    def singly(self) -> Iterator[Results]:
        """Each of them on its own."""
        return (Results([one], self._day_starts_at) for one in self.each)

    def with_others(self, others: Sequence[Settled]) -> Results:
        """The same, but that this follows from what wasn't simply accepted."""
        changed = copy(self)
        changed.others = others
        return changed

    def _settled(self, results: Iterable[Result]) -> list[Settled]:
        return [Settled(one, _settlement(one, self._day_starts_at)) for one in results]


def _acceptances(results: Sequence[Result]) -> Iterator[Acceptances]:
    """What is final as it is, and what waits for its receipt; neither where there is none."""
    reported = [one for one in results if one.awaits_receipt and _due(one) is not None]
    if reported:
        yield _by_column(reported, [_due(one) for one in reported])
        results = [one for one in results if not one.awaits_receipt or _due(one) is None]
    if results:
        yield _by_column(results, [None] * len(results))


def _due(result: Result) -> float | None:
    outcome = result.outcome
    return receipt_due(outcome.provider_id, result.ended_at) if isinstance(outcome, Accepted) else None


def _by_column(results: Sequence[Result], dues: Sequence[float | None]) -> Acceptances:
    claimed = [one.claimed for one in results]
    return Acceptances(
        ids=[one.id for one in claimed],
        attempts=[one.attempt for one in claimed],
        message_ids=[one.message_id for one in claimed],
        userids=[one.userid for one in claimed],
        channel_ids=[one.channel_id for one in claimed],
        endpoints=[one.endpoint for one in claimed],
        addresses=[one.address for one in claimed],
        credits=[one.credit for one in claimed],
        provider_ids=[one.outcome.provider_id for one in results if isinstance(one.outcome, Accepted)],
        called_ats=[one.called_at for one in results],
        ended_ats=[one.ended_at for one in results],
        windowed=[one.windowed for one in results],
        dues=dues,
    )


def _settlement(result: Result, day_starts_at: float) -> Settlement:
    claimed = result.claimed
    tried = Tried(
        tries=claimed.tries + 1,
        first_called_at=claimed.first_called_at or result.called_at or result.ended_at,
        repeat_window=result.repeat_window,
        awaits_receipt=result.awaits_receipt,
        expires_at=claimed.expires_at,
    )
    jitter = _dice.random()
    return settle(result.outcome, tried, now=result.ended_at, jitter=jitter, day_starts_at=day_starts_at)
