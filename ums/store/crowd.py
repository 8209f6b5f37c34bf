"""People made up for a measurement, by the hundred thousand, in a scratch database."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.store import locks

_NUMBERS = "WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < :size)"
_FILL = (
    f"""
    INSERT INTO users (id, userid, created_at) {_NUMBERS} SELECT value, 'u' || value, :now FROM n
    """,  # noqa: S608 - constants
    f"""
    INSERT INTO bindings (user_id, property, bind_id, value, state, cause, updated_at) {_NUMBERS}
    SELECT value, :type, :code, 'o' || SUBSTR(CAST(1000000000000000 + value AS TEXT), 2) || 'bench-person',
           'active', '', :now
    FROM n
    """,  # noqa: S608
    """
    INSERT INTO credits (channel_id, address, template_id, balance, reserved, updated_at)
    SELECT channels.id, bindings.value, :template_id, 1, 0, :now FROM bindings
    JOIN channels ON channels.code = bindings.bind_id
    WHERE bindings.property = :type AND bindings.bind_id = :code
    """,
    """
    UPDATE endpoints SET rate = :rate, allowance = :rate, refilled_at = :now
    WHERE channel_id = (SELECT id FROM channels WHERE code = :code)
    """,
)


def fill(session: Session, code: str, type_: str, template_id: str, *, size: int, rate: float, now: float) -> None:
    """`size` users with an address each on the channel `code`, a credit for the template, and a pace to send at."""
    values = {
        "size": size,
        "code": code,
        "type": type_,
        "template_id": template_id,
        "rate": rate,
        "now": now,
    }
    for statement in _FILL:
        session.execute(text(statement), values)
    if locks.others_write(session):
        # a server whose autovacuum hasn't come by yet takes a million rows for a handful, and plans accordingly
        session.execute(text("ANALYZE"))
