"""No call to an address of somebody else's choice reaches the operator's own networks, however it is written."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from tests.receiver import receiving
from ums.provider.deadline import PlainSocket
from ums.provider.guard import AddressRefused, Guard
from ums.provider.receivers import NoAnswer, Receivers


class Listener:
    """Something inside, on every loopback address: it counts the bytes that reach it."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self.socket.getsockname()[1]
        self.bytes = 0
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(0.2)
                try:
                    self.bytes += len(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                except OSError:
                    continue

    def close(self) -> None:
        self.socket.close()


@pytest.fixture(scope="module")
def inside() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def forms(a: int, b: int, c: int, d: int) -> Iterator[str]:
    """The ways to write one IPv4 address in a URL."""
    whole = a << 24 | b << 16 | c << 8 | d
    dotted = f"{a}.{b}.{c}.{d}"
    yield from (dotted, f"{dotted}.", str(whole), hex(whole), f"0{whole:o}", f"0X{whole:08X}")
    yield from (f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a}.{b:#x}.0{c:o}.{d}")
    yield from (f"{a}.{b << 16 | c << 8 | d}", f"{a}.{b}.{c << 8 | d}", f"000{a:o}.{b}.{c}.{d}")
    yield dotted.translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    yield from (dotted.replace(".", "。"), dotted.replace(".", "｡"))
    high, low = f"{a << 8 | b:x}", f"{c << 8 | d:x}"
    for prefix in ("::ffff:", "::ffff:0:", "::", "64:ff9b::"):
        yield from (f"[{prefix}{dotted}]", f"[{prefix}{high}:{low}]")
    yield f"[0:0:0:0:0:ffff:{high}:{low}]"
    yield from (f"[2002:{high}:{low}::1]", f"[64:ff9b:1::{high}:{low}]", f"[2001:0:{high}:{low}::]")


INSIDE = (
    (127, 0, 0, 1),
    (127, 8, 8, 8),
    (0, 0, 0, 0),
    (10, 0, 0, 1),
    (172, 16, 0, 1),
    (192, 168, 1, 1),
    (169, 254, 169, 254),
    (100, 100, 100, 200),
    (168, 63, 129, 16),
    (224, 0, 0, 1),
    (255, 255, 255, 255),
)
NAMES = (
    "localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[fe80::1]",
    "[fe80::1%25lo]", "[fd00:ec2::254]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[2001:db8::1]",
    "[5f00::1]",
)  # fmt: skip


def corpus(port: int) -> list[str]:
    hosts = [*itertools.chain.from_iterable(forms(*address) for address in INSIDE), *NAMES]
    tricks = [
        "http://provider.example@127.0.0.1:{port}/",
        "http://provider.example:80@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}\\@provider.example/",
        "http://127.0.0.1:{port}#@provider.example/",
        "http://127.0.0.1:{port}?@provider.example/",
        "http:127.0.0.1:{port}/",
        "http:/127.0.0.1:{port}/",
        "http:///127.0.0.1:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
        "http://127.0.0.1%00.provider.example:{port}/",
        "http://127.0.0.1:{port}@127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/_x",
        "file:///etc/hostname",
        "https://127.0.0.1:{port}/",
        "HTTP://127.0.0.1:{port}/",
    ]
    return [f"http://{host}:{port}/" for host in hosts] + [trick.format(port=port) for trick in tricks]


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests ask no name server, and try no connection to the outside: both are stopped at the socket."""
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def numeric(host: str | bytes, port: int, **named: int) -> object:
        name = host.decode() if isinstance(host, bytes) else host
        flags = 0 if name.rstrip(".") == "localhost" else socket.AI_NUMERICHOST
        return resolve(name, port, flags=flags, **named)

    def inward(self: PlainSocket, address: tuple[str, int]) -> None:
        given = ip_address(address[0].partition("%")[0])
        if not (getattr(given, "ipv4_mapped", None) or given).is_loopback:
            raise ConnectionRefusedError
        connect(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", numeric)
    monkeypatch.setattr(PlainSocket, "connect", inward, raising=False)


@contextmanager
def calling(*allowed: str, seconds: float = 1.0) -> Iterator[Receivers]:
    receivers = Receivers(Guard(allowed), seconds=seconds)
    try:
        yield receivers
    finally:
        receivers.close()


def test_no_way_to_write_it_leads_inside(inside: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside.port}")
    urls = corpus(inside.port)
    assert len(urls) >= 200
    reasons = []
    with calling() as receivers:
        for url in urls:
            with pytest.raises(NoAnswer) as caught:
                receivers.post(url, {}, b"[]")
            reasons.append(caught.value.reason)
    assert inside.bytes == 0
    assert set(reasons) <= {"address_refused", "invalid_url", "dns_failed"}
    assert reasons.count("address_refused") > 150


def test_a_name_that_answers_public_first_and_then_inside_is_caught(
    inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for the name once to check it, and again to connect, is led inside the second time."""
    before = inside.bytes
    resolved = iter(["203.0.114.9", *["127.0.0.1"] * 9])

    def rebinding(_: object, port: int, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(resolved), port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with calling(seconds=0.3) as receivers:
        for _ in range(3):
            with pytest.raises(NoAnswer):
                receivers.post(f"http://rebinding.example:{inside.port}/", {}, b"[]")
    assert inside.bytes == before


def test_a_connection_that_ends_up_elsewhere_than_it_was_sent_is_caught(
    inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network may translate addresses; what counts is whom the connection is with."""
    before = inside.bytes
    connect = socket.socket.connect

    def diverted(self: PlainSocket, address: tuple[str, int]) -> None:
        connect(self, ("127.0.0.1", address[1]))

    monkeypatch.setattr(PlainSocket, "connect", diverted)
    with calling() as receivers, pytest.raises(NoAnswer, match="address_refused"):
        receivers.post(f"http://8.8.8.8:{inside.port}/", {}, b"[]")
    assert inside.bytes == before


def test_a_redirection_is_an_answer_and_is_not_followed(inside: Listener) -> None:
    before = inside.bytes
    with receiving() as receiver, calling("127.0.0.1") as receivers:
        for status in (301, 302, 303, 307, 308):
            receiver.usual = receiver.usual._replace(
                status=status, headers={"Location": f"http://127.0.0.1:{inside.port}/"}
            )
            assert receivers.post(receiver.url, {}, b"[]").status == status
    assert inside.bytes == before


def test_the_networks_that_the_operator_lists_are_open(inside: Listener) -> None:
    with calling("127.0.0.0/8", "::1") as receivers:
        for host in ("127.0.0.1", "127.8.8.8", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"):
            before = inside.bytes
            assert receivers.post(f"http://{host}:{inside.port}/", {}, b"[]").status == 200
            assert inside.bytes > before
        with pytest.raises(NoAnswer, match="address_refused"):
            receivers.post("http://10.0.0.1/", {}, b"[]")


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "203.0.114.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "172.32.0.1",
    ],
)
def test_the_public_internet_is_open(address: str) -> None:
    Guard().check(address)


@pytest.mark.parametrize("address", ["", "x", "127.0.0.1%lo", "fe80::1%eth0", "4000::1", "3fff::1", "1.2.3"])
def test_everything_else_is_closed(address: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check(address)
