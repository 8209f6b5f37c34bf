"""`ums serve` and `ums web`."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

import click

from ums.api.context import current_gateway
from ums.app import create_app
from ums.cli.children import DIE_WITH_PARENT, follow_parent
from ums.cli.opening import make_ready, with_screen
from ums.cli.screen import Screen
from ums.cli.serving.companion import Companion
from ums.cli.serving.options import (
    LISTENER,
    OWN,
    PLACE,
    PUBLISHES,
    engine_option,
    host_option,
    listener_option,
    parent_option,
    place_option,
    port_option,
    with_engine,
)
from ums.cli.serving.web import Web, listening
from ums.cli.serving.whereabouts import noted
from ums.clock import SystemClock
from ums.collecting import collect_seldom
from ums.domain.errors import Unavailable
from ums.logs import get_logger, set_up
from ums.registry import Registry
from ums.services import installation_key
from ums.settings import CELERY, Settings, environment
from ums.store import sqlite_version

log = get_logger(__name__)


@click.command()
@host_option
@port_option
@click.option("--senders", type=click.IntRange(1, 64), help="How many processes send; else the setting `senders`.")
@engine_option
@parent_option
@with_screen
def serve(
    screen: Screen, host: str | None, port: int | None, senders: int | None, engine: str | None, follows: bool
) -> None:
    """Run the gateway: API, console and sending, until Ctrl-C or SIGTERM.

    On an empty database the tables are made first. The sending side runs in child processes (the setting
    `senders`) that are started anew should they die, and so do further web processes (`web_processes`).
    With --engine celery no calls are made here: `ums worker`s make them, on this machine or others.
    With --json one line {"url", "console", "pid"} says that it is ready.

    \b
    Examples:
      ums serve
      ums serve --host 0.0.0.0 --port 8080
      ums serve --senders 4
      ums serve --engine celery
    """
    wanted = _wanted(host, port, follows=follows, engine=engine)
    wanted = dataclasses.replace(wanted, senders=senders or wanted.senders)
    with _listener(wanted) as listener:
        _serve(screen, wanted, listener, sends=True)


@click.command()
@host_option
@port_option
@listener_option
@place_option
@parent_option
@with_screen
def web(
    screen: Screen, host: str | None, port: int | None, listener_file: int | None, place: int, follows: bool
) -> None:
    """Run API and console alone; `ums worker` does the sending.

    \b
    Example:
      ums web --port 8080
    """
    wanted = _wanted(host, port, follows=follows)
    if listener_file is not None:
        with socket.socket(fileno=listener_file) as listener:
            _answer(wanted, listener, place)
        return
    with _listener(wanted) as listener:
        _serve(screen, wanted, listener, sends=False)


def _wanted(host: str | None, port: int | None, *, follows: bool, engine: str | None = None) -> Settings:
    """The settings with what the command line says, and the tables made ready."""
    loaded = with_engine(Settings.load(), engine)
    wanted = dataclasses.replace(loaded, host=host or loaded.host, port=loaded.port if port is None else port)
    set_up(wanted)
    if follows:
        follow_parent(wanted.grace_seconds)
    make_ready(wanted)
    return wanted


def _serve(screen: Screen, wanted: Settings, listener: socket.socket, *, sends: bool) -> None:
    """Run the first web process, with the others of the gateway beside it."""
    settings = dataclasses.replace(wanted, port=listener.getsockname()[1])
    with _served(settings, listener) as server:
        old_sqlite = sqlite_version.warning(settings.database)
        if old_sqlite:
            log.warning(old_sqlite, action="old_sqlite")
        with noted(settings), ExitStack() as stack:
            companions = [stack.enter_context(one) for one in _companions(settings, listener, sends=sends)]
            _announce(screen, settings)
            _stay(server, settings, 0)
            server.run()
            for companion in companions:
                companion.begin_stop()
            server.finish()


def _answer(settings: Settings, listener: socket.socket, place: int) -> None:
    """Answer on another process's listening socket, as one web process of several."""
    with _served(settings, listener) as server:
        _stay(server, settings, place)
        server.run()
        server.finish()


def _stay(server: Web, settings: Settings, place: int) -> None:
    """Several web processes each stay on a processor of their own; a single one goes where there is room."""
    if settings.web_processes > 1:
        server.stay_on(place)


@contextmanager
def _served(settings: Settings, listener: socket.socket) -> Iterator[Web]:
    """The application behind the web server, stopped by signals; its gateway is closed at the end."""
    app = create_app(settings, Registry.load(), SystemClock())
    with app.app_context():
        gateway = current_gateway()
    installation_key.check(gateway)
    server = Web(app, listener, settings)
    _stop_on_signals(server)
    collect_seldom()
    yield server
    gateway.close()


def _listener(settings: Settings) -> socket.socket:
    try:
        return listening(settings.host, settings.port)
    except OSError as error:
        # the error's own text names the address once more; look-ups that fail have negative numbers
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        raise Unavailable(
            f"{settings.host}:{settings.port} can't be listened on: {why}. "
            "Choose another address with --host and --port, or end what uses this one."
        ) from error


def _stop_on_signals(server: Web) -> None:
    """The first signal stops gracefully, a second one of the same kind at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        server.stop()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)


def _companions(settings: Settings, listener: socket.socket, *, sends: bool) -> Iterator[Companion]:
    """The other processes: the sending side, and further web processes on the same socket."""
    environ = environment({"host": settings.host, "port": str(settings.port)})
    for words in _sending_side(settings) if sends else ():
        sends_here = (*OWN, "worker", "--engine", settings.engine, *words, DIE_WITH_PARENT)
        yield Companion(sends_here, environ, settings.grace_seconds)
    file = listener.fileno()
    for place in range(1, settings.web_processes):
        answers = (*OWN, "web", LISTENER, str(file), PLACE, str(place), DIE_WITH_PARENT)
        yield Companion(answers, environ, settings.grace_seconds, role="web", files=(file,))


def _sending_side(settings: Settings) -> Iterator[tuple[str, ...]]:
    """What the processes are told that send, or, where others make the calls, the one that publishes."""
    if settings.engine == CELERY:
        yield (PUBLISHES,)
        return
    for place in range(settings.senders):
        yield PLACE, str(place)


def _announce(screen: Screen, settings: Settings) -> None:
    console = f"{settings.address}/console/"
    screen.result(
        {"url": settings.address, "console": console, "pid": os.getpid()},
        f"The gateway listens on {settings.address} (console: {console}). Ctrl-C ends it.",
    )
