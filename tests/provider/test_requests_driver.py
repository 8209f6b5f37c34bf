"""What only the synchronous driver has: many threads, and a resolver of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.provider.fault_server import FaultServer
from ums.provider.requests_driver import RequestsDriver
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import Transient

THREADS = 24
EACH = 12


@pytest.fixture
def driver() -> Iterator[RequestsDriver]:
    opened = RequestsDriver()
    yield opened
    opened.close()


def one(call: Call) -> Exchange[Reply]:
    return (yield call)


def test_threads_share_a_driver_and_each_gets_its_own_answer(driver: RequestsDriver, server: FaultServer) -> None:
    server.seen.clear()

    def statuses(thread: int) -> set[int]:
        wanted = (500, 502, 503)[thread % 3]
        calls = (Call("POST", f"{server.url}/{wanted}", body=b"{}") for _ in range(EACH))
        return {driver.run(one(call)).status - wanted for call in calls}

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(statuses, range(THREADS))) == [{0}] * THREADS
    assert server.seen.total() == THREADS * EACH


def test_a_name_server_that_does_not_answer_ends_with_the_call(
    driver: RequestsDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()

    def deaf(*_: object, **__: object) -> list[object]:
        answering.wait()
        return []

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", deaf)
        with pytest.raises(Transient, match="connect_timeout"):
            driver.run(one(Call("POST", "http://provider.example/", body=b"{}", seconds=0.3)))
    answering.set()
