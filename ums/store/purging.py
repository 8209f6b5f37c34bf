"""Taking away the deliveries of messages that ended long ago, and at last what is left of such messages.

Age is the message's: its end has an index, which only messages pay for, and its deliveries are found by theirs.
What goes is counted in the message's own row, in the transaction that takes it away, so that the sums are true at
every moment. The newest row of a table always stays: SQLite would give its number again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, TextClause, bindparam, exists, func, select, text
from sqlalchemy.orm import Session, aliased

from ums.domain.json import written
from ums.domain.retention import Ending, Outcome, added, counts_of, purged_items
from ums.store import locks
from ums.store.bulk import chunks
from ums.store.models import AttemptRow, ChannelRow, DeliveryRow, MessageRow, ReceiptRow

_messages = cast("Table", MessageRow.__table__)
_deliveries = cast("Table", DeliveryRow.__table__)
_PARTS = {"attempts": cast("Table", AttemptRow.__table__), "receipts": cast("Table", ReceiptRow.__table__)}
"""What goes with a delivery."""


class Changed(Exception):
    """A delivery is no longer as it was read: nothing may be kept of what was to happen to it."""


class EndedMessage(NamedTuple):
    """A message whose deliveries have been kept long enough."""

    finished_at: float
    id: int
    recipients: int


BEGINNING = EndedMessage(0.0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A delivery that is to go, with all that stands of it, its attempts and its receipts."""

    id: int
    message_id: int
    ending: Ending
    values: Mapping[str, Any]


# the condition is written out, since SQLite uses a partial index only where it can see its condition
_ENDED = text("""
    SELECT finished_at, id, recipients FROM messages
    WHERE finished_at IS NOT NULL AND purged_at IS NULL
      AND finished_at <= :before AND (finished_at, id) > (:finished_at, :id)
    ORDER BY finished_at, id LIMIT :limit
""")
_OUTLIVED = text("""
    SELECT id FROM messages
    WHERE purged_at IS NOT NULL AND finished_at <= :before AND id < (SELECT MAX(id) FROM messages)
    ORDER BY finished_at LIMIT :limit
""")
_OLDEST_HEAD = text(
    "SELECT finished_at FROM messages WHERE purged_at IS NOT NULL AND finished_at > 0 ORDER BY finished_at LIMIT 1"
)


def _among(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", expanding=True))


_DELETE = _among("DELETE FROM deliveries WHERE id IN :ids AND NOT open RETURNING id, status")
_LEFT = _among(
    "SELECT id FROM messages WHERE id IN :ids AND EXISTS (SELECT 1 FROM deliveries WHERE message_id = messages.id)"
)
_DELETE_HEADS = _among("DELETE FROM messages WHERE id IN :ids AND purged_at IS NOT NULL")
_TALLY = text("UPDATE messages SET purged = :purged WHERE id = :id")
_EMPTY = _among("UPDATE messages SET contents = '{}', audience = '{}', purged_at = :now WHERE id IN :ids")


def ended(session: Session, before: float, after: EndedMessage, limit: int) -> list[EndedMessage]:
    """Messages that ended by then and have deliveries left, the one that ended first before the others."""
    values = {"before": before, "finished_at": after.finished_at, "id": after.id, "limit": limit}
    return [EndedMessage(*row) for row in session.execute(_ENDED, values)]


def deliveries_of(session: Session, message_ids: Sequence[int], limit: int) -> list[Old]:
    """Up to `limit` deliveries of these messages that may go, by message and id.

    Nothing that is open, or holds a credit whose fate isn't known.
    """
    followed = aliased(DeliveryRow)
    fell_over = exists().where(
        followed.message_id == DeliveryRow.message_id,
        followed.userid == DeliveryRow.userid,
        followed.fallback_of == DeliveryRow.id,
    )
    newest = select(func.max(_deliveries.c.id)).scalar_subquery()
    rows = session.execute(
        select(_deliveries, ChannelRow.code.label("channel"), fell_over.label("fell_over"))
        .outerjoin(ChannelRow, ChannelRow.id == _deliveries.c.channel_id)
        .where(
            _deliveries.c.message_id.in_(message_ids),
            _deliveries.c.id < newest,
            ~_deliveries.c.open,
            _deliveries.c.credit.is_(None),
        )
        .order_by(_deliveries.c.message_id, _deliveries.c.id)
        .limit(limit)
    )
    found = [dict(row) for row in rows.mappings()]
    parts = {name: _parts(session, table, [row["id"] for row in found]) for name, table in _PARTS.items()}
    return [_old(row, {name: part[row["id"]] for name, part in parts.items()}) for row in found]


def _parts(session: Session, table: Table, ids: Sequence[int]) -> Mapping[int, list[dict[str, Any]]]:
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for some in chunks(ids):
        for row in session.execute(select(table).where(table.c.delivery_id.in_(some))).mappings():
            found[row["delivery_id"]].append(dict(row))
    return found


def _old(row: dict[str, Any], parts: Mapping[str, list[dict[str, Any]]]) -> Old:
    outcome = Outcome(row["channel"], row["status"], row["reason"])
    return Old(
        id=row["id"],
        message_id=row["message_id"],
        ending=Ending(outcome, bool(row["fell_over"])),
        values={**row, **parts},
    )


def heads(session: Session, message_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """All that stands of these messages themselves, by their numbers."""
    rows = session.execute(select(_messages).where(_messages.c.id.in_(message_ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def take(session: Session, old: Sequence[Old], over: Sequence[int], now: float) -> None:
    """Take deliveries away and count them in their messages; those of the messages `over` that have none left are
    emptied as well. Raises Changed.
    """
    locks.hold_messages(session, {*over, *(one.message_id for one in old)})
    gone: set[tuple[int, str]] = set()
    for some in chunks(old):
        gone.update((id_, status) for id_, status in session.execute(_DELETE, {"ids": [one.id for one in some]}))
    if gone != {(one.id, one.ending.outcome.status) for one in old}:
        raise Changed
    _count(session, old)
    left = set(session.scalars(_LEFT, {"ids": list(over)})) if over else set()
    if emptied := [id_ for id_ in over if id_ not in left]:
        session.execute(_EMPTY, {"ids": emptied, "now": now})


def _count(session: Session, old: Sequence[Old]) -> None:
    of_messages: defaultdict[int, list[Ending]] = defaultdict(list)
    for one in old:
        of_messages[one.message_id].append(one.ending)
    if not of_messages:
        return
    known = session.execute(select(_messages.c.id, _messages.c.purged).where(_messages.c.id.in_(of_messages)))
    rows = [
        {"id": id_, "purged": written(purged_items(added(counts_of(purged), of_messages[id_])))}
        for id_, purged in known
    ]
    session.execute(_TALLY, rows)


def outlived(session: Session, before: float, limit: int) -> list[int]:
    """Messages without deliveries that ended by then."""
    return list(session.scalars(_OUTLIVED, {"before": before, "limit": limit}))


def drop_heads(session: Session, message_ids: Sequence[int]) -> None:
    """Take away what is left of these messages."""
    session.execute(_DELETE_HEADS, {"ids": list(message_ids)})


def oldest_head(session: Session) -> float | None:
    """When the oldest of the messages without deliveries ended."""
    return session.execute(_OLDEST_HEAD).scalar()
