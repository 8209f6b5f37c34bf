"""Makes calls to receivers with `requests`.

As `ums.provider.requests_driver` does it: each call ends within its time whatever the server does, redirects
are answers like any other, no cookies, no proxies. And since the addresses are others' choice, a `Guard`
stands before every connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import requests
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import HTTPError, LocationParseError

from ums.provider.answers import body_of, causes, lost_because, new_session, not_sent_because
from ums.provider.deadline import deadline
from ums.provider.guard import Guard
from ums.provider.http import HEADERS
from ums.provider.losses import Unreadable
from ums.provider.receivers import LARGEST_ANSWER, Answer, NoAnswer


class ReceiverCalls:
    """The calls of one `Receivers`, over connections that are kept."""

    def __init__(self, guard: Guard, authorities: str | None) -> None:
        self._session = new_session(authorities)
        self._guard = guard

    def make(self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """Make one call, within so many `seconds`. Raises NoAnswer."""
        request = requests.Request(method, url, headers={**HEADERS, **headers}, data=body or None)
        with deadline(seconds, self._guard.check) as timer:
            try:
                return self._answer(request, seconds)
            except (InvalidURL, InvalidSchema, MissingSchema, InvalidHeader, LocationParseError, UnicodeError):
                reason = "invalid_url"
            except (RequestException, HTTPError, OSError) as error:
                found = list(causes(error))
                reason = lost_because(found) if timer.sent else not_sent_because(found)[0]
        raise NoAnswer(reason)

    def close(self) -> None:
        """Close kept-alive connections."""
        self._session.close()

    def _answer(self, request: requests.Request, seconds: float) -> Answer:
        response = self._session.send(request.prepare(), stream=True, timeout=seconds, allow_redirects=False)
        body = b""
        try:
            # The status is the answer; a body that doesn't end is no reason to post again what was taken.
            with contextlib.suppress(Unreadable):
                body = body_of(response, LARGEST_ANSWER)
            headers = response.headers
            return Answer(
                status=response.status_code,
                body=body[:LARGEST_ANSWER],
                retry_after=headers.get("Retry-After", ""),
                content_type=headers.get("Content-Type", ""),
            )
        finally:
            response.close()
