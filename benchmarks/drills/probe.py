"""Somebody who sends single messages all the while, each with a mark of its own, and notes how he was answered."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import requests

from benchmarks.drills.site import Site

EVERY_SECONDS = 0.5
TIMEOUT_SECONDS = 30.0
"""After so long, whoever asks has given up: no answer came."""
NO_ANSWER = 0


class Answer(NamedTuple):
    """How one send was answered: when it was asked, after how long, with which status and which words."""

    asked_at: float
    seconds: float
    status: int
    retry_after: str
    is_json: bool
    mark: str

    @property
    def is_proper(self) -> bool:
        """Taken, or refused as promised: 503, when to come back, and the one shape of all errors."""
        return self.status == 200 or (self.status == 503 and self.retry_after.isdecimal() and self.is_json)


@dataclass(slots=True)
class Probe:
    """Sends until the block ends, one at a time, to one user after another."""

    site: Site
    answers: list[Answer] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="probe")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        assert self._thread is not None
        self._thread.join()

    def between(self, since: float, until: float) -> list[Answer]:
        """How sends were answered that were asked for between two moments."""
        return [one for one in self.answers if since <= one.asked_at < until]

    def taken(self) -> list[str]:
        """The marks of the messages that were taken."""
        return [one.mark for one in self.answers if one.status == 200]

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(EVERY_SECONDS):
            number += 1
            self.answers.append(self._asked(number))

    def _asked(self, number: int) -> Answer:
        mark, began, asked_at = f"PROBE{number}", time.monotonic(), time.time()
        site = self.site
        userid = f"u{number % site.plan.recipients + 1}"
        body = {"aud_userid": [userid], f"msg_{site.plan.type}": [site.content(mark)]}
        try:
            reply = requests.post(
                f"{site.gateway.url}/v1/sent",
                json=body,
                auth=(site.key, site.master_secret),
                timeout=TIMEOUT_SECONDS,
            )
        except requests.RequestException:
            return Answer(asked_at, time.monotonic() - began, NO_ANSWER, "", False, mark)
        is_json = reply.headers.get("Content-Type", "").startswith("application/json")
        retry_after = reply.headers.get("Retry-After", "")
        return Answer(asked_at, time.monotonic() - began, reply.status_code, retry_after, is_json, mark)
