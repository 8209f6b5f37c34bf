"""What a command shows: tables for people, one JSON document for programs, progress on standard error."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from ums.domain.commands import Json

PLAIN_WIDTH = 160
"""Columns of a table that goes into a pipe or a file, where there is no terminal to ask."""
PLAIN_STEPS = 5
"""How many lines report the progress of one piece of work where there is no terminal."""


class Meter(Protocol):
    """Told how far a piece of work has come; `total` is None while nobody knows it."""

    def __call__(self, done: int, total: int | None, /) -> None: ...


@dataclass(frozen=True, slots=True)
class Screen:
    """Where one command writes. With `as_json` only the result reaches standard output, as JSON."""

    as_json: bool

    def result(self, document: Json, *pictures: RenderableType) -> None:
        """The outcome: `document` for programs, `pictures` for people."""
        if self.as_json:
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        for picture in pictures:
            _console().print(picture, soft_wrap=isinstance(picture, str))

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
        console = _console(stderr=True)
        if console.is_terminal:
            with _bar(console) as bar:
                yield _LiveMeter(bar, bar.add_task(title, total=None, counted=""))
        elif self.as_json:
            yield _silent
        else:
            yield _PlainMeter(title)


def table(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """A table, or a sentence where there is nothing to show. Numbers stand to the right."""
    if not rows:
        return f"{title or 'Result'}: nothing yet."
    drawn = Table(title=title, title_justify="left", title_style="bold")
    for index, name in enumerate(columns):
        numeric = all(row[index].replace(".", "", 1).isdecimal() for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def facts(pairs: Mapping[str, str]) -> str:
    """Lines of `name  value`, the values below one another."""
    width = max(map(len, pairs), default=0)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in pairs.items())


def moment(seconds: float) -> str:
    """A time as people read it, in the zone of their terminal."""
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")


def _console(*, stderr: bool = False) -> Console:
    """Words of users are shown as they are: no markup, no emoji codes, no colouring of what looks like code."""
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[counted]}", markup=False),
        TimeElapsedColumn(),
        console=console,
    )


@dataclass(slots=True)
class _LiveMeter:
    bar: Progress
    task: TaskID

    def __call__(self, done: int, total: int | None, /) -> None:
        self.bar.update(self.task, completed=done, total=total, counted=_counted(done, total))


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
