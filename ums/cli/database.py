"""`ums db`: the tables and their revision."""

from __future__ import annotations

import sys

import click

from ums.cli.faults import REFUSED
from ums.cli.opening import HINTS, opened_database, with_screen
from ums.cli.screen import Screen
from ums.settings import Settings
from ums.store import schema
from ums.store.schema import SchemaState


@click.group()
def db() -> None:
    """The database: bring its tables up to this version, or see how they stand."""


@db.command()
@with_screen
def upgrade(screen: Screen) -> None:
    """Bring the tables up to this version. Copy the database first; safe to run twice.

    \b
    Example:
      ums db upgrade
    """
    with opened_database(Settings.load()) as database:
        before = schema.state(database.engine)
        if before in {SchemaState.EMPTY, SchemaState.BEHIND}:
            schema.upgrade(database.engine)
        after = schema.state(database.engine)
    _show(screen, after, changed=before is not after)


@db.command()
@with_screen
def check(screen: Screen) -> None:
    """Say whether the tables fit this version; the exit status is 1 where they don't.

    \b
    Example:
      ums db check
    """
    with opened_database(Settings.load()) as database:
        state = schema.state(database.engine)
    _show(screen, state, changed=False)


def _show(screen: Screen, state: SchemaState, *, changed: bool) -> None:
    sentences = {
        SchemaState.CURRENT: "The tables are up to date.",
        SchemaState.EMPTY: "The database is empty. `ums db upgrade`, or any other command, makes the tables.",
        **{state: f"The database {hint}" for state, hint in HINTS.items()},
    }
    screen.result({"state": state.value, "changed": changed}, sentences[state])
    if state in HINTS:
        sys.exit(REFUSED)
