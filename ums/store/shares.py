"""How the messages of one lane share it: which of them have something due, and claims for one of them.

Both statements read a few entries of `ix_deliveries_share` for each message, however many deliveries it has queued.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.domain.json import written
from ums.store import locks
from ums.store.claims import CLAIMABLE, FREE, NO_CREDIT, Credit, claiming
from ums.store.direct import fetched, foresee, rows_of
from ums.store.outbox import Claimed, Lane

_LOOK = text("""
    WITH RECURSIVE looked (message_id, number) AS (
        SELECT CAST(:after AS BIGINT), 0
        UNION ALL
        SELECT (SELECT next.message_id FROM deliveries AS next
                WHERE next.status = 'queued' AND next.channel_id = :channel_id AND next.endpoint = :endpoint
                  AND next.priority = :priority AND next.message_id > looked.message_id
                ORDER BY next.message_id, next.due, next.id LIMIT 1),
               looked.number + 1
        FROM looked WHERE looked.message_id IS NOT NULL AND looked.number < :most
    )
    SELECT message_id, (
        SELECT own.id FROM deliveries AS own
        WHERE own.status = 'queued' AND own.channel_id = :channel_id AND own.endpoint = :endpoint
          AND own.priority = :priority AND own.message_id = looked.message_id AND own.due <= :now
        ORDER BY own.due, own.id LIMIT 1), (
        SELECT own.id FROM deliveries AS own
        WHERE own.status = 'queued' AND own.channel_id = :channel_id AND own.endpoint = :endpoint
          AND own.priority = :priority AND own.message_id = looked.message_id AND own.due <= :now
        ORDER BY own.due, own.id LIMIT 1 OFFSET 1)
    FROM looked WHERE number > 0
""")
"""The order is asked for so that PostgreSQL walks along the index: for EXISTS it may read the whole table."""

_CLAIMING = claiming(CLAIMABLE.replace("due <= :now", "message_id = :message_id AND due <= :now"))
_THESE = f"""
        SELECT id FROM deliveries AS waiting
        WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'queued' AND {FREE}"""  # noqa: S608 - constants
_CLAIMING_THESE = claiming(
    _THESE, _THESE.replace("id IN (SELECT value FROM json_each(:ids))", "id = ANY(CAST(:ids AS bigint[]))")
)


class Waiting(NamedTuple):
    """A message that has something due: its first delivery, and perhaps another one."""

    message_id: int
    first: int
    second: int | None


class Looked(NamedTuple):
    """Messages of a lane that have something due, in order; `last` is the one looked at last, None at the end."""

    due: Sequence[Waiting]
    last: int | None


def look(session: Session, lane: Lane, now: float, *, after: int, most: int) -> Looked:
    """Look at up to `most` messages that have anything queued in the lane, from the first after `after`."""
    found = fetched(session, _LOOK, _values(lane, now, after, most), Waiting)
    return Looked(due=[one for one in found if one.first is not None], last=found[-1].message_id)


def foresee_look(session: Session, lane: Lane, now: float, *, after: int, most: int) -> None:
    """Ask ahead for `look`."""
    foresee(session, _LOOK, _values(lane, now, after, most))


def _values(lane: Lane, now: float, after: int, most: int) -> dict[str, object]:
    return {**lane._asdict(), "now": now, "after": after, "most": most}


def claim(
    session: Session,
    owner: str,
    lane: Lane,
    message_id: int,
    *,
    now: float,
    limit: int,
    credit: Credit = NO_CREDIT,
) -> list[Claimed]:
    """Take up to `limit` of what is due of a message in a lane; else as `outbox.claim`."""
    given = {"owner": owner, "message_id": message_id, "now": now, "limit": limit}
    values = {**lane._asdict(), **given, **credit.values}
    return [*map(Claimed._make, rows_of(session, _CLAIMING.for_(session), values))]


def claim_these(session: Session, owner: str, ids: Sequence[int], *, now: float) -> list[Claimed]:
    """Take these deliveries, of which a look has just told; else as `outbox.claim`."""
    if not ids:
        return []
    given = ids if locks.others_write(session) else written(list(ids))
    values = {"owner": owner, "ids": given, "now": now, **NO_CREDIT.values}
    return [*map(Claimed._make, rows_of(session, _CLAIMING_THESE.for_(session), values))]
