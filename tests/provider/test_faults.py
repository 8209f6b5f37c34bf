"""What becomes of every way in which a provider can be broken, over both transports.

The server counts: whatever happens, no transport sends a request a second time.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.provider.conftest import Carrier
from tests.provider.fault_server import GOOD, FaultServer, deaf_port, refusing_port
from ums.sdk.call import Call, Exchange, Reply
from ums.sdk.errors import BadChannel, SendError, Transient, Uncertain

SHORT = 0.4
"""Seconds a call gets whose server means to outlast it."""
AMPLE = 8.0
ROOM = 12 * 1024 * 1024
"""Bytes of memory a call may take at most; the bomb holds 32 MiB, other bodies never end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A fault that leaves no answer: the reason, and the seconds to give the call."""

    fault: str
    reason: str
    seconds: float = AMPLE


LOSSES = [
    Loss(fault="rst_before_answer", reason="connection_lost"),
    Loss(fault="rst_mid_answer", reason="answer_cut"),
    Loss(fault="close_without_answer", reason="connection_lost"),
    Loss(fault="drip_headers", reason="answer_timeout", seconds=SHORT),
    Loss(fault="drip_body", reason="answer_timeout", seconds=SHORT),
    Loss(fault="silence", reason="answer_timeout", seconds=SHORT),
    Loss(fault="endless_continue", reason="answer_timeout", seconds=SHORT),
    Loss(fault="endless_headers", reason="answer_malformed"),
    Loss(fault="endless_body", reason="answer_too_large"),
    Loss(fault="endless_chunks", reason="answer_too_large"),
    Loss(fault="huge_length", reason="answer_too_large"),
    Loss(fault="length_too_big", reason="answer_cut"),
    Loss(fault="gzip_bomb", reason="answer_too_large"),
    Loss(fault="cut_gzip", reason="answer_cut"),
    Loss(fault="false_gzip", reason="answer_malformed"),
    Loss(fault="brotli", reason="answer_malformed"),
    Loss(fault="no_http", reason="answer_malformed"),
]

REPLIES = {
    "ok": Reply(200, GOOD),
    "length_too_small": Reply(200, GOOD),
    "gzip": Reply(200, GOOD),
    "chunked": Reply(200, GOOD),
    "until_close": Reply(200, GOOD),
    "cut_json": Reply(200, b'{"errcode":'),
    "empty": Reply(200, b""),
    "html": Reply(200, b"<html>sign in</html>"),
    "invalid_utf8": Reply(200, b'{"errmsg":"\xff\xfe"}'),
    "204": Reply(204, b""),
    "301": Reply(301, b""),
    "302": Reply(302, b""),
    "307": Reply(307, b""),
    "429": Reply(429, b"slow down"),
    "500": Reply(500, b"oops"),
    "502": Reply(502, b"oops"),
    "503": Reply(503, b"oops"),
}


def in_turn(*calls: Call) -> Exchange[list[Reply]]:
    replies = []
    for call in calls:
        replies.append((yield call))
    return replies


def a_send(url: str, seconds: float = AMPLE) -> Call:
    return Call("POST", url, body=b'{"touser":"o1"}', seconds=seconds)


def a_read(url: str, seconds: float = AMPLE) -> Call:
    return Call("GET", url, repeatable=True, seconds=seconds)


def failure(carrier: Carrier, call: Call) -> SendError:
    with pytest.raises(SendError) as caught:
        carrier.run(in_turn(call))
    return caught.value


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.fault)
def test_a_send_whose_answer_is_lost_is_uncertain_and_sent_once(
    carrier: Carrier, server: FaultServer, loss: Loss
) -> None:
    server.seen.clear()
    error = failure(carrier, a_send(f"{server.url}/{loss.fault}", loss.seconds))
    assert (type(error), error.reason) == (Uncertain, loss.reason)
    assert server.seen == {f"/{loss.fault}": 1}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.fault)
def test_a_read_whose_answer_is_lost_may_be_repeated_and_is_asked_once(
    carrier: Carrier, server: FaultServer, loss: Loss
) -> None:
    server.seen.clear()
    error = failure(carrier, a_read(f"{server.url}/{loss.fault}", loss.seconds))
    assert (type(error), error.reason) == (Transient, loss.reason)
    assert server.seen == {f"/{loss.fault}": 1}


@pytest.mark.parametrize("fault", REPLIES)
def test_whatever_can_be_read_is_a_reply(carrier: Carrier, server: FaultServer, fault: str) -> None:
    server.seen.clear()
    reply = carrier.run(in_turn(a_send(f"{server.url}/{fault}")))
    assert reply == [REPLIES[fault]]
    assert server.seen == {f"/{fault}": 1}


@pytest.mark.parametrize("fault", ["gzip_bomb", "endless_body", "endless_chunks", "huge_length"])
def test_no_answer_takes_much_memory(carrier: Carrier, server: FaultServer, fault: str) -> None:
    carrier.run(in_turn(a_send(f"{server.url}/ok")))
    tracemalloc.start()
    error = failure(carrier, a_send(f"{server.url}/{fault}"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.reason == "answer_too_large"
    assert peak < ROOM


@pytest.mark.parametrize("call", [a_send, a_read])
def test_a_request_on_a_kept_connection_that_closes_is_not_sent_again(
    carrier: Carrier, server: FaultServer, call: Callable[[str], Call]
) -> None:
    server.seen.clear()
    url = f"{server.url}/close_when_reused"
    with pytest.raises(SendError, match="connection_lost"):
        carrier.run(in_turn(call(url), call(url)))
    assert server.seen["/close_when_reused"] == 2


def test_a_connection_that_was_closed_while_idle_is_replaced(carrier: Carrier, server: FaultServer) -> None:
    def patient() -> Exchange[list[Reply]]:
        idle = a_send(f"{server.url}/close_when_idle")
        server.closed.clear()
        first = yield idle
        server.closed.wait()
        # Under another name there is another connection; meanwhile an event loop hears of the close.
        second = yield a_send(f"http://localhost:{server.port}/ok")
        return [first, second, (yield idle)]

    assert carrier.run(patient()) == [Reply(200, GOOD)] * 3


def test_what_follows_an_answer_is_not_taken_for_the_next_one(carrier: Carrier, server: FaultServer) -> None:
    seen: list[Reply | str] = []

    def careful() -> Exchange[None]:
        seen.append((yield a_send(f"{server.url}/length_too_small")))
        try:
            seen.append((yield a_send(f"{server.url}/500")))
        except SendError as error:
            seen.append(error.reason)

    carrier.run(careful())
    assert seen[0] == Reply(200, GOOD)
    assert seen[1] in (Reply(500, b"oops"), "answer_malformed", "connection_lost")


def test_a_refused_connection_is_surely_not_sent(carrier: Carrier) -> None:
    with refusing_port() as port:
        error = failure(carrier, a_send(f"http://127.0.0.1:{port}/"))
    assert (type(error), error.reason) == (Transient, "connection_refused")


def test_a_name_without_address_is_surely_not_sent(carrier: Carrier) -> None:
    error = failure(carrier, a_send("http://provider.invalid/"))
    assert (type(error), error.reason) == (Transient, "dns_failed")


def test_a_connection_that_nobody_takes_is_surely_not_sent(carrier: Carrier) -> None:
    with deaf_port() as port:
        error = failure(carrier, a_send(f"http://127.0.0.1:{port}/", SHORT))
    assert (type(error), error.reason) == (Transient, "connect_timeout")


def test_tls_to_a_plain_port_is_surely_not_sent(carrier: Carrier, server: FaultServer) -> None:
    error = failure(carrier, a_send(f"https://localhost:{server.port}/ok", 2.0))
    assert (type(error), error.reason) == (Transient, "tls_failed")


def test_a_certificate_for_another_name_is_surely_not_sent(carrier: Carrier, secure_server: FaultServer) -> None:
    secure_server.seen.clear()
    error = failure(carrier, a_send(f"https://127.0.0.1:{secure_server.port}/ok"))
    assert (type(error), error.reason) == (Transient, "tls_failed")
    assert not secure_server.seen


def test_a_secure_connection_carries_calls_and_is_kept(carrier: Carrier, secure_server: FaultServer) -> None:
    call = a_send(f"{secure_server.url}/ok")
    assert carrier.run(in_turn(call, call)) == [Reply(200, GOOD)] * 2


@pytest.mark.parametrize("fault", ["drip_headers", "drip_body", "silence"])
def test_the_deadline_holds_on_a_secure_connection(
    carrier: Carrier, secure_server: FaultServer, fault: str
) -> None:
    carrier.run(in_turn(a_send(f"{secure_server.url}/ok")))
    error = failure(carrier, a_send(f"{secure_server.url}/{fault}", SHORT))
    assert (type(error), error.reason) == (Uncertain, "answer_timeout")


@pytest.mark.parametrize("url", ["ftp://provider.example/", "http://", "no address", "http://[::1/"])
def test_an_address_that_cannot_be_called_is_the_operators_to_mend(carrier: Carrier, url: str) -> None:
    error = failure(carrier, a_send(url))
    assert (type(error), error.reason) == (BadChannel, "invalid_url")


def test_no_cookie_is_kept(carrier: Carrier, server: FaultServer) -> None:
    server.heads.clear()
    carrier.run(in_turn(a_send(f"{server.url}/cookie"), a_send(f"{server.url}/cookie")))
    assert len(server.heads) == 2
    assert not any("cookie:" in head.lower() for head in server.heads)


def test_a_proxy_in_the_environment_is_ignored(
    carrier: Carrier, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert carrier.run(in_turn(a_send(f"{server.url}/ok"))) == [Reply(200, GOOD)]


def test_the_request_says_who_we_are_and_what_it_holds(carrier: Carrier, server: FaultServer) -> None:
    server.heads.clear()
    carrier.run(in_turn(Call("POST", f"{server.url}/ok", query={"name": "a b&c"}, body=b"{}")))
    head = server.heads[0].lower()
    assert head.startswith("post /ok?name=a+b%26c http/1.1")
    assert "user-agent: ums/" in head
    assert "content-type: application/json; charset=utf-8" in head
    assert "accept-encoding: identity" in head
