"""Talking to a provider without doing any I/O: a plugin yields `Call`s and is sent `Reply`s.

A plugin's operation is a generator. It yields a `Call`, is sent the `Reply`, and returns its result or
raises a `SendError`. Who carries the call (`requests`, an event loop, a test) is none of its business;
the idea is that of httpx's `Auth.auth_flow`.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Generic, NamedTuple, TypeVar

from ums.domain.commands import Json
from ums.sdk.proxies import Proxy

__all__ = ["Call", "Exchange", "Json", "Proxy", "Reply", "Talk", "json_body"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Call(NamedTuple):
    """One HTTP request to a provider.

    `url` is absolute, without query. `body` is sent as it is, with `content_type`. `token` asks the driver
    to add the channel's access token to the query, as `token_name`. `renew` says that the token used
    last was refused: the driver drops that very token, renews once for all processes, and repeats.
    `repeatable` is true for reads, which may be repeated when an answer is lost.
    `seconds` is the total time the call may take, `proxy` what it goes through; without one it goes straight.
    """

    method: str
    url: str
    query: Mapping[str, str] = {}
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    token: bool = False
    renew: bool = False
    repeatable: bool = False
    seconds: float = 10.0
    proxy: Proxy | None = None
    token_name: str = "access_token"

    def renewed(self) -> Call:
        """The same call once more, with a token that isn't the one refused."""
        return self._replace(renew=True)


class Reply(NamedTuple):
    """A provider's answer: HTTP status and raw body (at most 1 MiB)."""

    status: int
    body: bytes


Exchange = Generator[Call, Reply, T]
"""An operation of a plugin: yields calls, is sent replies, returns a `T` or raises a `SendError`."""


class Talk(Generic[T]):
    """One exchange under way; every driver is a loop over `call`, `answer` and `result`.

    >>> def greet() -> Exchange[int]:
    ...     reply = yield Call("GET", "http://localhost/")
    ...     return reply.status
    >>> talk = Talk(greet())
    >>> while talk.call is not None:
    ...     talk.answer(Reply(200, b""))
    >>> talk.result
    200
    """

    __slots__ = ("_exchange", "_result", "call")

    def __init__(self, exchange: Exchange[T]) -> None:
        self._exchange = exchange
        self._result: list[T] = []
        self.call: Call | None = None
        try:
            self.call = next(exchange)
        except StopIteration as end:
            self._result.append(end.value)

    def answer(self, reply: Reply) -> None:
        """Hand over the provider's reply. Raises what the plugin raises."""
        try:
            self.call = self._exchange.send(reply)
        except StopIteration as end:
            self._end(end.value)

    def fail(self, error: Exception) -> None:
        """Hand over that the call failed without a reply; the plugin may let it pass through."""
        try:
            self.call = self._exchange.throw(error)
        except StopIteration as end:
            self._end(end.value)

    @property
    def result(self) -> T:
        """What the exchange returned. Raises IndexError while it is still under way."""
        return self._result[0]

    def _end(self, value: T) -> None:
        self.call = None
        self._result.append(value)


def json_body(value: Json) -> bytes:
    """Compact, raw UTF-8 JSON, as providers want it: no `\\uXXXX`, which some show to people literally."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
