"""The statements by which deliveries are claimed, on either database."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from ums.store import locks

FREE = """expires_at > :now
          AND NOT EXISTS (
              SELECT 1 FROM deliveries AS busy
              WHERE busy.status = 'sending' AND busy.channel_id = waiting.channel_id
                AND busy.address = waiting.address{each})"""
CLAIMABLE = f"""
        SELECT id FROM deliveries AS waiting
        WHERE status = 'queued' AND channel_id = :channel_id AND endpoint = :endpoint AND priority = :priority
          AND due <= :now AND {FREE}
        ORDER BY due, id LIMIT :limit"""  # noqa: S608 - constants

_CLAIM = """
    UPDATE deliveries SET status = 'sending', owner = :owner, attempt = attempt + 1, updated_at = :now,
        credit = CASE WHEN message_id = :rich THEN :credit ELSE credit END
    {which}
    RETURNING id, message_id, userid, channel_id, endpoint, address, step, attempt, tries, calls,
              first_called_at, expires_at, credit
"""


class Credit(NamedTuple):
    """What a message's deliveries are claimed as holding: a credit of a template, which is yet to be set aside.

    Most will have one. To note it once it is set aside would be another update of each row, and of its indexes.
    """

    message_id: int = 0
    template_id: str | None = None

    @property
    def values(self) -> dict[str, object]:
        """What the claim's statement is to be told."""
        return {"rich": self.message_id, "credit": self.template_id}


NO_CREDIT = Credit()


class Claiming(NamedTuple):
    """A claim's statement where nobody writes at the same time, and where others do."""

    alone: TextClause
    beside: TextClause

    def for_(self, session: Session) -> TextClause:
        """The one for this session's database."""
        return self.beside if locks.others_write(session) else self.alone


def claiming(claimable: str, beside: str = "") -> Claiming:
    """How what `claimable` selects is claimed (`beside`: how it is said where others write, if otherwise).

    Where others write meanwhile, rows that they change just now are left for the next turn. PostgreSQL plans by
    what it counted last, perhaps when nothing was queued or sent. So it is left no other way than by the rows' ids,
    and (`OFFSET 0`) by a look for each address: else it would read all that is queued, or compare all that is
    claimed with all that is being sent.
    """
    alone, each = claimable.replace("{each}", ""), (beside or claimable).replace("{each}", " OFFSET 0")
    return Claiming(
        alone=text(_CLAIM.format(which=f"WHERE status = 'queued' AND id IN ({alone})")),
        beside=text(
            f"WITH claimable (found) AS MATERIALIZED ({each} FOR UPDATE OF waiting SKIP LOCKED)"
            f" {_CLAIM.format(which='FROM claimable WHERE id = found')}"
        ),
    )
