"""Calls through a channel's proxy, over both transports, to plain and to secure providers.

What a proxy refuses surely never reached the provider; what came through a tunnel is the provider's own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.provider.conftest import Carrier
from tests.provider.fault_server import GOOD, FaultServer, refusing_port
from tests.provider.proxy_server import ProxyServer, proxy_server
from tests.provider.test_faults import AMPLE, LOSSES, REPLIES, Loss, failure, in_turn
from ums.provider.requests_driver import RequestsDriver
from ums.sdk.call import Call, Proxy, Reply
from ums.sdk.errors import BadChannel, Transient, Uncertain

ENOUGH = 2.0
"""Seconds in which a busy machine, too, gets as far as to ask for a tunnel."""


@pytest.fixture(params=["plain proxy", "secure proxy"])
def proxy(request: pytest.FixtureRequest) -> Iterator[ProxyServer]:
    with proxy_server(secure=request.param == "secure proxy") as running:
        yield running


@pytest.fixture(params=["http", "https"])
def place(request: pytest.FixtureRequest, server: FaultServer, secure_server: FaultServer) -> FaultServer:
    """The provider, plain or secure."""
    found = server if request.param == "http" else secure_server
    found.seen.clear()
    found.heads.clear()
    return found


def through(proxy: ProxyServer | str, url: str, seconds: float = AMPLE, *, who: str = "") -> Call:
    """A send by way of a proxy."""
    address = proxy if isinstance(proxy, str) else proxy.url.replace("://", f"://{who}")
    return Call("POST", url, body=b'{"touser":"o1"}', seconds=seconds, proxy=Proxy.parse(address))


def test_a_call_goes_through_the_proxy_and_only_through_it(
    carrier: Carrier, proxy: ProxyServer, place: FaultServer
) -> None:
    call = through(proxy, f"{place.url}/ok")
    assert carrier.run(in_turn(call, call)) == [Reply(200, GOOD)] * 2
    assert place.seen == {"/ok": 2}
    way = [head.split(" ")[:2] for head in proxy.asked]
    if place.context:
        assert way == [["CONNECT", f"localhost:{place.port}"]]
    else:
        assert way == [["POST", f"{place.url}/ok"]] * 2


@pytest.mark.parametrize("known", [("shop", "p@ss:word"), ("店铺", "密码")])
def test_the_proxy_knows_us_by_user_and_password_and_the_provider_never_hears_of_them(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer, known: tuple[str, str]
) -> None:
    secure_server.heads.clear()
    proxy.known = known
    sent = Proxy(proxy.url, *known)
    assert Proxy.parse(sent.address) == sent
    call = through(proxy, f"{secure_server.url}/ok")._replace(proxy=sent)
    assert carrier.run(in_turn(call)) == [Reply(200, GOOD)]
    assert "proxy-authorization" not in secure_server.heads[0].lower()


def test_a_wrong_password_is_the_operators_to_mend_and_nothing_was_sent(
    carrier: Carrier, proxy: ProxyServer, place: FaultServer
) -> None:
    proxy.known = ("shop", "right")
    error = failure(carrier, through(proxy, f"{place.url}/ok", who="shop:wrong@"))
    assert (type(error), error.reason) == (BadChannel, "proxy_refused")
    assert "407" in error.provider_message
    assert "wrong" not in f"{error!r} {error} {error.provider_message}"
    assert not place.seen


@pytest.mark.parametrize(
    ("mood", "kind", "reason"),
    [
        ("403", BadChannel, "proxy_refused"),
        ("407", BadChannel, "proxy_refused"),
        ("502", Transient, "proxy_failed"),
        ("503", Transient, "proxy_failed"),
    ],
)
def test_a_tunnel_that_is_refused_was_surely_not_used(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer, mood: str, kind: type, reason: str
) -> None:
    secure_server.seen.clear()
    proxy.mood = mood
    error = failure(carrier, through(proxy, f"{secure_server.url}/ok"))
    assert (type(error), error.reason) == (kind, reason)
    assert mood in error.provider_message
    assert not secure_server.seen
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("mood", ["close", "silence"])
def test_a_proxy_that_makes_no_tunnel_has_sent_nothing(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer, mood: str
) -> None:
    secure_server.seen.clear()
    proxy.mood = mood
    error = failure(carrier, through(proxy, f"{secure_server.url}/ok", ENOUGH))
    assert type(error) is Transient
    assert error.reason in {"proxy_failed", "proxy_unreachable"}
    assert not secure_server.seen
    assert len(proxy.asked) == 1


def test_a_proxy_that_nobody_runs_is_surely_not_passed(carrier: Carrier, place: FaultServer) -> None:
    with refusing_port() as port:
        error = failure(carrier, through(f"http://127.0.0.1:{port}", f"{place.url}/ok"))
    assert (type(error), error.reason) == (Transient, "proxy_unreachable")
    error = failure(carrier, through("http://proxy.invalid:3128", f"{place.url}/ok"))
    assert (type(error), error.reason) == (Transient, "proxy_unreachable")
    assert not place.seen


def test_a_certificate_for_another_name_is_found_through_the_tunnel(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer
) -> None:
    secure_server.seen.clear()
    error = failure(carrier, through(proxy, f"https://127.0.0.1:{secure_server.port}/ok"))
    # asyncio of Python 3.11 stumbles over a handshake that fails within another connection's TLS (uvloop doesn't)
    reasons = (
        {"tls_failed", "proxy_failed"}
        if proxy.context and not isinstance(carrier, RequestsDriver)
        else {"tls_failed"}
    )
    assert type(error) is Transient
    assert error.reason in reasons
    assert not secure_server.seen


@pytest.mark.parametrize("fault", ["429", "500", "502", "503", "301", "empty"])
def test_what_the_provider_says_is_not_taken_for_the_proxy_s_word(
    carrier: Carrier, proxy: ProxyServer, place: FaultServer, fault: str
) -> None:
    assert carrier.run(in_turn(through(proxy, f"{place.url}/{fault}"))) == [REPLIES[fault]]
    assert place.seen == {f"/{fault}": 1}


def test_a_407_of_the_provider_s_own_comes_through_the_tunnel(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer
) -> None:
    assert carrier.run(in_turn(through(proxy, f"{secure_server.url}/407"))) == [Reply(407, b"who")]


THROUGH_A_TUNNEL = [
    loss
    for loss in LOSSES
    if loss.fault
    in {"rst_before_answer", "close_without_answer", "silence", "drip_body", "endless_body", "cut_gzip"}
]


@pytest.mark.parametrize("loss", THROUGH_A_TUNNEL, ids=lambda loss: loss.fault)
def test_a_send_lost_behind_a_tunnel_is_uncertain_and_sent_once(
    carrier: Carrier, proxy: ProxyServer, secure_server: FaultServer, loss: Loss
) -> None:
    # the tunnel stands by then, so that a short time is the answer's alone
    carrier.run(in_turn(through(proxy, f"{secure_server.url}/ok")))
    secure_server.seen.clear()
    error = failure(carrier, through(proxy, f"{secure_server.url}/{loss.fault}", loss.seconds))
    assert type(error) is Uncertain
    assert secure_server.seen == {f"/{loss.fault}": 1}


def test_a_send_that_the_proxy_takes_and_then_drops_is_uncertain(
    carrier: Carrier, proxy: ProxyServer, server: FaultServer
) -> None:
    proxy.mood = "close"
    error = failure(carrier, through(proxy, f"{server.url}/ok"))
    assert (type(error), error.reason) == (Uncertain, "connection_lost")
    assert len(proxy.asked) == 1


def test_calls_with_and_without_a_proxy_do_not_share_a_way(
    carrier: Carrier, proxy: ProxyServer, place: FaultServer
) -> None:
    led = through(proxy, f"{place.url}/ok")
    straight = led._replace(proxy=None)
    assert carrier.run(in_turn(led, straight)) == [Reply(200, GOOD)] * 2
    assert len(proxy.asked) == 1
    proxy.mood = "403" if place.context else "407"
    assert carrier.run(in_turn(straight)) == [Reply(200, GOOD)]


def test_the_password_stands_in_no_log_line(
    carrier: Carrier, proxy: ProxyServer, place: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for mood in ("good", "407"):
        proxy.mood = mood
        call = through(proxy, f"{place.url}/ok", who="shop:confidential@")
        if mood == "good":
            carrier.run(in_turn(call))
        else:
            failure(carrier, call._replace(proxy=Proxy.parse(proxy.url.replace("://", "://shop:confidential2@"))))
        assert "confidential" not in repr(call)
    assert "confidential" not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "proxy.example.com:3128",
        "socks5://proxy.example.com:1080",
        "http://:3128",
        "http://proxy.example.com:0",
        "http://proxy.example.com:99999",
        "http://proxy.example.com/path",
        "http://proxy.example.com?x=1",
        "http://proxy .example.com",
        "http://[::1",
    ],
)
def test_an_address_that_is_no_proxy_s_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(ValueError, match="proxy") as caught:
        Proxy.parse(address)
    assert address not in str(caught.value).replace("@proxy.example.com:3128", "")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://proxy.example.com", "http://proxy.example.com:80"),
        ("https://proxy.example.com/", "https://proxy.example.com:443"),
        ("http://[::1]:3128", "http://[::1]:3128"),
    ],
)
def test_a_proxy_has_its_scheme_s_port_unless_told(address: str, url: str) -> None:
    assert Proxy.parse(address) == Proxy(url)
