"""Lean mode: what it answers, what it counts, and that it is HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO
from urllib.parse import urlsplit

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.inprocess import running
from sandbox.options import Options
from tests.sandbox.letters import MP_TEMPLATE, MP_VALUES, SUBSCRIBE, WAYS, Way

LATENCY = 0.05


@pytest.fixture(scope="module")
def lean_url() -> Iterator[str]:
    with running(Options(lean=True, latency_ms=LATENCY * 1000)) as url:
        yield url


@pytest.fixture
def lean(lean_url: str) -> Iterator[SandboxClient]:
    """A lean sandbox that has counted nothing."""
    with SandboxClient(lean_url) as client:
        client.control("DELETE", "calls")
        yield client


def test_it_tells_when_the_first_message_came_for_those_who_are_watched(lean: SandboxClient) -> None:
    before = time.time()
    for openid in ("oWATCHED-1", "o-other"):
        send(lean, openid, lean.token("wx1"))
    told = lean.control("GET", "calls/arrivals").json()["arrivals"]
    assert list(told) == ["oWATCHED-1"]
    assert before <= told["oWATCHED-1"] <= time.time()


def send(lean: SandboxClient, openid: str, token: str, way: Way = SUBSCRIBE) -> dict[str, object]:
    answer = lean.send(way.path, token, openid, way.template_id, way.values).json()
    assert isinstance(answer, dict)
    return answer


def count(lean: SandboxClient, **query: str) -> dict[str, object]:
    found = lean.control("GET", "calls/count", **query).json()
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.path)
def test_every_way_to_send_is_taken_with_the_token_it_gives(lean: SandboxClient, way: Way) -> None:
    first, second = (send(lean, openid, lean.token("wx1"), way) for openid in ("o1", "o2"))
    assert (first["errcode"], second["errcode"]) == (0, 0)
    assert first["msgid"] != second["msgid"]


def test_it_counts_calls_messages_and_openids(lean: SandboxClient) -> None:
    token = lean.token("wx1")
    for openid in ("o1", "o2", "o1"):
        send(lean, openid, token)
    assert count(lean) == {"count": 4, "sent": 3, "openids": 2, "groups": {}, "forgotten": 0}
    assert count(lean, path=SUBSCRIBE.path)["count"] == 3
    assert count(lean, group="openid")["groups"] == {"o1": 2, "o2": 1}
    assert count(lean, group="path")["groups"] == {paths.STABLE: 1, SUBSCRIBE.path: 3}
    assert count(lean, group="errcode")["groups"] == {"0": 4}


def test_it_forgets_what_it_counted(lean: SandboxClient) -> None:
    send(lean, "o1", lean.token("wx1"))
    assert lean.control("DELETE", "calls").json() == {"removed": 2}
    assert count(lean) == {"count": 0, "sent": 0, "openids": 0, "groups": {}, "forgotten": 0}


@pytest.mark.parametrize(
    ("body", "errcode"),
    [(b"", 44002), (b"{", 47001), (b"[]", 47001), (b"{}", 40003), (b'{"touser":7}', 40003)],
)
def test_a_body_that_names_nobody_is_no_message(lean: SandboxClient, body: bytes, errcode: int) -> None:
    assert lean.post_raw(SUBSCRIBE.path, body, lean.token("wx1")).json()["errcode"] == errcode
    assert (count(lean)["sent"], count(lean)["openids"]) == (0, 0)
    assert count(lean, group="errcode")["groups"] == {"0": 1, str(errcode): 1}


@pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("another", 40001)])
def test_a_send_needs_the_token(lean: SandboxClient, token: str, errcode: int) -> None:
    assert send(lean, "o1", token)["errcode"] == errcode
    assert count(lean)["sent"] == 0


def test_two_calls_for_one_openid_at_once_are_refused(lean_url: str, lean: SandboxClient) -> None:
    token = lean.token("wx1")
    answers: list[int] = []

    def ask() -> None:
        with SandboxClient(lean_url) as client:
            answers.append(int(str(send(client, "o1", token)["errcode"])))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 43108]
    assert send(lean, "o1", token)["errcode"] == 0


def test_an_answer_takes_as_long_as_it_is_told_to(lean: SandboxClient) -> None:
    token = lean.token("wx1")
    start = time.monotonic()
    send(lean, "o1", token)
    assert time.monotonic() - start >= LATENCY


def test_what_lean_mode_has_not_is_said(lean: SandboxClient) -> None:
    for method, path in (("GET", paths.USER_INFO), ("GET", "/_sandbox/users"), ("DELETE", "/")):
        refused = lean.ask(method, path)
        assert refused.status_code == 404
        assert f"lean mode knows no {method} {path}" in refused.json()["error"]
    wrong = lean.ask("GET", "/_sandbox/calls/count", None, {"since": 1})
    assert wrong.status_code == 400
    assert "lean mode" in wrong.json()["error"]


COUNT = b"GET /_sandbox/calls/count HTTP/1.1\r\n\r\n"


class Wire:
    """A connection on which whatever is sent arrives as it is."""

    def __init__(self, connected: socket.socket, file: IO[bytes]) -> None:
        self._socket, self._file = connected, file

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, object]]:
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.partition(b": ")
            length = int(value) if name == b"Content-Length" else length
        return status, json.loads(self._file.read(length))

    def is_closed(self) -> bool:
        return self._file.read(1) == b""


@contextmanager
def wired(url: str) -> Iterator[Wire]:
    address = urlsplit(url)
    with (
        socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connected,
        connected.makefile("rb") as file,
    ):
        yield Wire(connected, file)


def test_calls_may_come_in_pieces_and_several_at_once(lean_url: str, lean: SandboxClient) -> None:
    body = json.dumps({"touser": "o1", "template_id": MP_TEMPLATE, "data": MP_VALUES}).encode()
    query = f"?access_token={lean.token('wx1')}"
    call = (
        f"POST {SUBSCRIBE.path}{query} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    )
    other = call.replace(b'"o1"', b'"o2"')
    with wired(lean_url) as wire:
        for byte in range(0, len(call), 7):
            wire.send(call[byte : byte + 7])
        assert wire.answer()[1]["errcode"] == 0
        wire.send(call + other)
        assert [wire.answer()[1]["errcode"] for _ in range(2)] == [0, 0]
    assert count(lean, group="openid")["groups"] == {"o1": 2, "o2": 1}


@pytest.mark.parametrize(
    "request_",
    [
        b"rubbish\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"x" * 20_000,
    ],
    ids=lambda request_: request_[:40].decode(),
)
def test_what_it_can_not_read_is_refused_and_the_connection_closed(lean_url: str, request_: bytes) -> None:
    with wired(lean_url) as wire:
        wire.send(request_)
        status, said = wire.answer()
        assert status == 400
        assert "error" in said
        assert wire.is_closed()


def test_a_connection_is_closed_where_the_caller_asks_for_it(lean_url: str) -> None:
    with wired(lean_url) as wire:
        wire.send(b"GET /_sandbox/calls/count HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert wire.answer()[0] == 200
        assert wire.is_closed()


def test_who_still_waits_when_it_ends_is_cut_off() -> None:
    with ExitStack() as stack:
        with running(Options(lean=True, latency_ms=300)) as url:
            waiting, idle = (stack.enter_context(wired(url)) for _ in range(2))
            for wire in (waiting, idle):
                wire.send(COUNT)
                assert wire.answer()[0] == 200
            waiting.send(COUNT)
        assert waiting.is_closed()
        assert idle.is_closed()
