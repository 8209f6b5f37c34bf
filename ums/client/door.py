"""One request after another to one gateway, repeated where that is safe."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from ums.client.errors import ApiError, NoAnswer

REPEATED = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may succeed."""
CARRIED_OUT_BY_NOBODY = frozenset({429, 503})
"""Those of them after which nothing has been done, so that anything may be repeated."""
CONFLICT = 409
LONGEST_PAUSE = 60.0
"""Seconds."""

Query = Mapping[str, str | int | None]
Document = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How often a request is sent in all, and how many seconds pass before the second time (then twice as many).

    `pause` waits; what the gateway says in `Retry-After` counts more, up to a minute.
    """

    times: int = 4
    first: float = 0.5
    pause: Callable[[float], object] = time.sleep

    def before(self, attempt: int, asked: int | None) -> float:
        """Seconds before the attempt of this number, from 1."""
        own: float = self.first * 2 ** (attempt - 1)
        return min(max(own, float(asked or 0)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request; `key` is its Idempotency-Key, `repeatable` whether carrying it out twice is as good as once."""

    request: requests.Request
    repeatable: bool
    times: int

    @property
    def key(self) -> str | None:
        key: str | None = self.request.headers.get("Idempotency-Key")
        return key


class Door:
    """The way to one gateway with one kind of credentials."""

    def __init__(self, base_url: str, auth: AuthBase, *, timeout: float, repetition: Repetition) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._repetition = repetition
        self._session = requests.Session()
        self._session.auth = auth

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def get(self, path: str, query: Query | None = None) -> Document:
        """The answer to GET."""
        request = requests.Request("GET", self._base_url + path, params=query)
        return self._answer(_Call(request=request, repeatable=True, times=self._repetition.times))

    def send(
        self, method: str, path: str, body: object = None, *, key: str | None = None, repeatable: bool = False
    ) -> Document:
        """The answer to a request with a JSON body, if any; an Idempotency-Key makes it repeatable."""
        headers = {} if key is None else {"Idempotency-Key": key}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        request = requests.Request(method, self._base_url + path, headers=headers, data=data)
        repeatable = repeatable or key is not None
        return self._answer(_Call(request=request, repeatable=repeatable, times=self._repetition.times))

    def upload(self, path: str, fields: Mapping[str, str], name: str, file: BinaryIO) -> Document:
        """The answer to a file sent as a form; never repeated."""
        request = requests.Request("POST", self._base_url + path, data=fields, files={"file": (name, file)})
        return self._answer(_Call(request=request, repeatable=False, times=1))

    def pages(self, path: str, member: str, query: Query | None = None) -> Iterator[object]:
        """The items of every page of a list."""
        cursor: object = None
        while True:
            page = self.get(path, {**(query or {}), "cursor": None if cursor is None else str(cursor)})
            items = page[member]
            yield from items if isinstance(items, list) else ()
            cursor = page.get("next")
            if cursor is None:
                return

    def _answer(self, call: _Call) -> Document:
        """The answer to the first attempt that succeeds. Raises ApiError and NoAnswer, as the last one ended."""
        for attempt in range(1, call.times):
            try:
                return self._attempt(call)
            except ApiError as error:
                if not _may_be_repeated(error, call):
                    raise
                asked = error.retry_after
            except NoAnswer as silence:
                if not call.repeatable and not isinstance(silence.__cause__, requests.ConnectTimeout):
                    raise
                asked = None
            self._repetition.pause(self._repetition.before(attempt, asked))
        return self._attempt(call)

    def _attempt(self, call: _Call) -> Document:
        prepared = self._session.prepare_request(call.request)
        settings = self._session.merge_environment_settings(prepared.url, {}, None, None, None)
        try:
            answer = self._session.send(prepared, timeout=self._timeout, allow_redirects=False, **settings)
        except requests.RequestException as fault:
            raise NoAnswer(f"No answer from {self._base_url}: {fault}", idempotency_key=call.key) from fault
        document = _document(answer)
        if answer.status_code != requests.codes.ok:
            raise _refusal(answer, document)
        if document is None:
            text = f"{self._base_url} answered, but not as a gateway does; is the address right?"
            raise NoAnswer(text, idempotency_key=call.key)
        return document


def part(text: str | int) -> str:
    """A part of a path."""
    return quote(str(text), safe="")


def _may_be_repeated(error: ApiError, call: _Call) -> bool:
    """Whether waiting helps and nothing can be done twice; 409 with a time: the first try is still under way."""
    if error.status == CONFLICT:
        return call.key is not None and error.retry_after is not None
    return error.status in (REPEATED if call.repeatable else CARRIED_OUT_BY_NOBODY)


def _document(answer: requests.Response) -> Document | None:
    """The JSON object in an answer; None where there is none."""
    try:
        document = answer.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _refusal(answer: requests.Response, document: Document | None) -> ApiError:
    """What the gateway, or a proxy before it, refused."""
    told = document or {}
    code, errors = told.get("code"), told.get("errors")
    seconds = answer.headers.get("Retry-After", "")
    return ApiError(
        str(told.get("message") or f"HTTP {answer.status_code} {answer.reason}"),
        status=answer.status_code,
        code=code if isinstance(code, int) else answer.status_code,
        errors=errors if isinstance(errors, dict) else {},
        request_id=answer.headers.get("X-Request-Id", ""),
        retry_after=int(seconds) if seconds.isdecimal() else None,
    )
