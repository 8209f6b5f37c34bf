"""Sending again safely: the first answer to an Idempotency-Key is kept, and given again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from ums.domain.errors import Conflict
from ums.domain.message import DAY
from ums.store import idempotency as store
from ums.store.db import Session
from ums.store.idempotency import KeptAnswer

KEY_LIFETIME = DAY
"""Seconds an Idempotency-Key is remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A caller's name for one request, with the fingerprint of what was asked."""

    application_id: int
    key: str
    fingerprint: str

    @classmethod
    def of(cls, application_id: int, key: str, operation: str, body: bytes) -> IdempotencyKey:
        """The key with the fingerprint of an operation and its raw body."""
        fingerprint = hashlib.sha256(operation.encode() + b"\0" + body).hexdigest()
        return cls(application_id=application_id, key=key, fingerprint=fingerprint)


class UnderWay:
    """The keys of the requests that this process is working on.

    A repeat that comes meanwhile is turned away at once, instead of holding a second thread of the web server
    for work that is being done. One that comes to another process waits for the database, and finds the answer.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: set[tuple[int, str]] = set()

    @contextmanager
    def alone(self, wanted: IdempotencyKey | None) -> Iterator[None]:
        """Be the only request that works under a key. Raises Conflict, with `retry_after`, where another does."""
        if wanted is None:
            yield
            return
        key = (wanted.application_id, wanted.key)
        self._enter(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)

    def _enter(self, key: tuple[int, str]) -> None:
        with self._lock:
            if key in self._keys:
                raise Conflict(
                    "The first request with this Idempotency-Key is still being worked on; try again soon.",
                    errors={"Idempotency-Key": ["still being worked on"]},
                    retry_after=1,
                )
            self._keys.add(key)


def kept(session: Session, wanted: IdempotencyKey | None, now: float) -> str | None:
    """The first answer given to this key within a day, whatever has changed since; None where there is none.

    Raises Conflict where the key was used for another request.
    """
    if wanted is None:
        return None
    found = store.kept_answer(session, wanted.application_id, wanted.key, now - KEY_LIFETIME)
    if found is None:
        return None
    if found.fingerprint != wanted.fingerprint:
        raise Conflict(
            "This Idempotency-Key was used for another request within the last 24 hours; use a new one.",
            errors={"Idempotency-Key": ["already used for another request"]},
        )
    return found.answer


def keep(session: Session, wanted: IdempotencyKey | None, answer: Callable[[], str], now: float) -> None:
    """Keep the answer to a key, in the transaction that makes it true."""
    if wanted is not None:
        kept_answer = KeptAnswer(wanted.fingerprint, answer())
        store.keep_answer(session, wanted.application_id, wanted.key, kept_answer, now)
