"""The built-in web server, on a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from flask import Flask, request

from tests.cli.waiting import eventually
from ums.cli.serving.server import BODY_SLACK
from ums.cli.serving.web import Web, listening
from ums.settings import Settings

LIMIT = 1024


class Slow:
    """A request that waits inside the application until it may go on."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.threads: set[str] = set()
        """Those that wait."""


@contextmanager
def serving(app: Flask, connections: int = 100) -> Iterator[tuple[str, Web, threading.Thread]]:
    with listening("127.0.0.1", 0) as listener:
        web = Web(app, listener, Settings(max_body_bytes=LIMIT, web_threads=4), connections=connections)
        thread = threading.Thread(target=_run, args=(web,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", web, thread
        finally:
            web.stop()
            thread.join()


def _run(web: Web) -> None:
    web.run()
    web.finish()


def turns_away(url: str) -> bool:
    try:
        requests.post(f"{url}/size", data=b"x", timeout=10)
    except requests.ConnectionError:
        return True
    return False


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def app(slow: Slow) -> Flask:
    made = Flask("tiny")

    @made.post("/size")
    def size() -> str:
        return str(len(request.get_data()))

    @made.get("/slow")
    def wait() -> str:
        slow.threads.add(threading.current_thread().name)
        slow.begun.set()
        slow.may_end.wait(30)
        return "at last"

    @made.post("/hooks/account")
    def push() -> str:
        return "success"

    made.add_url_rule("/bind/oa1", view_func=wait)
    made.add_url_rule("/v1/bind/wechatmp/mp1/login", view_func=wait)

    @made.get("/broken")
    def broken() -> str:
        raise ValueError("of no interest to the caller")

    return made


def test_a_body_beyond_all_measure_is_refused_in_the_gateways_own_shape(app: Flask) -> None:
    with serving(app) as (url, _, _thread):
        reply = requests.post(f"{url}/size", data=b"x" * (LIMIT + BODY_SLACK + 1), timeout=10)
    assert reply.status_code == 413
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.json() == {
        "code": 4130,
        "message": f"The body is larger than the {LIMIT} bytes that are taken here.",
    }
    assert reply.headers["X-Request-Id"]
    assert reply.headers["Cache-Control"] == "no-store"


def test_a_body_a_little_too_large_reaches_the_application(app: Flask) -> None:
    with serving(app) as (url, _, _thread):
        assert requests.post(f"{url}/size", data=b"x" * (LIMIT + 1), timeout=10).text == str(LIMIT + 1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"BLAH\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: rot13\r\n\r\n", 501),
    ],
)
def test_what_is_not_http_as_we_know_it_is_refused_as_json(app: Flask, sent: bytes, status: int) -> None:
    with (
        serving(app) as (url, _, _thread),
        socket.create_connection(("127.0.0.1", int(url.rsplit(":")[-1]))) as wire,
    ):
        wire.settimeout(10)
        wire.sendall(sent)
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    head, body = answer.split(b"\r\n\r\n", 1)
    assert head.split()[1] == str(status).encode()
    assert json.loads(body)["code"] in (4004, 4130)


def test_idle_connections_make_room_for_whoever_has_something_to_ask(app: Flask) -> None:
    with serving(app, connections=10) as (url, _, _thread):
        address = ("127.0.0.1", int(url.rsplit(":")[-1]))
        idle = [socket.create_connection(address, timeout=10) for _ in range(200)]
        half = idle[-1]
        half.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n")
        assert requests.post(f"{url}/size", data=b"abc", timeout=10).text == "3"
        assert idle[0].recv(1) == b""
        half.sendall(b"x")
        assert half.recv(12) == b"HTTP/1.1 200"
        for connection in idle:
            connection.close()


def test_a_request_under_way_is_finished_while_new_ones_are_turned_away(app: Flask, slow: Slow) -> None:
    with serving(app) as (url, web, thread), ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(requests.get, f"{url}/slow", timeout=30)
        slow.begun.wait(30)
        web.stop()
        eventually(lambda: turns_away(url))
        slow.may_end.set()
        assert under_way.result(30).text == "at last"
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("busy", "other"),
    [
        pytest.param("/slow", "/hooks/account", id="a provider"),
        pytest.param("/bind/oa1", "/size", id="callers, while people wait for a provider to say who they are"),
        pytest.param("/v1/bind/wechatmp/mp1/login", "/size", id="callers, while people log in inside an app"),
        pytest.param("/v1/bind/%77echatmp/mp1/login", "/size", id="callers, whatever that path is written like"),
    ],
)
def test_some_are_answered_while_all_threads_of_the_others_are_busy(
    app: Flask, slow: Slow, busy: str, other: str
) -> None:
    with serving(app) as (url, _, _thread), ThreadPoolExecutor(6) as pool:
        under_way = [pool.submit(requests.get, f"{url}{busy}", timeout=30) for _ in range(6)]
        eventually(lambda: len(slow.threads) == 4)
        assert requests.post(f"{url}{other}", data=b"x", timeout=10).ok
        assert not any(one.done() for one in under_way)
        slow.may_end.set()
        assert [one.result(30).text for one in under_way] == ["at last"] * 6


def test_an_address_that_is_taken_can_not_be_listened_on() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])


def test_every_address_can_be_listened_on() -> None:
    with listening("::", 0) as both:
        port = both.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
        socket.create_connection(("::1", port), timeout=10).close()
        assert port > 0


def test_processes_on_one_socket_share_the_connections() -> None:
    def named(name: str) -> Flask:
        app = Flask(name)
        app.add_url_rule("/", view_func=lambda: name)
        return app

    with listening("127.0.0.1", 0) as listener:
        settings = Settings(web_threads=1, web_processes=2)
        webs = [Web(named(name), listener.dup(), settings) for name in ("one", "other")]
        threads = [threading.Thread(target=_run, args=(web,)) for web in webs]
        for thread in threads:
            thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        clients = [requests.Session() for _ in range(12)]
        answered = [client.get(url, timeout=10).text for client in clients]
        for web, thread in zip(webs, threads, strict=True):
            web.stop()
            thread.join()
    assert min(answered.count("one"), answered.count("other")) >= 3


def test_a_small_answer_leaves_in_one_piece_and_a_large_one_whole(app: Flask) -> None:
    large = "x" * 100_000
    app.add_url_rule("/large", "large", lambda: large)
    app.add_url_rule("/nothing", "nothing", lambda: ("", 204))
    with serving(app) as (url, _, _thread):
        port = int(url.rsplit(":")[-1])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
            wire.sendall(b"POST /size HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            assert wire.recv(65536).endswith(b"\r\n\r\n3")
        assert requests.get(f"{url}/large", timeout=10).text == large
        assert requests.head(f"{url}/large", timeout=10).headers["Content-Length"] == "100000"
        assert requests.get(f"{url}/nothing", timeout=10).content == b""
