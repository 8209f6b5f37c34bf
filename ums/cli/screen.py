"""What a command shows: tables for people, one JSON document for programs, progress on standard error.

Tables and bars are drawn by `ums.cli.drawing`, which is loaded only where there may be one to draw: commands that
programs call, and all processes that serve, draw nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias

import click

from ums.domain.commands import Json

UNSEEN = dict.fromkeys(map(ord, "\a\b\v\f\r"))
"""Characters that move a terminal instead of showing anything; users' words may hold them."""
PLAIN_STEPS = 5
"""How many lines report the progress of one piece of work where there is no terminal."""


class Meter(Protocol):
    """Told how far a piece of work has come; `total` is None while nobody knows it."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


class Table(NamedTuple):
    """Rows below the names of their columns."""

    title: str | None
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


Picture: TypeAlias = str | Table
"""What a person is shown."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where one command writes. With `as_json` only the result reaches standard output, as JSON."""

    as_json: bool

    def result(self, document: Json, *pictures: Picture) -> None:
        """The outcome: `document` for programs, `pictures` for people."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        for picture in pictures:
            if isinstance(picture, str):
                click.echo(picture.translate(UNSEEN))
            else:
                _draw(picture)

    def say(self, text: str) -> None:
        """What is going on, for people only."""
        if not self.as_json:
            click.echo(text)

    def note(self, text: str) -> None:
        """Something to know on the way, on standard error."""
        click.echo(text, err=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Meter]:
        """Shows how a piece of work advances: a live bar on a terminal, else a few plain lines, or nothing."""
        from ums.cli.drawing import bar, has_terminal  # only here, for what it costs to load

        if has_terminal():
            with bar(title, _counted) as meter:
                yield meter
        elif self.as_json:
            yield _silent
        else:
            yield _PlainMeter(title)


def table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Picture:
    """A table, or a sentence where there is nothing to show. Numbers stand to the right."""
    return Table(title, columns, rows) if rows else f"{title or 'Result'}: nothing yet."


def facts(pairs: Mapping[str, str]) -> str:
    """Lines of `name  value`, the values below one another."""
    width = max(map(len, pairs), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in pairs.items())


def moment(seconds: float) -> str:
    """A time as people read it, in the zone of their terminal."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")


def _draw(picture: Table) -> None:
    from ums.cli.drawing import draw  # only here, for what it costs to load

    draw(picture.title, picture.columns, picture.rows)


@dataclass(slots=True)
class _PlainMeter:
    title: str
    said: int = field(default=-1)

    def __call__(self, done: int, total: int | None, /) -> None:
        step = math.floor(done * PLAIN_STEPS / total) if total else 0
        if step > self.said:
            self.said = step
            click.echo(f"{self.title}: {_counted(done, total)}", err=True)


def _counted(done: int, total: int | None) -> str:
    return f"{done:,}" if total is None else f"{done:,} of {total:,}"


def _silent(done: int, total: int | None, /) -> None:
    """Programs read the result alone."""
