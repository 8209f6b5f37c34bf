"""Rows of words and figures, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from benchmarks.machine import QUIET
from ums.domain.commands import Json

Row = Mapping[str, Json]
"""What was measured of one comparator, or of one cell."""
MISSING = "–"
SPELLINGS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "celery": "Celery"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. `notes` say what stands behind it: what is lacking, what was left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def markdown(self) -> str:
        """As a page shows it."""
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        drawn = "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
        notes = "".join(f"\n- {note}" for note in self.notes)
        return f"## {self.title}\n\n{drawn}\n{notes and notes + chr(10)}"


def sheets(document: Row) -> list[Sheet]:
    """All tables of a run."""
    made = (comparators(document), growth(document), ingress(document))
    return [sheet for sheet in made if sheet.rows or sheet.notes]


def rows_of(document: Row, name: str) -> list[Row]:
    """One part of the document; nothing where it wasn't measured."""
    return cast("list[Row]", document.get(name) or [])


def comparators(document: Row) -> Sheet:
    """The gateway beside others: rates, and the gateway's rate by theirs, with the least and the most."""
    rows = rows_of(document, "comparators")
    drawn = [_contestant(row) for row in rows if row["rates"]]
    columns = ("who sends", "messages", "a second", "gateway ÷ it", "what it doesn't do", "load")
    return Sheet("The gateway beside others, in turns", columns, drawn, tuple(_absent(rows, _label)))


def growth(document: Row) -> Sheet:
    """The gateway with more of everything."""
    rows = rows_of(document, "growth")
    columns = (
        "engine",
        "database",
        "processes",
        "in flight each",
        "recipients",
        "a second",
        "× one",
        "of in flight ÷ latency",
        "CPU µs each",
        "commits a 1,000",
        "peak MB",
        "load",
    )
    drawn = [_grown(row, rows) for row in rows if row["rates"]]
    return Sheet("Growth", columns, drawn, tuple(_absent(rows, cell_name)))


def ingress(document: Row) -> Sheet:
    """Single sends and uploads over HTTP."""
    found = _ingress(document)
    rows = [[name.replace("_", " "), _figure(figure)] for name, figure in found.items() if name != "fault"]
    notes = (str(found["fault"]),) if "fault" in found else ()
    return Sheet("Over HTTP", ("what", "figure"), rows, notes)


def measured_on(document: Row) -> list[str]:
    """The machine and how busy it was, in sentences."""
    machine = cast("Row", document["machine"])
    begin, end = float(str(document["load_begin"])), float(str(document["load_end"]))
    where = (
        f"Measured on {document['date']} with {machine['processors']} processors ({machine['processor']}), "
        f"{machine['memory_gib']} GiB of memory, {machine['kernel']}, Python {machine['python']}, "
        f"SQLite {machine['sqlite']}. The stand-in for the provider runs on the same machine, and answers after "
        f"{document['latency_ms']:g} ms."
    )
    minutes = float(str(document["seconds"])) / 60
    when = f"Load average {begin:g} at the beginning, {end:g} at the end, {minutes:.0f} minutes later."
    told = [where, when]
    if begin > QUIET:
        told.append(
            f"**Others were at work: at a load of more than {QUIET:g} before it began, figures are too low.**"
        )
    return told


def faults(document: Row) -> list[str]:
    """What went wrong: nothing, where every message was counted once."""
    rows = [*rows_of(document, "comparators"), *rows_of(document, "growth"), _ingress(document)]
    return [fault for row in rows for fault in _faults(row)]


def in_rounds(numbers: Json | list[float]) -> list[float]:
    """The figures of all rounds."""
    return [float(str(number)) for number in cast("Sequence[Json]", numbers)]


def cell_name(row: Row) -> str:
    """A row about growth, in words."""
    capped = ", capped" if row["capped"] else ""
    processes = "1 process" if row["processes"] == 1 else f"{row['processes']} processes"
    return f"{kind(row)}, {processes}{capped}, {row['recipients']:,} recipients"


def _ingress(document: Row) -> Row:
    return cast("Row", document.get("ingress") or {})


def _faults(row: Row) -> list[str]:
    """Of one row."""
    several = cast("Sequence[str]", row.get("faults") or ())
    return [*several, *([str(row["fault"])] if row.get("fault") else [])]


def kind(row: Row) -> str:
    """The engine and the database of a row about growth."""
    return f"{spelled(row['engine'])} on {spelled(row['database'])}"


def spelled(name: Json) -> str:
    """A product's name as its makers spell it."""
    return SPELLINGS.get(str(name), str(name))


def _label(row: Row) -> str:
    return str(row["label"])


def _contestant(row: Row) -> list[str]:
    rate = _spread(row["rates"], row["rate"])
    return [_label(row), _figure(row["calls"]), rate, _ratio(row), str(row["lacks"]), _loads(row)]


def _absent(rows: Sequence[Row], name: Callable[[Row], str]) -> Iterator[str]:
    """Who was left out and why, the same reason once; and what went wrong."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        for fault in _faults(row):
            reasons.setdefault(f"failed, {fault}", []).append(name(row))
        if row["left_out"]:
            reasons.setdefault(f"left out, {row['left_out']}", []).append(name(row))
    yield from (f"{'; '.join(names)}: {reason}." for reason, names in reasons.items())


def _grown(row: Row, rows: Sequence[Row]) -> list[str]:
    return [
        spelled(row["engine"]),
        spelled(row["database"]),
        str(row["processes"]),
        f"{row['in_flight']}",
        _figure(row["recipients"]),
        _spread(row["rates"], row["rate"]),
        _times_one(row, rows),
        f"{float(str(row['efficiency'])):.0%}",
        _figure(row["cpu_us_per_delivery"]),
        _figure(row["commits_per_1000"]),
        _figure(row["peak_rss_mb"]),
        _loads(row),
    ]


def _times_one(row: Row, rows: Sequence[Row]) -> str:
    """Its rate by that of one process: with the same cap, or else with the same recipients."""
    same = ("engine", "database", "in_flight", "capped", *(() if row["capped"] else ("recipients",)))
    one = [
        other
        for other in rows
        if other["processes"] == 1 and other["rates"] and all(other[name] == row[name] for name in same)
    ]
    return f"{float(str(row['rate'])) / float(str(one[0]['rate'])):.2f}" if one else MISSING


def _spread(rates: Json | list[float], rate: Json) -> str:
    """The median, with the least and the most of several rounds."""
    found = in_rounds(rates)
    return f"{_figure(rate)} ({_figure(min(found))}–{_figure(max(found))})" if len(found) > 1 else _figure(rate)


def _loads(row: Row) -> str:
    """The load average before and after."""
    return f"{row['load_begin']:g}–{row['load_end']:g}"


def _ratio(row: Row) -> str:
    found = in_rounds(row["ratios"])
    if not found:
        return MISSING
    return _spread(found, row["ratio"])


def _figure(figure: Json) -> str:
    """Large figures without a fraction, small ones with one."""
    number = float(str(figure))
    return f"{number:,.0f}" if number >= 100 or number.is_integer() else f"{number:.2f}".rstrip("0").rstrip(".")
