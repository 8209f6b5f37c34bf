"""Calls to the addresses that applications give for their receipts, and operators for pushes to be handed on to.

As `ums.provider.requests_driver` does it: each call ends within its time whatever the server does, redirects
are answers like any other, no cookies, no proxies. And since the addresses are others' choice, a `Guard`
stands before every connection.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import NamedTuple

import requests
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema, RequestException
from urllib3.exceptions import HTTPError, LocationParseError

from ums.provider.answers import body_of, causes, lost_because, new_session, not_sent_because
from ums.provider.deadline import deadline
from ums.provider.guard import Guard
from ums.provider.http import HEADERS
from ums.provider.losses import Unreadable

SECONDS = 15.0
"""How long one call may take, from the name's resolution to the last byte."""
LARGEST_ANSWER = 16 * 1024
"""Bytes of an answer that are looked at."""


class Answer(NamedTuple):
    """What a receiver answered: the HTTP status, the beginning of the body, its headers as they stand."""

    status: int
    body: bytes
    retry_after: str
    content_type: str = ""


class NoAnswer(Exception):
    """No answer came; `reason` is one of the words in `ums.provider.losses`, `invalid_url` or `address_refused`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Receivers:
    """Calls receivers. One is shared by all threads of a process."""

    def __init__(self, guard: Guard, *, authorities: str | None = None, seconds: float = SECONDS) -> None:
        self._session = new_session(authorities)
        self._guard = guard
        self._seconds = seconds

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask. Raises NoAnswer."""
        return self._call(requests.Request("GET", url, headers={**HEADERS, **headers}), self._seconds)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float | None = None) -> Answer:
        """Hand over a document, JSON unless `headers` say otherwise, within the usual time or so many `seconds`.

        Raises NoAnswer.
        """
        media = {"Content-Type": "application/json; charset=utf-8"}
        request = requests.Request("POST", url, headers={**HEADERS, **media, **headers}, data=body)
        return self._call(request, self._seconds if seconds is None else seconds)

    def close(self) -> None:
        """Close kept-alive connections."""
        self._session.close()

    def _call(self, request: requests.Request, seconds: float) -> Answer:
        with deadline(seconds, self._guard.check) as timer:
            try:
                return self._answer(request, seconds)
            except (InvalidURL, InvalidSchema, MissingSchema, InvalidHeader, LocationParseError, UnicodeError):
                reason = "invalid_url"
            except (RequestException, HTTPError, OSError) as error:
                found = list(causes(error))
                reason = lost_because(found) if timer.sent else not_sent_because(found)[0]
        raise NoAnswer(reason)

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
