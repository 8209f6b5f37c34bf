"""The transport of our own, where the fault table doesn't look: what it leaves to others, and its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from ums.provider.losses import Unreadable
from ums.provider.plain_answer import Reading
from ums.provider.plain_transport import PlainTransport, is_plain
from ums.sdk.call import Call, Proxy, Reply
from ums.sdk.errors import SendError, Transient, Uncertain

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "url",
    [
        "https://provider.example/",
        "http://user:word@provider.example/",
        "http://provider.example:0/",
        "http://provider.example:99999/",
        "http://[::1]/",
        "http://provider.example/a b",
        "http://provider.example/\r\nX-Smuggled: 1",
        "http://provider.example/#part",
        "http://提供者.example/",
        "http://",
        "ftp://provider.example/",
    ],
)
def test_whatever_is_not_quite_plain_is_left_to_the_library(url: str) -> None:
    assert not is_plain(Call("POST", url))


def test_a_plain_address_is_its_own_but_not_through_a_proxy() -> None:
    call = Call("POST", "http://127.0.0.1:9100/cgi-bin/message/subscribe/send")
    assert is_plain(call)
    assert not is_plain(call._replace(proxy=Proxy.parse("http://proxy.example:3128")))


def pieces(answer: bytes, size: int) -> Reply | None:
    reading = Reading()
    for start in range(0, len(answer), size):
        reply = reading.take(answer[start : start + size])
        if reply is not None:
            return reply
    return None


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nTrailer: x\r\n\r\n",
    ],
    ids=["length", "continued", "chunks", "trailers"],
)
def test_an_answer_may_come_in_any_pieces(answer: bytes, size: int) -> None:
    assert pieces(answer, size) == Reply(200, b"ok")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
    ],
)
def test_what_is_not_quite_http_is_not_guessed_at(answer: bytes) -> None:
    with pytest.raises(Unreadable, match="answer_malformed"):
        pieces(answer, 1000)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serve: Serve) -> AsyncIterator[str]:
    under_way: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way.add(asyncio.get_running_loop().create_task(converse(reader, writer)))

    async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        await asyncio.gather(*under_way)


def carried(transport: PlainTransport, call: Call) -> asyncio.Future[Reply | SendError]:
    answer: asyncio.Future[Reply | SendError] = asyncio.get_running_loop().create_future()
    transport.carry(call, None, answer.set_result)
    return answer


async def head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


def test_a_request_on_a_connection_that_closes_before_the_answer_is_seen_once_and_uncertain() -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await head(reader))
        writer.write(OK)
        seen.append(await head(reader))
        writer.close()

    async def play() -> None:
        async with served(serve) as url:
            transport = PlainTransport(in_flight=2)
            assert await carried(transport, Call("POST", url)) == Reply(200, b"ok")
            lost = await carried(transport, Call("POST", url))
            assert isinstance(lost, Uncertain)
            assert lost.reason == "connection_lost"
            await transport.close()

    asyncio.run(play())
    assert len(seen) == 2


def test_more_calls_than_connections_wait_their_turn() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await head(reader):
            writer.write(OK)

    async def play() -> None:
        async with served(serve) as url:
            transport = PlainTransport(in_flight=2)
            answers = await asyncio.gather(*[carried(transport, Call("POST", url)) for _ in range(20)])
            assert answers == [Reply(200, b"ok")] * 20
            await transport.close()

    asyncio.run(play())
    assert connections == 2


def test_a_call_that_gets_no_turn_in_time_was_surely_not_sent() -> None:
    silent = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async def play() -> None:
        async with served(serve) as url:
            transport = PlainTransport(in_flight=1)
            first = carried(transport, Call("POST", url))
            late = await carried(transport, Call("POST", url, seconds=0.05))
            assert isinstance(late, Transient)
            assert late.reason == "connect_timeout"
            silent.set()
            assert isinstance(await first, Uncertain)
            await transport.close()

    asyncio.run(play())


def test_a_connection_to_one_place_makes_room_for_another_place() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await head(reader):
            writer.write(OK)

    async def play() -> None:
        async with served(serve) as first, served(serve) as second:
            transport = PlainTransport(in_flight=1)
            for url in (first, second, first):
                assert await carried(transport, Call("POST", url)) == Reply(200, b"ok")
            await transport.close()

    asyncio.run(play())
