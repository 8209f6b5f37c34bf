"""waitress, fitted to the gateway: its limits, its refusals in the gateway's own shape, and who is let in when."""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from copy import copy
from http import HTTPStatus
from typing import Any, cast

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, Task, ThreadedTaskDispatcher, WSGITask

from ums.api.form import largest_form
from ums.domain.errors import InvalidRequest, Problem, ServerFault, TooLarge
from ums.settings import Settings

BODY_SLACK = 64 * 1024
"""Above the application's limits, so that it is the application that refuses a body which is a little too large."""
MATERIALS = "/v1/material"
FOR_PROVIDERS = "/hooks/"
FOR_PEOPLE = re.compile(r"/bind/|/v1/bind/[^/]*/[^/]*/")
"""Doors that need no credentials, behind which a provider is asked who somebody is."""
BUSY_BEYOND = 100
"""Connections above those kept open, all with a request under way, before new ones must wait at the door."""
SILENT_SECONDS = 60
"""How long a connection may be silent, between two requests or within one."""
SMALL = 16 * 1024
"""Bytes of a body that are copied to be sent together with the answer's head."""
COURTESY_SECONDS = 0.001
"""How long a process leaves a new connection to the others, for each that it has already."""
MOST_COURTESY_SECONDS = 0.005
LARGEST_PORTION = 32
"""Connections let in between two looks at those there are."""
PROBLEMS: Mapping[int, Problem] = {
    400: InvalidRequest("The request is not HTTP as the server understands it."),
    431: TooLarge("The request's headers are larger than the server takes."),
    501: InvalidRequest("The Transfer-Encoding is not one the server knows; use chunked, or Content-Length."),
}

SERVER_FAULT = ServerFault("Something went wrong here; the log says what.")


class Limits(Adjustments):
    """The server's limits, and that of the one path that takes larger bodies than the others."""

    largest_upload: int
    has_siblings: bool
    """Whether other processes take connections from the same socket."""


def limits(listener: socket.socket, settings: Settings, connections: int) -> Limits:
    """What a server on `listener` may take, with `connections` kept open."""
    made = Limits(
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
    made.largest_upload = largest_form(settings.max_material_bytes) + BODY_SLACK
    made.has_siblings = settings.web_processes > 1
    return made


class _Answer(WSGITask):
    """The application's answer; a small one leaves in one piece, its head with its body."""

    def write(self, data: bytes) -> None:
        if self.wrote_header or not self._is_small(data):
            super().write(data)
            return
        head = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written += len(data)
        self.channel.write_soon(head + data)

    def _is_small(self, data: bytes) -> bool:
        """Whether it is a part of a body whose length is known."""
        whole = self.content_length
        return self.complete and self.has_body and whole is not None and len(data) <= min(whole, SMALL)


class _Refusal(ErrorTask):
    """What waitress itself must refuse, said as the gateway says it."""

    def execute(self) -> None:
        error = cast("HTTPRequestParser", self.request).error
        status = error.code if error else 500
        problem = self._problem(status)
        body = json.dumps({"code": problem.code, "message": problem.message}).encode()
        self.status = f"{status} {error.reason if error else 'Internal Server Error'}"
        self.response_headers = [
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", secrets.token_hex(8)),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)

    def _problem(self, status: int) -> Problem:
        if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            limit = cast("HTTPRequestParser", self.request).adj.max_request_body_size - BODY_SLACK
            return TooLarge(f"The body is larger than the {limit} bytes that are taken here.")
        return PROBLEMS.get(status, SERVER_FAULT)


class _Parser(HTTPRequestParser):
    """Knows by a request's first line how large its body may be."""

    path: str

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.path == MATERIALS and isinstance(self.adj, Limits):
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = self.adj.largest_upload


class _Channel(HTTPChannel):
    parser_class = _Parser
    task_class = _Answer
    error_task_class = _Refusal

    def writable(self) -> bool:
        """Whether the polling thread has something to send; a request's own thread sends its answer itself.

        Asked to help with that, the polling thread would turn in circles, and keep the other from the interpreter.
        """
        if self.requests and not (self.will_close or self.close_when_flushed):
            return bool(self.total_outbufs_len > self.adj.outbuf_high_watermark)
        return bool(super().writable())


class Server(TcpWSGIServer):
    """The server of one listening socket, which other processes may listen on as well.

    What providers push is answered by threads of its own, as many as the others are: a platform waits for seconds
    and then gives up, and must not stand in line behind callers who wait for a database that is busy. So are people
    who are being bound: anybody can have a provider asked who he is, and while that is slow nobody else must wait.
    """

    channel_class = _Channel
    register: Mapping[int, object]
    """Everything that is polled."""
    _courteous_until = 0.0

    def __init__(self, application: Flask, **given: Any) -> None:
        super().__init__(application, **given)
        self._for_providers, self._for_people = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        for threads in (self._for_providers, self._for_people):
            threads.set_thread_count(self.adj.threads)

    def add_task(self, task: Task) -> None:
        """Have a connection's next request answered."""
        # it is the connection that comes, whatever the published types say
        path = str(getattr(cast("HTTPChannel", task).requests[0], "path", ""))
        self._threads(path).add_task(task)

    def _threads(self, path: str) -> ThreadedTaskDispatcher:
        if path.startswith(FOR_PROVIDERS):
            return self._for_providers
        return self._for_people if FOR_PEOPLE.match(path) else self.task_dispatcher

    def end_threads(self) -> None:
        """End the threads that answer; what still waits for one is dropped."""
        for threads in (self.task_dispatcher, self._for_providers, self._for_people):
            threads.shutdown(timeout=1)

    def readable(self) -> bool:
        """Asked before each turn: whether to let more in. Whoever has been idle longest makes room."""
        if len(self.register) >= self.adj.connection_limit - BUSY_BEYOND:
            longest = min(self._idle(), key=lambda channel: channel.last_activity, default=None)
            if longest is not None:
                longest.will_close = True
        return super().readable() and not self.courtesy()

    def courtesy(self) -> float:
        """Seconds for which a new connection is still left to other processes."""
        return max(0.0, self._courteous_until - time.monotonic())

    def handle_accept(self) -> None:
        """Let in who waits, after those processes could that have fewer connections."""
        has = self._connections()
        if not self._has_waited():
            wait = min(has * COURTESY_SECONDS, MOST_COURTESY_SECONDS)
            self._courteous_until = time.monotonic() + wait
            if wait:
                return
        self._courteous_until = 0.0
        for _ in range(self._portion(has)):
            before = len(self.register)
            super().handle_accept()
            if len(self.register) == before:
                return

    def _portion(self, has: int) -> int:
        """How many to let in at once: as many as there are, so that bursts are shared and crowds aren't slowed."""
        return min(max(has, 1), LARGEST_PORTION) if self._has_siblings() else 1

    def _has_waited(self) -> bool:
        """Whether it is alone, or has just been courteous."""
        return not self._has_siblings() or 0 <= time.monotonic() - self._courteous_until < MOST_COURTESY_SECONDS

    def _has_siblings(self) -> bool:
        return isinstance(self.adj, Limits) and self.adj.has_siblings

    def _connections(self) -> int:
        return sum(isinstance(item, HTTPChannel) for item in self.register.values())

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
