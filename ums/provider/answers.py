"""What came back over `requests`, or why nothing did."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from ums.provider.connections import DeadlineAdapter, hide_queries
from ums.provider.guard import AddressRefused
from ums.provider.losses import Unreadable

CONNECTIONS = 16
"""Connections kept alive to one host."""

PIECE = 65536
"""Bytes of a body that are read at a time."""


def new_session(authorities: str | None = None) -> requests.Session:
    """A session without cookies, proxies and settings from outside, whose connections keep deadlines.

    `authorities` is a PEM file of the certificate authorities to trust, by default certifi's.
    """
    hide_queries()
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, DeadlineAdapter(connections=CONNECTIONS, authorities=authorities))
    session.verify = authorities or True
    return session


def body_of(response: requests.Response, most: int) -> bytes:
    """The raw body, of which no more is read than it takes to know that it is longer than `most` bytes.

    Raises Unreadable.
    """
    body = bytearray()
    try:
        # The last, empty read is the one in which urllib3 notices that a body is shorter than announced.
        while len(body) <= most and (chunk := response.raw.read(PIECE, decode_content=False)):
            body += chunk
    except (HTTPError, OSError) as error:
        in_time = not any(isinstance(cause, TimeoutError) for cause in causes(error))
        raise Unreadable("answer_cut" if in_time else "answer_timeout") from error
    return bytes(body)


def not_sent_because(found: Sequence[BaseException]) -> tuple[str, BaseException]:
    """The reason of a request that never left, and the exception that says most."""
    for cause in found:
        for kind, reason in _NOT_SENT:
            if isinstance(cause, kind):
                return reason, cause
    return "not_connected", found[-1]


_NOT_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (AddressRefused, "address_refused"),
    (socket.gaierror, "dns_failed"),
    (ssl.SSLError, "tls_failed"),
    (ssl.CertificateError, "tls_failed"),
    (ConnectionRefusedError, "connection_refused"),
    (TimeoutError, "connect_timeout"),
)


def refusal_of_proxy(found: Sequence[BaseException]) -> int | None:
    """The HTTP status with which a proxy refused to lead to the host, if that is what happened."""
    # http.client tells it in the words of an OSError alone
    told = (_TUNNEL.match(str(cause)) for cause in found if type(cause) is OSError)
    return next((int(match[1]) for match in told if match), None)


_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})\b")


def lost_because(found: Sequence[BaseException]) -> str:
    """The reason of a request that left and brought no answer."""
    # The exceptions of requests are OSErrors themselves, and say nothing.
    system = [cause for cause in found if isinstance(cause, OSError) and not isinstance(cause, RequestException)]
    if any(isinstance(cause, TimeoutError) for cause in system):
        return "answer_timeout"
    return "connection_lost" if system else "answer_malformed"


def _wrapped(error: BaseException) -> BaseException | None:
    """What urllib3 has put into an exception that it never raised itself."""
    return next((each for each in error.args if isinstance(each, BaseException)), None)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and what led to it, outermost first."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__ or _wrapped(cause)
