"""Rules that operators have made."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ums.domain.rule import Rule, rule_items, rule_of
from ums.store.models import RuleRow
from ums.store.numbers import next_id


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule with the number that messages name it by."""

    id: int
    name: str
    rule: Rule
    created_at: float
    updated_at: float


def add(session: Session, name: str, rule: Rule, now: float, *, rule_id: int | None = None) -> KeptRule:
    """Keep a new rule, under `rule_id` where one is chosen."""
    row = RuleRow(
        id=rule_id or next_id(session, RuleRow.id),
        name=name,
        steps=rule_items(rule),
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return _value(row)


def change(session: Session, rule_id: int, name: str, rule: Rule, now: float) -> None:
    session.execute(
        update(RuleRow).where(RuleRow.id == rule_id).values(name=name, steps=rule_items(rule), updated_at=now)
    )


def remove(session: Session, rule_id: int) -> bool:
    """Whether there was one."""
    return session.scalars(delete(RuleRow).where(RuleRow.id == rule_id).returning(RuleRow.id)).first() is not None


def by_id(session: Session, rule_id: int) -> KeptRule | None:
    row = session.scalars(select(RuleRow).where(RuleRow.id == rule_id)).first()
    return None if row is None else _value(row)


def by_name(session: Session, name: str) -> KeptRule | None:
    row = session.scalars(select(RuleRow).where(RuleRow.name == name)).first()
    return None if row is None else _value(row)


def page(session: Session, *, after: int, limit: int) -> list[KeptRule]:
    """At most `limit` rules by id, from the first after `after`."""
    rows = session.scalars(select(RuleRow).where(RuleRow.id > after).order_by(RuleRow.id).limit(limit))
    return [_value(row) for row in rows]


def _value(row: RuleRow) -> KeptRule:
    return KeptRule(
        id=row.id, name=row.name, rule=rule_of(row.steps), created_at=row.created_at, updated_at=row.updated_at
    )
