"""Credits that deliveries hold: set aside before a provider is called, spent or given back afterwards.

All of a batch at once, in a few statements: a sending process does so thousands of times a second. A reservation is
one conditional statement, so that two workers can't promise the same credit, on any database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.credit import Cause, CreditPlace, Fate
from ums.store.bulk import ForAll, chunks, returned_by_all, run_all
from ums.store.direct import Value

_PLACES = "channel_id = :channel_id AND template_id = :template_id AND address IN ({rows})"
_ADDRESSES, _IDS = ("VARCHAR",), ("BIGINT",)

_RESERVE = ForAll(
    f"""
    UPDATE credits SET reserved = reserved + 1, updated_at = :now WHERE {_PLACES} AND balance > reserved
    RETURNING address
    """,  # noqa: S608 - constants
    _ADDRESSES,
)

_SPEND = ForAll(
    f"""
    UPDATE credits SET balance = CASE WHEN balance > 0 THEN balance - 1 ELSE 0 END,
        reserved = CASE WHEN reserved > 0 THEN reserved - 1 ELSE 0 END, updated_at = :now
    WHERE {_PLACES}
    """,  # noqa: S608
    _ADDRESSES,
)
_NOTE_SPENT = ForAll(
    """
    INSERT INTO credit_movements (channel_id, address, template_id, change, balance, cause, delivery_id, at)
    SELECT credits.channel_id, credits.address, credits.template_id, -1, credits.balance, :cause, spent.column2,
           :now
    FROM ({rows}) AS spent JOIN credits ON credits.address = spent.column1
    WHERE credits.channel_id = :channel_id AND credits.template_id = :template_id
    """,
    ("VARCHAR", "BIGINT"),
)
"""What `_SPEND` has left, read again: it costs SQLite less than to return it, and no others change it meanwhile."""

_RELEASE = ForAll(
    f"""
    UPDATE credits SET reserved = CASE WHEN reserved > 0 THEN reserved - 1 ELSE 0 END, updated_at = :now
    WHERE {_PLACES}
    """,  # noqa: S608
    _ADDRESSES,
)

_HOLD = ForAll("UPDATE deliveries SET credit = :template_id WHERE id IN ({rows})", _IDS)
_LET_GO = ForAll(
    "UPDATE deliveries SET credit = NULL WHERE credit IS NOT NULL AND id IN ({rows}) RETURNING id", _IDS
)
_HELD = text("""
    SELECT id, channel_id, address, credit FROM deliveries WHERE credit IS NOT NULL AND id IN :ids
""").bindparams(bindparam("ids", expanding=True))
_LEFT = text("""
    SELECT id FROM deliveries
    WHERE credit IS NOT NULL AND status NOT IN ('sending', 'queued') AND updated_at <= :before
    ORDER BY updated_at LIMIT :limit
""")


ByPlace = Mapping[tuple[int, str], Sequence[tuple[str, int]]]
"""By channel and template: addresses, each with the delivery that needs or holds one of its credits."""


class Held(NamedTuple):
    """A delivery that holds a credit."""

    delivery_id: int
    place: CreditPlace


def reserve(session: Session, wanted: ByPlace, now: float) -> set[int]:
    """Set a credit aside for each of the deliveries, which are about to be sent; those for which there was one."""
    reserved: set[int] = set()
    for place, of_address in _rounds(wanted):
        found = returned_by_all(session, _RESERVE, _alike(place, now), [(address,) for address in of_address])
        reserved.update([of_address[address] for (address,) in found])
    return reserved


def hold(session: Session, template_id: str | None, delivery_ids: Collection[int]) -> None:
    """Note of deliveries that they hold the credit that was set aside for them, or (None) that they hold none."""
    run_all(session, _HOLD, {"template_id": template_id}, [(id_,) for id_ in delivery_ids])


def held(session: Session, delivery_ids: Sequence[int]) -> list[Held]:
    """Those of the deliveries that hold a credit, and whose."""
    return [
        Held(row.id, CreditPlace(row.channel_id, row.address, row.credit))
        for some in chunks(delivery_ids)
        for row in session.execute(_HELD, {"ids": list(some)})
    ]


def settle(session: Session, fates: Mapping[Held, Fate], now: float, cause: Cause = Cause.SENT) -> None:
    """Spend credits, or give them back; the deliveries hold them no more.

    Those that another process has let go of since they were found are passed over.
    """
    let_go = {id_ for (id_,) in returned_by_all(session, _LET_GO, {}, [(one.delivery_id,) for one in fates])}
    book(session, {one: fate for one, fate in fates.items() if one.delivery_id in let_go}, now, cause)


def book(session: Session, fates: Mapping[Held, Fate], now: float, cause: Cause = Cause.SENT) -> None:
    """Spend credits, or give them back, of deliveries whose rows hold them no more."""
    give_back(session, _by_place(one for one in fates if fates[one] is Fate.RELEASED), now)
    spend(session, _by_place(one for one in fates if fates[one] is Fate.SPENT), now, cause)


def give_back(session: Session, held: ByPlace, now: float) -> None:
    """Give back credits of deliveries whose rows hold them no more."""
    for place, of_address in _rounds(held):
        run_all(session, _RELEASE, _alike(place, now), [(address,) for address in of_address])


def spend(session: Session, held: ByPlace, now: float, cause: Cause = Cause.SENT) -> None:
    """Spend credits of deliveries whose rows hold them no more."""
    for place, of_address in _rounds(held):
        same = _alike(place, now)
        run_all(session, _SPEND, same, [(address,) for address in of_address])
        run_all(session, _NOTE_SPENT, {**same, "cause": cause.value}, list(of_address.items()))


def release(session: Session, delivery_ids: Sequence[int], now: float) -> None:
    """Give back what deliveries hold that were not sent after all."""
    settle(session, dict.fromkeys(held(session, delivery_ids), Fate.RELEASED), now)


def left_over(session: Session, before: float, limit: int) -> list[int]:
    """Deliveries that still hold a credit though nothing has become of them since then."""
    return list(session.execute(_LEFT, {"before": before, "limit": limit}).scalars())


def _by_place(held: Iterable[Held]) -> ByPlace:
    found: defaultdict[tuple[int, str], list[tuple[str, int]]] = defaultdict(list)
    for delivery_id, (channel_id, address, template_id) in held:
        found[channel_id, template_id].append((address, delivery_id))
    return found


def _rounds(wanted: ByPlace) -> Iterator[tuple[tuple[int, str], dict[str, int]]]:
    """The deliveries by address, for one channel and template at a time; an address's second in another round."""
    for place, left in wanted.items():
        while left:
            of_address = dict(left)
            if len(of_address) == len(left):
                yield place, of_address
                break
            of_address.update(reversed(left))
            yield place, of_address
            left = [(address, id_) for address, id_ in left if of_address[address] != id_]


def _alike(place: tuple[int, str], now: float) -> dict[str, Value]:
    channel_id, template_id = place
    return {"channel_id": channel_id, "template_id": template_id, "now": now}
