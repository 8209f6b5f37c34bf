"""The transport that can do everything, by aiohttp: TLS and proxies, too."""

from __future__ import annotations

import asyncio
import math
import ssl
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import NamedTuple

import aiohttp
import certifi
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from ums.provider.http import HEADERS, LARGEST_ANSWER, decoded, is_of_proxy, plain_url, url_of
from ums.provider.losses import Unreadable, invalid_url, lost, not_led, not_through
from ums.provider.transport import CONNECTING, IDLE_KEPT, NAMES_KEPT, Answered
from ums.sdk.call import Call, Proxy, Reply
from ums.sdk.errors import SendError


class _Handler(ResponseHandler):
    """A connection that is closed at once: aiohttp would wait half a minute for a silent server's TLS farewell."""

    def close(self) -> None:
        self.abort()


class _NoWay(aiohttp.ClientError):
    """No connection through a proxy came about."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Connector(aiohttp.TCPConnector):
    def __init__(self, *, in_flight: int, trust: ssl.SSLContext) -> None:
        super().__init__(limit=in_flight, ttl_dns_cache=NAMES_KEPT, keepalive_timeout=IDLE_KEPT, ssl=trust)
        handler: type[ResponseHandler] = _Handler
        self._factory = partial(handler, loop=self._loop)

    async def _create_proxy_connection(
        self, req: aiohttp.ClientRequest, traces: list[aiohttp.tracing.Trace], timeout: aiohttp.ClientTimeout
    ) -> tuple[asyncio.BaseTransport, ResponseHandler]:
        """Whatever fails on the way through a proxy, nothing of the request itself has left by then."""
        try:
            return await super()._create_proxy_connection(req, traces, timeout)
        except (aiohttp.ClientError, OSError) as error:
            raise _NoWay(error) from error


class LibraryTransport:
    """Carries whatever a call may ask for: plain or secure, straight or through a proxy.

    Made on the event loop that is running; `in_flight` and `authorities` are as in `LoopDriver`.
    """

    def __init__(self, *, in_flight: int, authorities: str | None) -> None:
        trust = ssl.create_default_context(cafile=authorities or certifi.where())
        self._session = aiohttp.ClientSession(
            connector=_Connector(in_flight=in_flight, trust=trust),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            skip_auto_headers=("Content-Type",),
            auto_decompress=False,
            trust_env=False,
        )
        # aiohttp repeats GETs on a kept-alive connection that was closed; whether to is the caller's decision.
        self._session._retry_connection = False
        # Sends have no query of their own: thousands a second share one URL as long as the token lives.
        self._plain_url = lru_cache(maxsize=256)(lambda *plain: _url(plain_url(*plain)))
        self._tasks: set[asyncio.Task[None]] = set()

    def carry(self, call: Call, token: str | None, answered: Answered) -> None:
        """As `Transport` says."""
        task = asyncio.get_running_loop().create_task(self._carry_to(call, token, answered))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Close all connections; calls under way are lost."""
        for task in tuple(self._tasks):
            task.cancel()
        await self._session.close()

    async def _carry_to(self, call: Call, token: str | None, answered: Answered) -> None:
        answered(await self._carry(call, token))

    async def _carry(self, call: Call, token: str | None) -> Reply | SendError:
        try:
            reply = await self._reply(call, token)
            return not_led(reply.status) if is_of_proxy(call, reply.status) else reply
        except (aiohttp.ClientError, Unreadable, OSError) as error:
            return _loss(call, error)

    async def _reply(self, call: Call, token: str | None) -> Reply:
        way = _way(call.proxy, call.url.startswith("https:"))
        headers = way.own if not call.body else {**_content_type(call.content_type), **way.own}
        response = await self._session.request(
            call.method,
            _url(url_of(call, token)) if call.query else self._plain_url(call.url, call.token_name, token),
            data=call.body or None,
            headers=headers,
            allow_redirects=False,
            timeout=_timeout(call.seconds),
            proxy=way.proxy,
            proxy_headers=way.to_proxy,
        )
        try:
            body = await _body(response)
        finally:
            # A response that was read to its end has given its connection back already.
            response.close()
        return Reply(response.status, decoded(body, response.headers.get("Content-Encoding", "")))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    try:
        if response.content_length is not None and response.content_length <= LARGEST_ANSWER:
            return await response.read()
        return await _counted_body(response)
    except TimeoutError:
        raise Unreadable("answer_timeout") from None
    except (aiohttp.ClientError, OSError):
        raise Unreadable("answer_cut") from None


async def _counted_body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while len(body) <= LARGEST_ANSWER and (chunk := await response.content.readany()):
        body += chunk
    return bytes(body)


def _url(url: str) -> URL:
    try:
        return URL(url, encoded=True)
    except ValueError:
        raise aiohttp.InvalidURL(url) from None


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    # A threshold out of reach: aiohttp rounds longer timeouts up to whole seconds.
    return aiohttp.ClientTimeout(total=seconds, connect=seconds * CONNECTING, ceil_threshold=math.inf)


@lru_cache(maxsize=64)
def _content_type(value: str) -> dict[str, str]:
    return {"Content-Type": value}


class _Way(NamedTuple):
    """How a call gets there: straight, or by a proxy, which hears who we are from a tunnel or from each call."""

    proxy: URL | None
    to_proxy: Mapping[str, str] | None
    own: Mapping[str, str]


@lru_cache(maxsize=256)
def _way(proxy: Proxy | None, is_secure: bool) -> _Way:
    if proxy is None:
        return _Way(None, None, {})
    known = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
    return _Way(URL(proxy.url), known, {}) if is_secure else _Way(URL(proxy.url), None, known)


def _loss(call: Call, error: Exception) -> SendError:
    match error:
        case _NoWay():
            return _no_way(call, error.error)
        case Unreadable():
            return lost(call, error.reason)
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return invalid_url()
        case aiohttp.ConnectionTimeoutError():
            return not_through(call, "connect_timeout")
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError():
            return _not_connected(call, error)
        case TimeoutError():
            return lost(call, "answer_timeout")
        case aiohttp.ClientResponseError():
            return lost(call, "answer_malformed")
        case _:
            return lost(call, "connection_lost", error)


def _no_way(call: Call, error: Exception) -> SendError:
    match error:
        case aiohttp.ClientHttpProxyError():
            return not_led(error.status)
        case aiohttp.ClientConnectorError() | aiohttp.ClientConnectorCertificateError():
            return _not_connected(call, error)
        case _:
            return not_through(call, "proxy_failed", error)


def _not_connected(call: Call, error: Exception) -> SendError:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error.__cause__
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return not_through(call, "dns_failed", cause)
    if isinstance(error, aiohttp.ClientSSLError | ssl.CertificateError):
        return not_through(call, "tls_failed", cause)
    if isinstance(cause, ConnectionRefusedError):
        return not_through(call, "connection_refused", cause)
    return not_through(call, "not_connected", cause)
