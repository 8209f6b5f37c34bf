"""The built-in web server: waitress on one socket, answering in the gateway's own shape where it must refuse
a request before the application sees it, and ending without cutting answers off."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from copy import copy
from typing import cast

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.wasyncore import close_all, loop

from ums.api.form import largest_form
from ums.domain.errors import InvalidRequest, Problem, ServerFault, TooLarge
from ums.settings import EVERY_ADDRESS, Settings

BODY_SLACK = 64 * 1024
"""Above the application's limits, so that it is the application that refuses a body which is a little too large."""
IDLE_SECONDS = 30.0
DRAIN_SECONDS = 0.1
MATERIALS = "/v1/material"
MOST_CONNECTIONS = 500
"""Connections that are kept open; above it the longest idle are closed, so that idle ones shut nobody out."""
BUSY_BEYOND = 100
"""Connections above that, all with a request under way, before new ones must wait at the door."""
SILENT_SECONDS = 60
"""How long a connection may be silent, between two requests or within one."""
PROBLEMS: Mapping[int, Problem] = {
    400: InvalidRequest("The request is not HTTP as the server understands it."),
    413: TooLarge("The body is larger than the server takes."),
    431: TooLarge("The request's headers are larger than the server takes."),
    501: InvalidRequest("The Transfer-Encoding is not one the server knows; use chunked, or Content-Length."),
}

SERVER_FAULT = ServerFault("Something went wrong here; the log says what.")


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
        self._server = _Server(
            app,
            map=self._map,
            _sock=listener,
            adj=_limits(listener, settings, connections),
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        )
        self._server.register = self._sockets

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
        self._server.task_dispatcher.shutdown(timeout=1)
        close_all(self._map, ignore_all=True)

    @property
    def _map(self) -> dict[int, socket.socket]:
        """waitress's register of everything it polls; its published type says that all of them are sockets."""
        return cast("dict[int, socket.socket]", self._sockets)

    def _turn(self, seconds: float) -> None:
        loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _is_busy(self) -> bool:
        """Whether a request is being answered, or an answer is still on its way out."""
        return any(
            item.requests or item.total_outbufs_len
            for item in self._sockets.values()
            if isinstance(item, HTTPChannel)
        )


class _Limits(Adjustments):
    """The server's limits, and that of the one path that takes larger bodies than the others."""

    largest_upload: int


def _limits(listener: socket.socket, settings: Settings, connections: int) -> _Limits:
    limits = _Limits(
        sockets=[listener],
        connection_limit=connections + BUSY_BEYOND,
        channel_timeout=SILENT_SECONDS,
        cleanup_interval=SILENT_SECONDS // 4,
        threads=settings.web_threads,
        max_request_body_size=settings.max_body_bytes + BODY_SLACK,
        ident="ums",
        # the application itself knows whose X-Forwarded-… headers it believes
        clear_untrusted_proxy_headers=False,
    )
    limits.largest_upload = largest_form(settings.max_material_bytes) + BODY_SLACK
    return limits


class _Refusal(ErrorTask):
    """What waitress itself must refuse, said as the gateway says it."""

    def execute(self) -> None:
        error = cast("HTTPRequestParser", self.request).error
        status = error.code if error else 500
        problem = PROBLEMS.get(status, SERVER_FAULT)
        body = json.dumps({"code": problem.code, "message": problem.message}).encode()
        self.status = f"{status} {error.reason if error else 'Internal Server Error'}"
        self.response_headers = [("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Parser(HTTPRequestParser):
    """Knows by a request's first line how large its body may be."""

    path: str

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.path == MATERIALS and isinstance(self.adj, _Limits):
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = self.adj.largest_upload


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _Refusal


class _Server(TcpWSGIServer):
    channel_class = _Channel
    register: Mapping[int, object]
    """Everything that is polled."""

    def readable(self) -> bool:
        """Asked before each turn: whether to let more in. Whoever has been idle longest makes room."""
        if len(self.register) >= self.adj.connection_limit - BUSY_BEYOND:
            longest = min(self._idle(), key=lambda channel: channel.last_activity, default=None)
            if longest is not None:
                longest.will_close = True
        return super().readable()

    def _idle(self) -> Iterator[HTTPChannel]:
        """The connections without a request under way or an answer on its way out."""
        for item in self.register.values():
            if isinstance(item, HTTPChannel) and not (item.requests or item.total_outbufs_len or item.will_close):
                yield item

    def leave_the_door(self) -> None:
        """Close the listening socket, so that new connections are refused; those there are go on."""
        self.accepting = False
        self.del_channel()
        if self.socket is not None:
            self.socket.close()
