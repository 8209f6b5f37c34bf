"""The ledger of credits as operators look at it: sums by template, who runs out, one address's changes."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.domain.credit import Balance, Movement, TemplateCredits
from ums.store.credits import BALANCES, Named, Wanted, balance_of, movement_of

_SUMS = text("""
    SELECT template_id, COUNT(*) AS known,
           SUM(CASE WHEN balance > reserved THEN 1 ELSE 0 END) AS holders,
           SUM(CASE WHEN balance > reserved THEN balance - reserved ELSE 0 END) AS available,
           SUM(reserved) AS reserved
    FROM credits WHERE channel_id = :channel_id AND (:template_id = '' OR template_id = :template_id)
    GROUP BY template_id ORDER BY template_id
""")

_LOWEST = text(f"""
    {BALANCES}
      AND credits.balance - credits.reserved <= :at_most
    ORDER BY credits.balance - credits.reserved, credits.template_id, credits.address
    LIMIT :limit OFFSET :start
""")

_CHANGES = text("""
    SELECT moved.id, moved.address, moved.template_id, moved.change, moved.balance, moved.cause, moved.source,
           moved.delivery_id, moved.at, messages.msgid
    FROM credit_movements AS moved
    LEFT JOIN deliveries ON deliveries.id = moved.delivery_id
    LEFT JOIN messages ON messages.id = deliveries.message_id
    WHERE moved.channel_id = :channel_id AND moved.address = :address
    ORDER BY moved.id DESC LIMIT :limit
""")


def by_template(session: Session, channel_id: int, template_id: str = "") -> tuple[TemplateCredits, ...]:
    """The credits of each template of a channel that anything is known of; of one alone, where it is named."""
    values = {"channel_id": channel_id, "template_id": template_id}
    return tuple(
        TemplateCredits(
            template_id=row.template_id,
            known=int(row.known),
            holders=int(row.holders),
            available=int(row.available),
            reserved=int(row.reserved),
        )
        for row in session.execute(_SUMS, values)
    )


def lowest(session: Session, wanted: Wanted, named: Named, start: int, limit: int) -> list[Balance]:
    """Balances of a channel, those with the fewest credits first, after the first `start` of them."""
    values = {**wanted._asdict(), **named._asdict(), "start": start, "limit": limit}
    return [balance_of(row) for row in session.execute(_LOWEST, values)]


def newest_changes(
    session: Session, channel_id: int, address: str, limit: int
) -> tuple[tuple[Movement, str | None], ...]:
    """The last changes of an address's balances, the newest first, each with the msgid that it was for."""
    values = {"channel_id": channel_id, "address": address, "limit": limit}
    return tuple((movement_of(row), row.msgid) for row in session.execute(_CHANGES, values))
