"""The queue of deliveries: claiming what is due, and writing down what became of it.

A claim and a settlement are each one statement inside one short transaction. A delivery is fenced by its
row: `owner` and `attempt` must still be what they were when it was claimed, whatever any clock says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, literal_column, select, text, update
from sqlalchemy.orm import Session

from ums.domain.delivery import MOVES, DeliveryStatus
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.store import credit_holds, windows
from ums.store.bulk import ForAll, change_all
from ums.store.claims import CLAIMABLE, NO_CREDIT, Credit, claiming
from ums.store.direct import fetched, rows_of
from ums.store.endpoints import EndpointState
from ums.store.models import DeliveryRow

_SENDING: ColumnElement[bool] = literal_column("deliveries.status = 'sending'")


class Claimed(NamedTuple):
    """A delivery that one worker holds."""

    id: int
    message_id: int
    userid: str
    channel_id: int
    endpoint: str
    address: str
    step: int
    attempt: int
    tries: int
    calls: int
    first_called_at: float | None
    expires_at: float
    credit: str | None = None
    """The template of which it holds a credit."""


class Ending(NamedTuple):
    """What many settled deliveries have alike; `counted` and `called` are each one's tries and calls, 0 or 1."""

    status: DeliveryStatus
    open: bool
    reason: str = ""
    provider_code: int | None = None
    provider_message: str = ""
    keeps_credit: bool = False
    hurries: bool = False
    """It goes into the first lane: a broadcast's rest may take longer than the provider drops a repeat."""
    counted: int = 1
    called: int = 1


class Written(NamedTuple):
    """One settled delivery; `id` and `attempt` are the fence it must pass."""

    id: int
    attempt: int
    provider_id: str | None
    due: float | None
    called_at: float | None
    ending: Ending


Own = tuple[int, int, str | None, float | None, float | None]
"""What is a settled delivery's own: `Written` but for its ending."""


_FENCE = itemgetter(*map(Claimed._fields.index, ("id", "attempt")))


def fences(claimed: Iterable[Claimed]) -> Iterator[tuple[int, int]]:
    """What must still be true of each delivery's row for a result of it to be written."""
    return map(_FENCE, claimed)


_DUE = text("""
    SELECT endpoints.channel_id, endpoints.name, lanes.priority
    FROM (SELECT channel_id, name FROM endpoints UNION ALL SELECT id, :test FROM channels) AS endpoints
    CROSS JOIN (SELECT 1 AS priority UNION ALL SELECT 2 UNION ALL SELECT 3) AS lanes
    WHERE (
        SELECT due FROM deliveries
        WHERE status = 'queued' AND channel_id = endpoints.channel_id AND endpoint = endpoints.name
          AND priority = lanes.priority
        ORDER BY due LIMIT 1) <= :now
""")
"""Not `EXISTS`: PostgreSQL would gather all that is queued, and see which lanes it is of."""

_CLAIMING = claiming(CLAIMABLE)


class Lane(NamedTuple):
    """The deliveries of one priority on one endpoint."""

    channel_id: int
    endpoint: str
    priority: int


def due_lanes(session: Session, now: float) -> set[Lane]:
    """Where a claim would find anything; one look at all lanes, which takes no lock.

    One statement, whose cost hardly grows with the channels: the same look lane by lane took a third of a
    processor with two hundred channels and nothing to do.
    """
    return set(fetched(session, _DUE, {"now": now, "test": TEST_ENDPOINT}, Lane))


_COUNT_DUE = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM deliveries
        WHERE status = 'queued' AND channel_id = :channel_id AND endpoint = :endpoint AND priority = :priority
          AND due <= :now
        ORDER BY due, id LIMIT :limit) AS due
""")
_COUNT_CLAIMABLE = text(f"SELECT count(*) FROM ({CLAIMABLE.replace('{each}', '')}) AS claimable")  # noqa: S608 - constants
FEW = 128
"""So few are looked at one by one."""


def waiting(session: Session, lane: Lane, now: float, limit: int) -> int:
    """How many deliveries of a lane are due, counted up to `limit`; of few, those that a claim would take.

    (It leaves those whose address is being called, or whose time is over: what is permitted for them alone would
    come back at once, again and again.)
    """
    values = {**lane._asdict(), "now": now, "limit": limit}
    (found,) = fetched(session, _COUNT_DUE, values, int)
    if 0 < found <= FEW:
        (found,) = fetched(session, _COUNT_CLAIMABLE, values, int)
    return found


def claim(
    session: Session,
    owner: str,
    endpoint: EndpointState,
    priority: int,
    *,
    now: float,
    limit: int,
    credit: Credit = NO_CREDIT,
) -> list[Claimed]:
    """Take up to `limit` deliveries that are due, of whatever messages, none whose address is being called already.

    Where others write meanwhile, the channel must be the transaction's own: `locks.own_channels`.
    """
    values = {
        "owner": owner,
        "channel_id": endpoint.channel_id,
        "endpoint": endpoint.name,
        "priority": priority,
        "now": now,
        "limit": limit,
        **credit.values,
    }
    return [*map(Claimed._make, rows_of(session, _CLAIMING.for_(session), values))]


_SETTLE = ForAll(
    """
    UPDATE deliveries SET status = :status, open = (:open OR look_at IS NOT NULL), reason = :reason,
        provider_code = :provider_code, provider_message = :provider_message,
        credit = CASE WHEN :keeps_credit THEN credit END,
        priority = CASE WHEN :hurries THEN 1 ELSE priority END,
        provider_id = COALESCE(batch.provider_id, deliveries.provider_id), due = batch.due,
        tries = tries + :counted, calls = calls + :called,
        first_called_at = COALESCE(first_called_at, batch.called_at), owner = NULL, updated_at = :now
    FROM (
        SELECT column1 AS id, column2 AS attempt, column3 AS provider_id, column4 AS due, column5 AS called_at
        FROM ({rows}) AS given
    ) AS batch
    WHERE deliveries.id = batch.id AND deliveries.attempt = batch.attempt
      AND deliveries.owner = :owner AND deliveries.status || '' = 'sending'
    """,
    types=("BIGINT", "INTEGER", "VARCHAR", "DOUBLE PRECISION", "DOUBLE PRECISION"),
)
"""The status as an expression keeps PostgreSQL from the indexes of what is being sent, and leaves it the ids."""


class StaleResults(Exception):
    """Some of the rows have another owner by now: the transaction must be undone."""


def settle(session: Session, owner: str, rows: Iterable[Written], now: float) -> None:
    """Write results. Raises StaleResults when a row has another owner by now; on a pipeline, before all is kept."""
    alike: defaultdict[Ending, list[Own]] = defaultdict(list)
    for row in rows:
        alike[row.ending].append(row[:-1])
    for ending, own in alike.items():
        settle_alike(session, owner, ending, own, now)


def settle_alike(session: Session, owner: str, ending: Ending, rows: Sequence[Own], now: float) -> None:
    """As `settle`, for what ended alike."""
    same = ending._asdict() | {"owner": owner, "now": now}
    change_all(session, _SETTLE, same, rows, StaleResults)


def still_owned(session: Session, owner: str, ids: Iterable[int]) -> set[tuple[int, int]]:
    """Of these deliveries, the (id, attempt) pairs that `owner` still holds."""
    return _fences(session, ids, DeliveryRow.owner == owner, _SENDING)


def _fences(session: Session, ids: Iterable[int], *where: ColumnElement[bool]) -> set[tuple[int, int]]:
    rows = session.execute(select(DeliveryRow.id, DeliveryRow.attempt).where(DeliveryRow.id.in_(list(ids)), *where))
    return {(row.id, row.attempt) for row in rows}


_HELD = """
    SELECT id, message_id, userid, channel_id, endpoint, address, step, attempt, tries, calls,
           first_called_at, expires_at, credit
    FROM deliveries WHERE owner = :owner AND status = 'sending'
"""


def held_by(session: Session, owner: str) -> list[Claimed]:
    """Everything that a worker held when it was last seen."""
    return [Claimed(*row) for row in session.execute(text(_HELD), {"owner": owner})]


def release(session: Session, owner: str, ids: Sequence[int], now: float) -> None:
    """Give back deliveries that were claimed and never called: nothing happened, nothing is counted."""
    if ids:
        credit_holds.release(session, ids, now)
        windows.release(session, ids)
        session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.id.in_(ids),
                DeliveryRow.owner == owner,
                _SENDING,
            )
            .values(status=DeliveryStatus.QUEUED, owner=None, updated_at=now)
            .execution_options(synchronize_session=False)
        )


_CORRECT = """
    UPDATE deliveries SET status = :status, open = (:open OR look_at IS NOT NULL), reason = :reason,
        provider_code = :provider_code, provider_message = :provider_message,
        provider_id = COALESCE(:provider_id, provider_id), due = :due, updated_at = :now
    WHERE id = :id AND attempt = :attempt AND status = 'unconfirmed'
"""


def correct_unconfirmed(session: Session, rows: Sequence[Written], now: float) -> list[Written]:
    """A late answer settles what had been given up as unknown, unless it asks for another try; what it settled."""
    unknown = _fences(session, [row.id for row in rows], DeliveryRow.status == DeliveryStatus.UNCONFIRMED)
    may_follow = MOVES[DeliveryStatus.UNCONFIRMED]
    settled = [row for row in rows if row.ending.status in may_follow and (row.id, row.attempt) in unknown]
    values = [
        {
            "id": row.id,
            "attempt": row.attempt,
            "status": row.ending.status.value,
            "open": row.ending.open,
            "reason": row.ending.reason,
            "provider_code": row.ending.provider_code,
            "provider_message": row.ending.provider_message,
            "provider_id": row.provider_id,
            "due": row.due,
            "now": now,
        }
        for row in settled
    ]
    if values:
        session.execute(text(_CORRECT), values)
    return settled
