"""The directory of figures: a page of tables, the plots, and the document that they are made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.plan import CAPPED, HERE
from benchmarks.report.plots import Bar, Series, bars, lines
from benchmarks.report.tables import Row, in_rounds, kind, measured_on, rows_of, sheets

DOCUMENT, PAGE = "figures.json", "figures.md"
RATE = "messages a second"
COLOURS = {"gateway": 0, "bare": 4, "aiohttp": 4}
"""Of the gateway and of the ceilings; everybody else has another one."""
OTHERS = 2
HEAD = """# Figures

Made by `make bench`: don't change them by hand. [benchmarks.md](../benchmarks.md) says what each row is.
"""


def written(document: Row, into: Path) -> list[Path]:
    """Write everything, and return what was written."""
    into.mkdir(parents=True, exist_ok=True)
    texts = {f"{name}.svg": picture for name, picture in plots(document).items()}
    texts[PAGE] = page(document)
    texts[DOCUMENT] = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        (into / name).write_text(text, "utf-8")
    return [into / name for name in texts]


def page(document: Row) -> str:
    """The tables in Markdown, with the plots."""
    pictures = [f"![{_TITLES[name]}]({name}.svg)" for name in plots(document)]
    parts = [
        HEAD.strip(),
        *measured_on(document),
        *pictures,
        *(sheet.markdown().strip() for sheet in sheets(document)),
    ]
    return "\n\n".join(parts) + "\n"


def plots(document: Row) -> Mapping[str, str]:
    """The pictures by their names; those without anything to show are left out."""
    return dict(_plots(document))


_TITLES = {
    "comparators": "The gateway beside others, in turns",
    "growth": f"More processes, each with {CAPPED} calls in flight",
    "sizes": "More recipients, with as many processes and calls as the gateway makes by itself",
}


def _plots(document: Row) -> Iterator[tuple[str, str]]:
    standing = [_bar(row) for row in rows_of(document, "comparators") if row["rates"]]
    if standing:
        yield "comparators", bars(_TITLES["comparators"], RATE, standing)
    rows = [row for row in rows_of(document, "growth") if row["rates"]]
    by_processes = list(_by_processes(rows))
    if by_processes:
        yield "growth", lines(_TITLES["growth"], "sending processes", RATE, by_processes)
    by_recipients = list(_by_recipients(rows))
    if by_recipients:
        yield "sizes", lines(_TITLES["sizes"], "recipients", RATE, by_recipients, is_log=True)


def _bar(row: Row) -> Bar:
    rates = in_rounds(row["rates"])
    colour = COLOURS.get(str(row["key"]), OTHERS)
    return Bar(str(row["label"]), float(str(row["rate"])), min(rates), max(rates), colour)


def _by_processes(rows: list[Row]) -> Iterator[Series]:
    """Of the sends with capped processes: a line for each kind, and what growth in proportion were."""
    capped = [row for row in rows if row["capped"] and row["in_flight"] == CAPPED]
    for name, found in _of_each_kind(capped).items():
        points = sorted((_number(row, "processes"), _number(row, "rate")) for row in found)
        if len(points) > 1:
            first = points[0][1] / points[0][0]
            yield Series(name, points, [(processes, first * processes) for processes, _ in points])


def _by_recipients(rows: list[Row]) -> Iterator[Series]:
    """Of the sends with two processes, uncapped."""
    free = [row for row in rows if not row["capped"] and row["processes"] == HERE]
    for name, found in _of_each_kind(free).items():
        points = sorted((_number(row, "recipients"), _number(row, "rate")) for row in found)
        if len(points) > 1:
            yield Series(name, points)


def _of_each_kind(rows: list[Row]) -> dict[str, list[Row]]:
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        kinds.setdefault(kind(row), []).append(row)
    return kinds


def _number(row: Row, name: str) -> float:
    return float(str(row[name]))
