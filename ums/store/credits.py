"""The ledger of credits: balances, and every change with its cause; what deliveries hold: `credit_holds`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, text
from sqlalchemy.orm import Session

from ums.domain.credit import PAIRING_SECONDS, Balance, Cause, CreditPlace, Movement, Source
from ums.store import locks
from ums.store.bulk import chunks
from ums.store.direct import fetched, rows_of, run

_PLACE = "channel_id = :channel_id AND address = :address AND template_id = :template_id"

_KNOWN = text(f"SELECT balance, reserved FROM credits WHERE {_PLACE}")  # noqa: S608 - a constant

_LEFT_AMONG = text("""
    SELECT address, balance - reserved FROM credits
    WHERE channel_id = :channel_id AND address IN :addresses AND template_id = :template_id
""").bindparams(bindparam("addresses", expanding=True))

_ALLOW = text("""
    INSERT INTO credits (channel_id, address, template_id, balance, reserved, updated_at)
    VALUES (:channel_id, :address, :template_id, 1, 0, :now)
    ON CONFLICT (channel_id, address, template_id) DO UPDATE SET balance = credits.balance + 1, updated_at = :now
    WHERE credits.balance - credits.reserved < :most
    RETURNING balance
""")
MANY = 2**31 - 1

_EMPTY = text("""
    INSERT INTO credits (channel_id, address, template_id, balance, reserved, updated_at)
    VALUES (:channel_id, :address, :template_id, 0, 0, :now)
    ON CONFLICT (channel_id, address, template_id) DO UPDATE SET balance = 0, updated_at = :now
""")

_MOVE = text("""
    INSERT INTO credit_movements (channel_id, address, template_id, change, balance, cause, source, delivery_id, at)
    VALUES (:channel_id, :address, :template_id, :change, :balance, :cause, :source, :delivery_id, :now)
""")

_PAIR = text(f"""
    UPDATE credit_movements SET paired_at = :now WHERE id = (
        SELECT MIN(id) FROM credit_movements
        WHERE {_PLACE} AND source IS NOT NULL AND paired_at IS NULL AND source <> :source AND at > :since)
    RETURNING id
""")  # noqa: S608

_SAVED = text("""
    INSERT INTO saved_calls (channel_id, day, calls) VALUES (:channel_id, :day, :calls)
    ON CONFLICT (channel_id, day) DO UPDATE SET calls = saved_calls.calls + :calls
""")
_SAVINGS = text("SELECT COALESCE(SUM(calls), 0) FROM saved_calls WHERE channel_id = :channel_id AND day >= :since")


def known(session: Session, place: CreditPlace) -> int | None:
    """How many credits may still be used; None where nothing is known."""
    found = fetched(session, _KNOWN, place._asdict(), lambda balance, reserved: max(balance - reserved, 0))
    return found[0] if found else None


def left_among(session: Session, places: Iterable[CreditPlace]) -> dict[CreditPlace, int]:
    """How many credits may still be used where anything is known; of a broadcast's thousands often nothing is."""
    by_template: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for place in places:
        by_template[place.channel_id, place.template_id].append(place.address)
    return {
        CreditPlace(channel_id, address, template_id): left
        for (channel_id, template_id), addresses in by_template.items()
        for some in chunks(addresses)
        for address, left in session.execute(
            _LEFT_AMONG, {"channel_id": channel_id, "template_id": template_id, "addresses": list(some)}
        )
    }


def allow(session: Session, place: CreditPlace, source: Source, now: float, most: int | None = None) -> int:
    """One more message is allowed, unless the other source has told of the same tap already; the balance.

    Where `most` are allowed that no delivery holds, one more changes nothing.
    """
    locks.hold(session, "credits", place)
    pairing = {**place._asdict(), "source": source.value, "now": now, "since": now - PAIRING_SECONDS}
    room = {**place._asdict(), "now": now, "most": MANY if most is None else most}
    allowed = () if rows_of(session, _PAIR, pairing) else rows_of(session, _ALLOW, room)
    if not allowed:
        return known(session, place) or 0
    balance = allowed[0][0]
    _move(session, place, 1, balance, Cause.ALLOWED, now, source=source)
    return int(balance)


def empty(session: Session, place: CreditPlace, cause: Cause, now: float, delivery_id: int | None = None) -> None:
    """No credit is left, whatever was thought."""
    locks.hold(session, "credits", place)
    before = rows_of(session, _KNOWN, place._asdict())
    run(session, _EMPTY, {**place._asdict(), "now": now})
    balance = before[0][0] if before else 0
    if balance or not before:
        _move(session, place, -balance, 0, cause, now, delivery_id=delivery_id)


def note_saved(session: Session, channel_id: int, day: str, calls: int) -> None:
    """Count calls that were not made."""
    session.execute(_SAVED, {"channel_id": channel_id, "day": day, "calls": calls})


def saved_calls(session: Session, channel_id: int, since: str) -> int:
    """How many calls were not made since that day."""
    return int(session.execute(_SAVINGS, {"channel_id": channel_id, "since": since}).scalar_one())


def _move(
    session: Session,
    place: CreditPlace,
    change: int,
    balance: int,
    cause: Cause,
    now: float,
    *,
    source: Source | None = None,
    delivery_id: int | None = None,
) -> None:
    values: dict[str, object] = {
        **place._asdict(),
        "change": change,
        "balance": balance,
        "cause": cause.value,
        "source": source.value if source else None,
        "delivery_id": delivery_id,
        "now": now,
    }
    run(session, _MOVE, values)


BALANCES = """
    SELECT credits.address, credits.template_id, credits.balance, credits.reserved, credits.updated_at,
           (SELECT users.userid FROM bindings JOIN users ON users.id = bindings.user_id
            WHERE bindings.property = :property AND bindings.value = credits.address
              AND bindings.bind_id IN (:code, :channel_key, 'all') ORDER BY bindings.id LIMIT 1) AS userid
    FROM credits
    WHERE credits.channel_id = :channel_id
      AND (:template_id = '' OR credits.template_id = :template_id)
"""
"""Balances of a channel's, of one template's where one is named, with the userid of each; to be gone on with."""
_BALANCES = f"""
    {BALANCES}
      AND (:address = '' OR credits.address = :address)
      AND credits.balance - credits.reserved <= :at_most
      AND (credits.address > :after_address
           OR (credits.address = :after_address AND credits.template_id > :after_template))
    ORDER BY credits.address, credits.template_id LIMIT :limit
"""


class Wanted(NamedTuple):
    """Which balances of a channel are asked for; what is empty is not asked for."""

    channel_id: int
    template_id: str
    address: str
    at_most: int


class Named(NamedTuple):
    """Where an address of a channel may be bound."""

    property: str
    code: str
    channel_key: str


def balances(session: Session, wanted: Wanted, named: Named, after: tuple[str, str], limit: int) -> list[Balance]:
    """Balances of a channel by address and template, after the place `after`."""
    values = {**wanted._asdict(), **named._asdict(), "after_address": after[0], "after_template": after[1]}
    return [balance_of(row) for row in session.execute(text(_BALANCES), {**values, "limit": limit})]


def balance_of(row: Row[*tuple[Any, ...]]) -> Balance:
    """A balance as it was read, with whose it is."""
    return Balance(
        address=row.address,
        userid=row.userid,
        template_id=row.template_id,
        balance=row.balance,
        reserved=row.reserved,
        updated_at=row.updated_at,
    )


_MOVEMENTS = text(f"""
    SELECT id, address, template_id, change, balance, cause, source, delivery_id, at FROM credit_movements
    WHERE {_PLACE} AND id > :after ORDER BY id LIMIT :limit
""")  # noqa: S608


def movements(session: Session, place: CreditPlace, after: int, limit: int) -> list[Movement]:
    """How a balance came about, the oldest change first."""
    values = {**place._asdict(), "after": after, "limit": limit}
    return [movement_of(row) for row in session.execute(_MOVEMENTS, values)]


def movement_of(row: Row[*tuple[Any, ...]]) -> Movement:
    """A change of a balance as it was read."""
    return Movement(
        id=row.id,
        address=row.address,
        template_id=row.template_id,
        change=row.change,
        balance=row.balance,
        cause=Cause(row.cause),
        source=Source(row.source) if row.source else None,
        delivery_id=row.delivery_id,
        at=row.at,
    )
