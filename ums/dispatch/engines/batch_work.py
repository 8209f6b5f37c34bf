"""The batches that a sending process was handed, until its desk has used them up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ums.dispatch.work import Offer
from ums.services.gateway import Gateway
from ums.store import batches
from ums.store.batches import Batch
from ums.store.db import Session

MOST_HELD = 32
"""Batches that wait for room at a time, each with a thread of Celery's behind it."""
MOST_HELD_OF_OTHERS = 24
"""Of those, what may be less than urgent: so there is always room for what is."""


class BatchWork:
    """The distributed engine's side of the desk. `carry` is called by Celery's threads, all else by the desk's."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._lock = threading.Lock()
        self._waiting: dict[int, threading.Event] = {}
        """Every batch that is held, and what tells that it is over."""
        self._known: dict[int, Offer] = {}
        """Those of them that were looked up."""
        self._taken: set[int] = set()
        """Those of them that this process has taken, and not used up."""
        self._is_closing = False

    @property
    def held(self) -> int:
        """How many batches wait for room."""
        return len(self._waiting)

    def carry(self, batch_id: int, *, is_urgent: bool) -> None:
        """Return when a batch is over, or at once where it can't be held, or is held already.

        One that was turned away is published again, to whoever has room then.
        """
        with self._lock:
            most = MOST_HELD if is_urgent else MOST_HELD_OF_OTHERS
            if self._is_closing or batch_id in self._waiting or len(self._waiting) >= most:
                return
            over = self._waiting[batch_id] = threading.Event()
        over.wait()

    def begin_stop(self) -> None:
        """Hold nothing any more, and let all threads go; what is held stays to be given back."""
        with self._lock:
            self._is_closing = True
            for over in self._waiting.values():
                over.set()

    def offers(self, now: float) -> list[Offer]:
        with self._lock:
            unknown = [] if self._is_closing else [id_ for id_ in self._waiting if id_ not in self._known]
        if unknown:
            with self._gateway.database.read() as session:
                found = batches.find(session, unknown)
            self._known |= {batch.id: _offer(batch) for batch in found}
            self._end(set(unknown) - {batch.id for batch in found})
        held = [] if self._is_closing else list(self._known.values())
        return sorted(held, key=lambda offer: (offer.lane.priority, offer.batch))

    def take(self, session: Session, offer: Offer) -> bool:
        return offer.batch in self._taken or batches.take(session, offer.batch)

    def used(self, rests: Sequence[Offer]) -> None:
        over = {rest.batch for rest in rests if rest.most <= 0}
        left = {rest.batch: rest for rest in rests if rest.most > 0}
        self._known |= left
        self._taken |= left.keys()
        self._end(over)

    def _end(self, ids: set[int]) -> None:
        for id_ in ids:
            self._known.pop(id_, None)
            self._taken.discard(id_)
            with self._lock:
                over = self._waiting.pop(id_, None)
            if over is not None:
                over.set()

    def give_back(self, session: Session) -> None:
        batches.drop(session, list(self._waiting))

    def close(self) -> None:
        self.begin_stop()


def _offer(batch: Batch) -> Offer:
    return Offer(batch.lane, batch.size, batch.id)
