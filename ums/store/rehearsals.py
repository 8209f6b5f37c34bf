"""Deliveries of test messages whose receipts are to be played."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.rehearsal import Part

# The endpoint is written out, not bound: SQLite uses a partial index only where it can see its condition.
_AWAITING = text("""
    SELECT id, userid, address, step, channel_id FROM deliveries
    WHERE endpoint = '(test)' AND status = 'accepted' AND open
      AND updated_at <= :before AND id > :after AND userid NOT IN :silent AND address NOT IN :silent
    ORDER BY id LIMIT :limit
""").bindparams(bindparam("silent", expanding=True))


def awaiting(
    session: Session, *, before: float, after: int, silent: Collection[str], limit: int
) -> list[tuple[Part, int]]:
    """Up to `limit` deliveries accepted before `before`, by id from the first after `after`; each with its channel.

    Those of the userids `silent` are left out.
    """
    rows = session.execute(_AWAITING, {"before": before, "after": after, "silent": sorted(silent), "limit": limit})
    return [
        (Part(delivery_id=row.id, userid=row.userid, address=row.address, step=row.step), row.channel_id)
        for row in rows
    ]
