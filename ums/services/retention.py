"""Taking away, or into an archive, what has been kept long enough: in small steps, between which others write.

A step reads its rows, has the archive keep them, and deletes them in one short transaction that also renews the
lease. Whatever dies, and whenever, no row is lost that isn't in the archive, and the next step begins where the
rows begin.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from ums.domain.errors import Conflict, Unavailable
from ums.domain.json import written
from ums.domain.local_day import local_day
from ums.domain.retention import Keeping, Kind
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.store import locks, purging, walks, workers
from ums.store.archive import Archive
from ums.store.db import Session
from ums.store.purging import BEGINNING, EndedMessage, Old

log = get_logger(__name__)

JOB = "retention"
LEASE = 60.0
"""Seconds after which another process may go on where one has stopped within a step."""
MOST_ROWS, FIRST_ROWS, FEWEST_ROWS = 1000, 200, 50
"""Rows that one transaction deletes: as many as it has the time for."""
STEP_SECONDS, STEP_SECONDS_BESIDE = 0.01, 0.1
"""How long a transaction should last: where all others wait for it, and where they write beside it."""
REST_SECONDS = 0.02
"""At least so long others have the database after a step, and as long as the step took."""
TICK_SECONDS = 3.0
"""How long the clock's duty goes on at once, so that a stop needn't wait for it."""


class _NotOurs(Exception):
    """Another process has the lease."""


class Told(Protocol):
    """Told how many rows have gone so far."""

    def __call__(self, rows: int, /) -> None: ...


def keeping(gateway: Gateway) -> Keeping:
    """What the settings say."""
    settings = gateway.settings
    return Keeping(
        deliveries=settings.keep_days,
        attempts=settings.keep_attempts_days,
        messages=settings.keep_messages_days,
    )


def purge(gateway: Gateway) -> None:
    """Take away some of what is over; the clock's duty. Nothing happens where another process does it just now."""
    try:
        gone = run(gateway, seconds=TICK_SECONDS)
    except Conflict:
        return
    if gone:
        log.debug("old rows were taken away", action="purged", **{kind.value: rows for kind, rows in gone.items()})


def run(gateway: Gateway, *, seconds: float | None = None, told: Told = lambda rows: None) -> Counter[Kind]:
    """Take away what is over, all of it or for so many seconds; how many rows of each kind.

    Raises Conflict where another process does it just now, and Unavailable where the archive can't keep it: nothing
    of that is deleted.
    """
    now = gateway.clock.now()
    kept = keeping(gateway)
    purge = _Purge(gateway, {kind: kept.before(kind, now) for kind in Kind})
    until = float("inf") if seconds is None else time.monotonic() + seconds
    try:
        for _ in purge.steps(until):
            told(purge.gone.total())
    except _NotOurs:
        raise Conflict("Another process takes away old rows just now. Come back in a minute.") from None
    finally:
        purge.end()
    return purge.gone


class _Purge:
    """One run: `gone` counts the rows that it has taken away."""

    def __init__(self, gateway: Gateway, before: Mapping[Kind, float | None]) -> None:
        self._gateway = gateway
        self._before = {kind: moment for kind, moment in before.items() if moment is not None}
        self._owner = secrets.token_hex(8)
        self._archive = archive_of(gateway)
        self._after = BEGINNING
        self._rows = FIRST_ROWS
        self.gone: Counter[Kind] = Counter()

    def steps(self, until: float) -> Iterator[None]:
        """Make a step of each kind in turn, until there is nothing to do or it is that time (monotonic)."""
        left = deque(self._before)
        while left and time.monotonic() < until:
            kind = left.popleft()
            if self._step(kind):
                left.append(kind)
                yield

    def end(self) -> None:
        """Let others go on at once, where anything was done."""
        if self.gone:
            with self._gateway.database.write_beside() as session:
                workers.end_lease(session, JOB, self._owner)

    def _step(self, kind: Kind) -> bool:
        """Take away some rows of a kind; whether there may be more."""
        match kind:
            case Kind.DELIVERIES:
                return self._deliveries(self._before[kind])
            case Kind.MESSAGES:
                return self._messages(self._before[kind])
            case _:
                return self._walk(kind, self._before[kind])

    def _deliveries(self, before: float) -> bool:
        with self._gateway.database.read() as session:
            ended = list(_portion(purging.ended(session, before, self._after, self._rows), self._rows))
            if not ended:
                return False
            old = purging.deliveries_of(session, [message.id for message in ended], self._rows)
            # where there were as many as asked for, the last message may have more
            over = [one for one in ended if len(old) < self._rows or one.id < old[-1].message_id]
            heads = purging.heads(session, [message.id for message in ended]) if self._archive else {}
        self._keep_deliveries(old, over, heads)
        try:
            self._write(lambda session, now: purging.take(session, old, [one.id for one in over], now))
        except purging.Changed:
            return True  # a receipt came late; it is read anew
        self.gone[Kind.DELIVERIES] += len(old)
        if over == ended:
            # what had to stay of them is looked at in the next run
            self._after = ended[-1]
        return True

    def _keep_deliveries(
        self, old: list[Old], over: list[EndedMessage], heads: Mapping[int, dict[str, Any]]
    ) -> None:
        if self._archive is None:
            return
        lines = [(message.finished_at, {"message": heads[message.id]}) for message in over]
        for one in old:
            head = heads[one.message_id]
            lines.append((head["finished_at"], {"delivery": {"msgid": head["msgid"], **one.values}}))
        self._keep(Kind.DELIVERIES, lines)

    def _messages(self, before: float) -> bool:
        with self._gateway.database.read() as session:
            ids = purging.outlived(session, before, self._rows)
            heads = purging.heads(session, ids) if self._archive and ids else {}
        if not ids:
            return False
        self._keep(Kind.MESSAGES, [(head["finished_at"], {"message": head}) for head in heads.values()])
        self._write(lambda session, now: purging.drop_heads(session, ids))
        self.gone[Kind.MESSAGES] += len(ids)
        return True

    def _walk(self, kind: Kind, before: float) -> bool:
        with self._gateway.database.read() as session:
            rows = walks.following(session, kind, walks.walked_to(session, kind), self._rows)
        passed = list(_until(rows, before))
        if not passed:
            return False
        going = [row for row in passed if not row.stays]
        self._keep(kind, [(row.ended_at, row.values) for row in going])

        def take(session: Session, now: float) -> None:
            walks.drop(session, kind, [row.id for row in going])
            walks.move(session, kind, passed[-1].id)

        self._write(take)
        self.gone[kind] += len(going)
        return len(passed) == len(rows)

    def _keep(self, kind: Kind, lines: Iterable[tuple[float, Mapping[str, Any]]]) -> None:
        """Have the archive keep what is about to go, each by the day on which it ended."""
        if self._archive is None:
            return
        days: defaultdict[str, list[bytes]] = defaultdict(list)
        for ended_at, line in lines:
            day = local_day(ended_at, self._gateway.settings.quota_timezone).date
            days[day].append(written(line).encode(errors="replace"))
        for day, records in days.items():
            try:
                self._archive.append(f"{kind}-{day}", records)
            except OSError as error:
                raise Unavailable(f"The archive can't be written, so nothing is deleted: {error}.") from error

    def _write(self, change: Callable[[Session, float], None]) -> None:
        """Change something in a transaction that holds the lease, and let others write for as long afterwards."""
        now = self._gateway.clock.now()
        with self._gateway.database.write_beside() as session:
            began = time.monotonic()
            if not workers.take_lease(session, JOB, self._owner, now=now, seconds=LEASE):
                raise _NotOurs
            change(session, now)
            took = time.monotonic() - began
            bearable = STEP_SECONDS_BESIDE if locks.others_write(session) else STEP_SECONDS
        self._rows = fitting(self._rows, took, bearable)
        time.sleep(max(took, REST_SECONDS))


def archive_of(gateway: Gateway) -> Archive | None:
    """Where what goes is kept, if anywhere; a path that begins nowhere begins in the home directory."""
    given = gateway.settings.archive_directory
    return Archive(gateway.settings.home / Path(given).expanduser()) if given else None


def fitting(rows: int, took: float, bearable: float) -> int:
    """How many rows the next step has, where one of `rows` took so many seconds of those that are bearable.

    >>> fitting(500, 0.02, 0.01), fitting(500, 0.009, 0.01), fitting(60, 9.0, 0.01)
    (250, 625, 50)
    """
    wanted = rows // 2 if took > bearable else rows * 5 // 4
    return min(max(wanted, FEWEST_ROWS), MOST_ROWS)


def _portion(ended: Iterable[EndedMessage], rows: int) -> Iterator[EndedMessage]:
    """The first of the messages, of which all together are for no more than so many users; one at least."""
    recipients = 0
    for message in ended:
        recipients += max(message.recipients, 1)
        if recipients > rows and recipients > max(message.recipients, 1):
            return
        yield message


def _until(rows: Iterable[walks.Passed], before: float) -> Iterator[walks.Passed]:
    """The first of the rows, up to one that isn't over."""
    for row in rows:
        if row.ended_at > before:
            return
        yield row
