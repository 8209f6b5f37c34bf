"""The built-in web server: waitress on one socket, answering in the gateway's own shape where it must refuse
a request before the application sees it, and ending without cutting answers off."""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
from contextlib import suppress
from typing import cast

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.wasyncore import close_all, loop

from ums.cli.serving.server import Server, limits
from ums.settings import EVERY_ADDRESS, Settings

IDLE_SECONDS = 30.0
DRAIN_SECONDS = 0.1
ANSWERING = "waitress-"
"""How the names of waitress's threads begin."""
MOST_CONNECTIONS = 500
"""Connections that are kept open; above it the longest idle are closed, so that idle ones shut nobody out."""


def listening(host: str, port: int) -> socket.socket:
    """A listening socket on one address of this machine. Raises OSError where it can't be had."""
    bare = host.strip("[]")
    family, *_ = socket.getaddrinfo(bare or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    dual = family is socket.AF_INET6 and bare in EVERY_ADDRESS and socket.has_dualstack_ipv6()
    return socket.create_server((bare, port), family=family, backlog=1024, dualstack_ipv6=dual)


class Web:
    """Serves `app` on a listening socket from the thread that calls `run`, until `stop` is called."""

    def __init__(
        self, app: Flask, listener: socket.socket, settings: Settings, *, connections: int = MOST_CONNECTIONS
    ) -> None:
        self._sockets: dict[int, object] = {}
        self._grace_seconds = settings.grace_seconds
        # its warnings say only that requests wait for a thread, which is what the queue is for
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._stopping = False
        self._server = Server(
            app,
            map=self._map,
            _sock=listener,
            adj=limits(listener, settings, connections),
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        )
        self._server.register = self._sockets

    def stay_on(self, place: int) -> None:
        """Keep the thread that calls, and those that answer, on one of the processors allowed, counted round.

        They share one interpreter, and what one of them has just used is at hand for the next on the same processor
        alone. Threads that start other processes are left where they like to be.
        """
        if not hasattr(os, "sched_setaffinity"):
            return
        allowed = sorted(os.sched_getaffinity(0))
        mine = {allowed[place % len(allowed)]}
        answering = (thread.native_id for thread in threading.enumerate() if thread.name.startswith(ANSWERING))
        for native_id in (0, *filter(None, answering)):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(native_id, mine)

    def stop(self) -> None:
        """Have `run` return; may be called from a signal handler, and twice."""
        if not self._stopping:
            self._stopping = True
            self._server.pull_trigger()

    def run(self) -> None:
        """Answer requests until stopped; then the door is closed, and what is under way waits for `finish`."""
        while not self._stopping:
            self._turn(IDLE_SECONDS)
        self._server.leave_the_door()

    def finish(self) -> None:
        """Finish the requests under way within the grace time, and cut off those that take longer."""
        give_up = time.monotonic() + self._grace_seconds
        while self._is_busy() and time.monotonic() < give_up:
            self._turn(DRAIN_SECONDS)
        self._server.end_threads()
        close_all(self._map, ignore_all=True)

    @property
    def _map(self) -> dict[int, socket.socket]:
        """waitress's register of everything it polls; its published type says that all of them are sockets."""
        return cast("dict[int, socket.socket]", self._sockets)

    def _turn(self, seconds: float) -> None:
        courtesy = self._server.courtesy()
        # polling counts in milliseconds
        timeout = min(seconds, math.ceil(courtesy * 1000) / 1000) if courtesy else seconds
        loop(timeout=timeout, use_poll=True, map=self._map, count=1)

    def _is_busy(self) -> bool:
        """Whether a request is being answered, or an answer is still on its way out."""
        return any(
            item.requests or item.total_outbufs_len
            for item in self._sockets.values()
            if isinstance(item, HTTPChannel)
        )
