"""Which addresses follow, as providers have told: by events, each in its time, and by refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.follow import Follow, ToldBy
from ums.store.bulk import Row, chunks, run_for_all
from ums.store.direct import fetched, run

_TELL = """
    INSERT INTO follows (channel_id, address, following, told_by, at)
    VALUES (:channel_id, :address, :following, :told_by, :at)
    ON CONFLICT (channel_id, address) DO UPDATE SET following = :following, told_by = :told_by, at = :at
    WHERE follows.at {} :at
"""
# Of two events in one second the one that comes last counts; neither a refusal nor a list can know of what happened
# in its second.
_BY_EVENT = text(_TELL.format("<="))
_BY_REFUSAL = text(_TELL.format("<"))

_LISTED = text("""
    INSERT INTO follows (channel_id, address, following, told_by, at)
    VALUES (:channel_id, :address, true, 'list', :at) ON CONFLICT (channel_id, address) DO NOTHING
""")
_STATE = text("SELECT following FROM follows WHERE channel_id = :channel_id AND address = :address")
_STRANGERS = text("""
    SELECT address FROM follows WHERE channel_id = :channel_id AND address IN :addresses AND NOT following
""").bindparams(bindparam("addresses", expanding=True))
_ANY_REFUSED = text("SELECT EXISTS (SELECT 1 FROM follows WHERE told_by = 'refusal')")
_FORGET_REFUSAL = text("""
    DELETE FROM follows WHERE told_by = 'refusal' AND address = :at_value
      AND channel_id = (SELECT id FROM channels WHERE code = :at_bind_id)
""")
_FORGET = text("DELETE FROM follows WHERE channel_id = :channel_id AND address = :address")


def tell(session: Session, channel_id: int, follow: Follow, told_by: ToldBy) -> None:
    """Keep what is told, unless something later is known."""
    statement = _BY_EVENT if told_by is ToldBy.EVENT else _BY_REFUSAL
    run(session, statement, {"channel_id": channel_id, **follow._asdict(), "told_by": told_by.value})


def listed(session: Session, channel_id: int, addresses: Iterable[str], at: float) -> None:
    """Keep that these follow, as of `at`, where nothing is known of them."""
    rows: list[Row] = [{"channel_id": channel_id, "address": address, "at": at} for address in addresses]
    run_for_all(session, _LISTED, rows)


def is_following(session: Session, channel_id: int, address: str) -> bool | None:
    """Whether an address follows; None where nothing is known."""
    found = fetched(session, _STATE, {"channel_id": channel_id, "address": address}, bool)
    return found[0] if found else None


def not_following(session: Session, channel_id: int, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that are known not to follow."""
    return {
        address
        for some in chunks(addresses)
        for address in session.execute(_STRANGERS, {"channel_id": channel_id, "addresses": list(some)}).scalars()
    }


def forget_refusals(session: Session, bound: Iterable[Row]) -> None:
    """Addresses bound anew (`at_bind_id`, `at_value`) count again where only a refusal spoke against them."""
    if session.execute(_ANY_REFUSED).scalar_one():
        for row in bound:
            run(session, _FORGET_REFUSAL, row)


def forget(session: Session, channel_id: int, address: str) -> None:
    """Nothing is known any more."""
    run(session, _FORGET, {"channel_id": channel_id, "address": address})
