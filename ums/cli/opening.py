"""Opening the gateway for one command: settings, tables, plugins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec

import click

from ums.cli.faults import told
from ums.cli.screen import Screen
from ums.cli.serving.whereabouts import as_served
from ums.clock import SystemClock
from ums.domain.errors import Conflict, Unavailable
from ums.logs import get_logger, set_up
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import schema
from ums.store.db import Database, open_database
from ums.store.faults import DATABASE_FAULTS, FILE_FAULTS
from ums.store.schema import SchemaState

P = ParamSpec("P")

log = get_logger(__name__)

HINTS = {
    SchemaState.BEHIND: (
        "was made by an older version of ums. Stop the gateway, copy the database, and run: ums db upgrade"
    ),
    SchemaState.AHEAD: (
        "was made by a newer version of ums, or is not a database of ums. "
        "Install that version, or name another database with UMS_DATABASE_URL or UMS_HOME."
    ),
}


def with_screen(command: Callable[Concatenate[Screen, P], None]) -> Callable[P, None]:
    """Gives a command its `--json` and its screen, and tells its faults."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")
    @wraps(command)
    def wrapped(*positional: P.args, **named: P.kwargs) -> None:
        as_json = bool(named.pop("as_json"))
        with told(as_json=as_json):
            command(Screen(as_json), *positional, **named)

    return wrapped


def make_ready(settings: Settings) -> bool:
    """Make the tables where the database is empty; whether they were made.

    Raises Conflict where they are another version's.
    """
    with opened_database(settings) as database:
        state = schema.state(database.engine)
        if state is SchemaState.EMPTY:
            schema.upgrade(database.engine)
            log.info("a new database was made", action="database_made", database=database.name)
        elif state in HINTS:
            raise Conflict(f"The database {HINTS[state]}")
        return state is SchemaState.EMPTY


@contextmanager
def opened_database(settings: Settings) -> Iterator[Database]:
    """The database alone, to look after its tables.

    Raises Unavailable where the file is none, is damaged, or can't be read or written.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = open_database(settings.database)
    try:
        _check_writable(database.path)
        yield database
    except DATABASE_FAULTS as error:
        raise Unavailable(
            f"The database {database.name} does not answer as it should: {getattr(error, 'orig', None) or error}."
        ) from error
    except FILE_FAULTS as error:
        raise Unavailable(
            f"The database {database.name} can't be used: {getattr(error, 'orig', error)}. "
            "Put back a copy of it, or name another one with UMS_HOME or UMS_DATABASE_URL."
        ) from error
    finally:
        database.close()


def _check_writable(path: str) -> None:
    if path and Path(path).exists() and not os.access(path, os.W_OK):
        raise Unavailable(f"The database {path} can't be written: see whose it is, and on what disk.")


@contextmanager
def opened_gateway(settings: Settings | None = None) -> Iterator[Gateway]:
    """The gateway of this installation, its tables made where there are none.

    Raises SettingsError, RegistryError, and Conflict where the tables are another version's.
    """
    known = as_served(settings or Settings.load())
    # what a command does it says itself; only what is wrong comes from the log, on standard error
    set_up(replace(known, log_level="warning") if known.log_level == "info" else known)
    if make_ready(known):
        click.echo(f"note: this is a new installation, made in {known.home} (UMS_HOME names another).", err=True)
    gateway = Gateway.open(known, Registry.load(), SystemClock())
    try:
        yield gateway
    finally:
        gateway.close()
