"""The drills' own judgement: a drill that can't fail proves nothing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from benchmarks.drills import command, tally
from benchmarks.drills.proxy import Proxy
from benchmarks.drills.tally import Called
from benchmarks.drills.verdict import Verdict

CALLS = [
    Called(10.0, "o1", "MAIN", "id-1", "77"),
    Called(11.0, "o2", "MAIN", "id-2", "78"),
    Called(15.0, "o1", "MAIN", "id-1", "77"),
    Called(16.0, "o2", "MAIN", "other", "79"),
]


def test_who_is_called_twice_and_who_gets_it_twice_are_told_apart() -> None:
    assert tally.per_person(CALLS) == {"o1": 2, "o2": 2}
    assert tally.received(CALLS) == {"o1": 1, "o2": 2}
    assert tally.repeats(CALLS) == (2, 5.0, 1)


def test_silence_is_measured_to_both_ends() -> None:
    assert tally.longest_silence(CALLS, 4.0, 20.0) == 6.0
    assert tally.longest_silence([], 0.0, 3.0) == 3.0
    assert tally.first_after(CALLS, 12.0) == 3.0
    assert tally.first_after(CALLS, 17.0) is None


@pytest.mark.parametrize("holds", [True, False])
def test_a_broken_promise_ends_with_status_1(holds: bool, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = Verdict("crash")
    verdict.expect("0 lost", 0, holds=True)
    verdict.expect("nobody is called twice", 3, holds=holds)
    assert verdict.tell(as_json=True) == (0 if holds else 1)
    told = json.loads(capsys.readouterr().out)
    assert (told["kept"], told["findings"][1]["seen"]) == (holds, "3")
    verdict.tell(as_json=False)
    assert ("BROKEN" in capsys.readouterr().out) is not holds


def test_a_drill_that_cannot_be_held_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["broker-down"]) == 0
    assert "left out. The embedded engine has no broker" in capsys.readouterr().out


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says back what it is told, on one connection after another."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    while said := connection.recv(100):
                        connection.sendall(said)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_a_proxy_falls_silent_speaks_again_and_can_be_cut(echo: int) -> None:
    with Proxy(echo) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as line:
        line.sendall(b"one")
        assert line.recv(100) == b"one"
        proxy.fall_silent()
        line.sendall(b"two")
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(100)
        proxy.speak()
        line.settimeout(20)
        assert line.recv(100) == b"two"
        proxy.cut()
        try:
            rest = line.recv(100)
        except ConnectionResetError:
            rest = b""
        assert rest == b""
