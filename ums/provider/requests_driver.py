"""Runs exchanges with `requests`, for everything that isn't the sending loop.

Each call ends within its `seconds`, whatever the server does, and takes at most 1 MiB of answer. Redirects
are answers like any other, cookies and proxies from the environment are ignored (a call names its own proxy),
and no request is ever sent twice by the transport. A call without a readable answer fails as
`ums.provider.losses` describes.
"""

from __future__ import annotations

from typing import TypeVar

import requests
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import HTTPError, LocationParseError

from ums.provider.answers import body_of, causes, lost_because, new_session, not_sent_because, refusal_of_proxy
from ums.provider.deadline import Deadline, deadline
from ums.provider.driving import TokenSource, token_for
from ums.provider.http import HEADERS, LARGEST_ANSWER, decoded, is_of_proxy, url_of
from ums.provider.losses import Unreadable, invalid_url, lost, not_led, not_through
from ums.sdk.call import Call, Exchange, Proxy, Reply, Talk
from ums.sdk.errors import SendError

T = TypeVar("T")


class RequestsDriver:
    """Runs exchanges, one call after the other. One is shared by all threads of a process.

    `authorities` is a PEM file of the certificate authorities to trust, by default certifi's.
    """

    def __init__(self, *, authorities: str | None = None) -> None:
        self._session = new_session(authorities)

    def run(self, exchange: Exchange[T], *, token: TokenSource | None = None) -> T:
        """Run the exchange to its end and return its result. Raises what the exchange raises."""
        talk = Talk(exchange)
        used: str | None = None
        while (call := talk.call) is not None:
            answer: Reply | SendError
            try:
                used = token_for(call, token, used)
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
                reply = self._reply(call, token)
                return not_led(reply.status) if is_of_proxy(call, reply.status) else reply
            except (InvalidURL, InvalidSchema, MissingSchema, InvalidHeader, LocationParseError):
                return invalid_url()
            except Unreadable as error:
                return lost(call, error.reason)
            except (RequestException, HTTPError, OSError) as error:
                return _loss(call, timer, error)

    def _reply(self, call: Call, token: str | None) -> Reply:
        headers = {**HEADERS, "Content-Type": call.content_type} if call.body else HEADERS
        request = requests.Request(call.method, url_of(call, token), headers=headers, data=call.body or None)
        response = self._session.send(
            request.prepare(),
            stream=True,
            timeout=call.seconds,
            allow_redirects=False,
            proxies=_proxies(call.proxy),
        )
        try:
            body = decoded(body_of(response, LARGEST_ANSWER), response.headers.get("Content-Encoding", ""))
            return Reply(response.status_code, body)
        finally:
            response.close()


def _loss(call: Call, timer: Deadline, error: Exception) -> SendError:
    found = list(causes(error))
    if timer.sent:
        return lost(call, lost_because(found), found[-1])
    status = refusal_of_proxy(found)
    return not_through(call, *not_sent_because(found)) if status is None else not_led(status)


def _proxies(proxy: Proxy | None) -> dict[str, str]:
    return {} if proxy is None else dict.fromkeys(("http", "https"), proxy.address)
