"""Answers no client likes: resets, silence, web pages, halves of JSON, one byte at a time."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sandbox.exchange import Answer
from sandbox.faults import HTML, Fault

JSON_TYPE = "text/plain; charset=utf-8"
"""The platform labels its JSON as text."""

LINGER_ZERO = struct.pack("ii", 1, 0)
"""Closing a socket with this set sends RST in place of FIN."""


def said(answer: Answer) -> web.StreamResponse:
    """The answer as it should be."""
    kind = "text/html; charset=utf-8" if answer.body is HTML else JSON_TYPE
    return web.Response(body=answer.body, status=answer.status, headers={"Content-Type": kind})


async def misbehave(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    """The answer as the fault wants it; a fault without a wire behaviour answers properly."""
    act = ACTS.get(fault.behaviour)
    return said(answer) if act is None else await act(request, fault, answer)


async def _reset(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    transport = request.transport
    if transport is not None:
        plug = transport.get_extra_info("socket")
        if plug is not None:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        transport.abort()
    return said(answer)


async def _hang(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    await asyncio.sleep(fault.seconds)
    return await _reset(request, fault, answer)


async def _cut(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    response = await _begun(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _drip(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    response = await _begun(request, answer)
    for position in range(len(answer.body)):
        await response.write(answer.body[position : position + 1])
        await asyncio.sleep(fault.seconds / len(answer.body))
    await response.write_eof()
    return response


async def _dirty(request: web.BaseRequest, fault: Fault, answer: Answer) -> web.StreamResponse:
    """The same JSON with a raw control character and a byte that is not UTF-8 inside one more member."""
    body = answer.body[:-1] + b',"note":"\x07\xff"}'
    return said(answer._replace(body=body))


async def _begun(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    headers = {"Content-Type": JSON_TYPE, "Content-Length": str(len(answer.body))}
    response = web.StreamResponse(status=answer.status, headers=headers)
    await response.prepare(request)
    return response


ACTS: Mapping[str, Callable[[web.BaseRequest, Fault, Answer], Awaitable[web.StreamResponse]]] = {
    "reset_before_answer": _reset,
    "reset_after_accept": _reset,
    "hang": _hang,
    "cut_json": _cut,
    "slow_body": _drip,
    "dirty_text": _dirty,
}
