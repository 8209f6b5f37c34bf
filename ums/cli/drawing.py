"""Tables and live bars on a terminal, by `rich`, which takes longer to load than most commands take to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

PLAIN_WIDTH = 160
"""Columns of a table that goes into a pipe or a file, where there is no terminal to ask."""


def draw(title: str | None, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table. Numbers stand to the right."""
    drawn = Table(title=title, title_justify="left", title_style="bold")
    for index, name in enumerate(columns):
        numeric = all(row[index].replace(".", "", 1).isdecimal() for row in rows)
        drawn.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    _console().print(drawn)


def has_terminal() -> bool:
    """Whether a bar can live on standard error."""
    return _console(stderr=True).is_terminal


@contextmanager
def bar(title: str, counted: Callable[[int, int | None], str]) -> Iterator[Callable[[int, int | None], None]]:
    """A live bar on standard error, to be told how far the work has come; `counted` says it in words."""
    with _progress() as drawn:
        task = drawn.add_task(title, total=None, counted="")

        def told(done: int, total: int | None, /) -> None:
            drawn.update(task, completed=done, total=total, counted=counted(done, total))

        yield told


def _console(*, stderr: bool = False) -> Console:
    """Words of users are shown as they are: no markup, no emoji codes, no colouring of what looks like code."""
    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[counted]}", markup=False),
        TimeElapsedColumn(),
        console=_console(stderr=True),
    )
