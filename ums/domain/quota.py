"""How many calls of a day an endpoint has left, as the gateway counts them and as its provider does."""

from __future__ import annotations

from dataclasses import dataclass, replace

PERCENT = 100
"""Providers' counters are told to be wrong by one in so many: a smaller difference means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What a provider says of an endpoint: calls that it takes a day, has had today, and still takes.

    It takes `pace_calls` in `pace_seconds`; 0 where it doesn't say.
    """

    daily_limit: int
    used: int
    remain: int
    pace_calls: int = 0
    pace_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A provider's answer: when it came (unix seconds), on which day of quotas, what we had counted by then."""

    quota: Quota
    at: float
    day: str
    counted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointQuota:
    """An endpoint's calls of the present day.

    `counted` are the gateway's own, `used` the provider's at `asked_at` (None: it hasn't said today), of which
    `others` came from elsewhere. `limit` and `remaining` are the lower of what is known, None where nothing is;
    `own_limit` is the operator's. `waiting` deliveries are queued, so many at least. `note` says why the provider
    doesn't tell. Times are unix seconds.
    """

    endpoint: str
    counted: int
    limit: int | None = None
    own_limit: int | None = None
    used: int | None = None
    others: int = 0
    remaining: int | None = None
    waiting: int = 0
    pace_calls: int = 0
    pace_seconds: int = 0
    asked_at: float | None = None
    note: str = ""
    resets_at: float = 0.0

    def waited(self, waiting: int) -> EndpointQuota:
        """The same, with so many deliveries queued."""
        return replace(self, waiting=waiting)

    @property
    def runs_out(self) -> bool:
        """Whether more waits than may still be called today."""
        return self.remaining is not None and self.waiting > self.remaining

    @property
    def behind(self) -> bool:
        """Whether the provider had counted clearly fewer calls than the gateway."""
        return self.used is not None and self.others < 0

    @property
    def told(self) -> str:
        """What the figures mean, in a sentence or two; empty where they only agree."""
        return " ".join(filter(None, (self._compared, self._outlook, self.note)))

    @property
    def _compared(self) -> str:
        if self.used is None or self.others == 0:
            return ""
        ours = self.used - self.others
        if self.behind:
            return (
                f"The provider had counted {self.used:,} calls, the gateway {ours:,}: the provider's count was "
                "cleared elsewhere, or comes late."
            )
        return (
            f"The gateway had counted {ours:,} calls, the provider {self.used:,}: another system, or another "
            f"channel of this account, spent {self.others:,}."
        )

    @property
    def _outlook(self) -> str:
        if not self.runs_out:
            return ""
        return (
            f"{self.waiting:,} deliveries wait and {self.remaining:,} calls are left: the rest waits for tomorrow."
        )


def standing(
    endpoint: str,
    *,
    counted: int,
    day: str,
    asked: Asked | None = None,
    own_limit: int | None = None,
    note: str = "",
    resets_at: float = 0.0,
) -> EndpointQuota:
    """How an endpoint stands on the day of quotas `day`.

    Of an answer of another day only the limit counts. What is called after an answer is taken off what it left.
    """
    told = asked.quota if asked is not None else None
    limits = [limit for limit in (own_limit, told.daily_limit if told else None) if limit is not None]
    limit = min(limits, default=None)
    left = [] if limit is None else [limit - counted]
    current = asked if asked is not None and asked.day == day else None
    if current is not None:
        left.append(current.quota.remain - max(0, counted - current.counted))
    return EndpointQuota(
        endpoint=endpoint,
        counted=counted,
        limit=limit,
        own_limit=own_limit,
        used=None if current is None else current.quota.used,
        others=0 if current is None else _others(current),
        remaining=max(0, min(left)) if left else None,
        pace_calls=told.pace_calls if told else 0,
        pace_seconds=told.pace_seconds if told else 0,
        asked_at=None if current is None else current.at,
        note=note,
        resets_at=resets_at,
    )


def _others(asked: Asked) -> int:
    """The calls that somebody else made; below 0 where the provider had counted fewer than we."""
    difference = asked.quota.used - asked.counted
    return difference if abs(difference) * PERCENT > max(asked.quota.used, asked.counted) else 0
