"""What a progress bar shows: how the deliveries of a channel divide. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ums.console.words import STATUSES
from ums.domain.delivery import DeliveryStatus
from ums.domain.views import MessageProgress, ReasonCount

FELL_OVER = "fell_over"
ON_THEIR_WAY = (DeliveryStatus.QUEUED, DeliveryStatus.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One colour of a bar: where it begins and how wide it is, in per cent of the bar."""

    kind: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The deliveries of one channel, or (`code` None) of a whole message."""

    code: str | None
    total: int
    settled: int
    segments: tuple[Segment, ...]


def whole(progress: MessageProgress, reasons: Iterable[ReasonCount] = ()) -> Bar:
    """All deliveries of a message; with its reasons, those apart that fell over to another channel."""
    counts = dict(progress.counts)
    for item in reasons:
        _part(counts, item)
    return bar(None, counts)


def by_channel(progress: MessageProgress, reasons: Iterable[ReasonCount]) -> tuple[Bar, ...]:
    """A bar for each channel, with those apart that fell over to another."""
    counted: dict[str, dict[str, int]] = {code: dict(counts) for code, counts in progress.channels.items()}
    for item in reasons:
        if item.channel in counted:
            _part(counted[item.channel], item)
    return tuple(bar(code, counts) for code, counts in sorted(counted.items()))


def _part(counts: dict[str, int], item: ReasonCount) -> None:
    """Count what fell over as such, and no more as what it ended as."""
    fell_over = min(item.fell_over, counts.get(item.status, 0))
    counts[item.status] = counts.get(item.status, 0) - fell_over
    counts[FELL_OVER] = counts.get(FELL_OVER, 0) + fell_over


def bar(code: str | None, counts: Mapping[str, int]) -> Bar:
    """The bar of these counts, in the order of `STATUSES`."""
    total = sum(counts.values())
    segments: list[Segment] = []
    start = 0.0
    for kind in STATUSES:
        count = counts.get(kind, 0)
        if count > 0:
            width = 100 * count / total
            segments.append(Segment(kind=kind, count=count, start=round(start, 3), width=round(width, 3)))
            start += width
    waiting = sum(counts.get(status, 0) for status in ON_THEIR_WAY)
    return Bar(code=code, total=total, settled=total - waiting, segments=tuple(segments))
