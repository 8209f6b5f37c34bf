"""Bars and lines as SVG, without scripts, fonts or anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.report.drawing import COLOURS, WIDTH, Axis, line, page, round_up, text

LETTER = 6.7
"""How wide a letter is, about: bars begin right of the longest name."""
RIGHT = WIDTH - 130
TOP = 66
STEP = 34
LEFT = 80
HEIGHT = 440
LEGEND_WIDTH = 260
PER_ROW = 3
"""Names in a row of the legend."""


class Bar(NamedTuple):
    """One bar: its name, how long it is, the least and the most of its rounds, and its colour's number."""

    name: str
    value: float
    least: float
    most: float
    colour: int = 0


class Series(NamedTuple):
    """One line, by its points; `ideal` is another, thinner one beside it."""

    name: str
    points: Sequence[tuple[float, float]]
    ideal: Sequence[tuple[float, float]] = ()


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """Bars from the left, on a logarithmic scale, so that figures a thousandfold apart can be read together."""
    most = max(row.most for row in rows)
    names = round(36 + LETTER * max(len(row.name) for row in rows))
    axis = Axis(10.0 ** _power(min(row.least for row in rows)), round_up(most), names, RIGHT, is_log=True)
    bottom = TOP + STEP * len(rows)
    parts = [
        *_upright_grid(axis, bottom),
        *(part for place, row in enumerate(rows) for part in _bar(axis, place, row)),
    ]
    parts.append(text((names + RIGHT) / 2, bottom + 44, f"{unit}, logarithmic", "note middle"))
    said = "; ".join(f"{row.name}: {row.value:,.0f}" for row in rows)
    return page(title, f"{unit}. {said}.", bottom + 64, parts)


def lines(title: str, across: str, unit: str, series: Sequence[Series], *, is_log: bool = False) -> str:
    """Lines over numbers; `across` says what of."""
    found = [point for one in series for point in (*one.points, *one.ideal)]
    places = sorted({x for x, _ in found})
    legend = TOP + 20 * -(-len(series) // PER_ROW)
    bottom = HEIGHT - 60
    x_axis = Axis(places[0], places[-1] if len(places) > 1 else places[0] + 1, LEFT + 30, WIDTH - 60, is_log)
    y_axis = Axis(0.0, round_up(max(y for _, y in found)), bottom, legend + 10)
    parts = [*_level_grid(y_axis), *_marks(x_axis, places, bottom)]
    for place, one in enumerate(series):
        parts += _series(place, one, x_axis, y_axis)
    parts.append(text((LEFT + WIDTH - 30) / 2, HEIGHT - 18, across, "note middle"))
    parts.append(text(24, legend - 4, unit, "note"))
    said = "; ".join(f"{one.name}: {', '.join(f'{y:,.0f} at {x:,.0f}' for x, y in one.points)}" for one in series)
    return page(title, f"{unit} over {across}. {said}.", HEIGHT, parts)


def _power(value: float) -> int:
    """The power of ten below."""
    power = 0
    while 10.0 ** (power + 1) <= value:
        power += 1
    return power


def _upright_grid(axis: Axis, bottom: float) -> Iterator[str]:
    for tick in axis.ticks():
        yield line(axis(tick), TOP - 8, axis(tick), bottom, "grid")
        yield text(axis(tick), bottom + 20, f"{tick:,.0f}", "note middle")


def _level_grid(axis: Axis) -> Iterator[str]:
    for tick in axis.ticks():
        yield line(LEFT, axis(tick), WIDTH - 30, axis(tick), "grid")
        yield text(LEFT - 10, axis(tick) + 4, f"{tick:,.0f}", "note end")


def _marks(axis: Axis, places: Sequence[float], bottom: float) -> Iterator[str]:
    for place in places:
        yield text(axis(place), bottom + 20, f"{place:,.0f}", "note middle")


def _bar(axis: Axis, place: int, row: Bar) -> Iterator[str]:
    y = TOP + STEP * place
    end, middle = axis(row.value), y + STEP / 2 - 4
    yield text(axis.start - 12, middle + 4, row.name, "name end")
    yield (
        f'<rect class="f{row.colour % COLOURS}" x="{axis.start:g}" y="{y + 2:g}" '
        f'width="{max(end - axis.start, 1):g}" height="{STEP - 12}" rx="2"/>'
    )
    if row.most > row.least:
        yield line(axis(row.least), middle, axis(row.most), middle, "spread")
    yield text(max(end, axis(row.most)) + 8, middle + 4, f"{row.value:,.0f}", "note")


def _series(place: int, one: Series, x_axis: Axis, y_axis: Axis) -> Iterator[str]:
    colour = place % COLOURS
    x, y = LEFT + LEGEND_WIDTH * (place % PER_ROW), TOP - 6 + 20 * (place // PER_ROW)
    yield line(x, y - 4, x + 22, y - 4, f"line l{colour}")
    yield text(x + 30, y, one.name, "name")
    if one.ideal:
        yield _path(one.ideal, x_axis, y_axis, f"line ideal l{colour}")
    yield _path(one.points, x_axis, y_axis, f"line l{colour}")
    for at, value in one.points:
        yield f'<circle class="f{colour}" cx="{x_axis(at):g}" cy="{y_axis(value):g}" r="4"/>'


def _path(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis, kind: str) -> str:
    drawn = " ".join(f"{x_axis(x):g},{y_axis(y):g}" for x, y in points)
    return f'<polyline class="{kind}" points="{drawn}"/>'
