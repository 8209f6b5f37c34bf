"""Runs exchanges with `requests`, for everything that isn't the sending loop.

Each call ends within its `seconds`, whatever the server does, and takes at most 1 MiB of answer. Redirects
are answers like any other, cookies and proxies from the environment are ignored, and no request is ever
sent twice by the transport. A call without a readable answer fails as `ums.provider.losses` describes.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Protocol, TypeVar

import requests
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import HTTPError, LocationParseError

from ums.provider.connections import DeadlineAdapter, hide_queries
from ums.provider.deadline import Deadline, deadline
from ums.provider.http import HEADERS, LARGEST_ANSWER, decoded, url_of
from ums.provider.losses import Unreadable, invalid_url, lost, not_sent
from ums.sdk.call import Call, Exchange, Reply, Talk
from ums.sdk.errors import SendError

T = TypeVar("T")

CONNECTIONS = 16
"""Connections kept alive to one host."""

PIECE = 65536
"""Bytes of a body that are read at a time."""


class TokenSource(Protocol):
    """One channel's access token."""

    def get(self) -> str:
        """A token that should be good. Raises SendError where none can be had."""

    def expire(self, value: str) -> None:
        """The provider refused `value`: never hand it out again, if it is still the one kept."""


class RequestsDriver:
    """Runs exchanges, one call after the other. One is shared by all threads of a process.

    `authorities` is a PEM file of the certificate authorities to trust, by default certifi's.
    """

    def __init__(self, *, authorities: str | None = None) -> None:
        hide_queries()
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            session.mount(scheme, DeadlineAdapter(connections=CONNECTIONS))
        session.verify = authorities or True
        self._session = session

    def run(self, exchange: Exchange[T], *, token: TokenSource | None = None) -> T:
        """Run the exchange to its end and return its result. Raises what the exchange raises."""
        talk = Talk(exchange)
        used: str | None = None
        while (call := talk.call) is not None:
            answer: Reply | SendError
            try:
                used = _token(call, token, used)
                answer = self._carry(call, used if call.token else None)
            except SendError as error:
                answer = error
            # Outside the handler, so that nothing of the transport becomes part of a logged traceback.
            if isinstance(answer, Reply):
                talk.answer(answer)
            else:
                # A token's failure is one exception for many exchanges: each would add its frames to it.
                talk.fail(answer.with_traceback(None))
        return talk.result

    def close(self) -> None:
        """Close kept-alive connections."""
        self._session.close()

    def _carry(self, call: Call, token: str | None) -> Reply | SendError:
        with deadline(call.seconds) as timer:
            try:
                return self._reply(call, token)
            except (InvalidURL, InvalidSchema, MissingSchema, InvalidHeader, LocationParseError):
                return invalid_url()
            except Unreadable as error:
                return lost(call, error.reason)
            except (RequestException, HTTPError, OSError) as error:
                return _loss(call, timer, error)

    def _reply(self, call: Call, token: str | None) -> Reply:
        headers = {**HEADERS, "Content-Type": call.content_type} if call.body else HEADERS
        request = requests.Request(call.method, url_of(call, token), headers=headers, data=call.body or None)
        response = self._session.send(request.prepare(), stream=True, timeout=call.seconds, allow_redirects=False)
        try:
            body = decoded(_body(response), response.headers.get("Content-Encoding", ""))
            return Reply(response.status_code, body)
        finally:
            response.close()


def _token(call: Call, source: TokenSource | None, used: str | None) -> str | None:
    if not call.token:
        return used
    if source is None:
        raise TypeError("the exchange asks for an access token, but its plugin has none (HasToken)")
    if call.renew and used is not None:
        source.expire(used)
    return source.get()


def _body(response: requests.Response) -> bytes:
    body = bytearray()
    try:
        # The last, empty read is the one in which urllib3 notices that a body is shorter than announced.
        while len(body) <= LARGEST_ANSWER and (chunk := response.raw.read(PIECE, decode_content=False)):
            body += chunk
    except (HTTPError, OSError) as error:
        in_time = not any(isinstance(cause, TimeoutError) for cause in _causes(error))
        raise Unreadable("answer_cut" if in_time else "answer_timeout") from error
    return bytes(body)


def _loss(call: Call, timer: Deadline, error: Exception) -> SendError:
    causes = list(_causes(error))
    if timer.sent:
        return lost(call, _how_it_ended(causes), causes[-1])
    for cause in causes:
        for kind, reason in _NOT_SENT:
            if isinstance(cause, kind):
                return not_sent(reason, cause)
    return not_sent("not_connected", causes[-1])


_NOT_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "dns_failed"),
    (ssl.SSLError, "tls_failed"),
    (ssl.CertificateError, "tls_failed"),
    (ConnectionRefusedError, "connection_refused"),
    (TimeoutError, "connect_timeout"),
)


def _how_it_ended(causes: list[BaseException]) -> str:
    # The exceptions of requests are OSErrors themselves, and say nothing.
    system = [cause for cause in causes if isinstance(cause, OSError) and not isinstance(cause, RequestException)]
    if any(isinstance(cause, TimeoutError) for cause in system):
        return "answer_timeout"
    return "connection_lost" if system else "answer_malformed"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
