"""Which users a provider took a message for of late, for the applications whose frequency is capped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from ums.domain.policy import FrequencyCap, policy_of
from ums.store import locks
from ums.store.bulk import chunks
from ums.store.direct import document, fetched, foresee, rows_of


class Taken(NamedTuple):
    """A user for whom a provider took (or, it turned out, lost) a message."""

    message_id: int
    userid: str


_CAPPED = text("SELECT id, policy FROM applications WHERE json_extract(policy, '$.frequency_cap.messages') > 0")
_CAPPED_BESIDE_OTHERS = text("""
    SELECT id, policy FROM applications WHERE CAST(policy #>> '{frequency_cap,messages}' AS INTEGER) > 0
""")

_APPLICATIONS = text("""
    SELECT id, application_id FROM messages WHERE id IN :message_ids AND application_id IN :application_ids
""").bindparams(bindparam("message_ids", expanding=True), bindparam("application_ids", expanding=True))

_NOTE = text("""
    INSERT INTO user_sends (application_id, userid, message_id, at)
    VALUES (:application_id, :userid, :message_id, :now)
    ON CONFLICT (application_id, userid, message_id) DO NOTHING
""")

_LOST = text("""
    DELETE FROM user_sends
    WHERE application_id = (SELECT application_id FROM messages WHERE id = :message_id)
      AND userid = :userid AND message_id = :message_id
      AND NOT EXISTS (
          SELECT 1 FROM deliveries
          WHERE deliveries.message_id = :message_id AND deliveries.userid = :userid
            AND deliveries.status IN ('accepted', 'delivered', 'clicked'))
""")

_USED_UP = text("""
    SELECT userid FROM user_sends
    WHERE application_id = :application_id AND userid IN :userids AND +at > :since
    GROUP BY userid HAVING COUNT(*) >= :messages
""").bindparams(bindparam("userids", expanding=True))
"""The plus keeps SQLite from the index on time, which holds everybody: a thousand times slower."""

_LAST_COUNTED = text("""
    SELECT at FROM user_sends
    WHERE application_id = :application_id AND userid = :userid AND +at > :since
    ORDER BY +at DESC LIMIT 1 OFFSET :before
""")

_OLDEST = text("""
    SELECT MAX(at) FROM (
        SELECT at FROM user_sends WHERE application_id = :application_id AND at <= :before ORDER BY at LIMIT :limit
    ) AS oldest
""")

_FORGET = text("DELETE FROM user_sends WHERE application_id = :application_id AND at <= :before")

_COUNTED = text("""
    SELECT id FROM applications WHERE EXISTS (SELECT 1 FROM user_sends WHERE application_id = applications.id)
""")


def note(session: Session, taken: Iterable[Taken], now: float) -> None:
    """A provider took these messages: each is counted once for its user, where there is a cap to count for.

    Addresses of a caller's own, which belong to no user, aren't counted.
    """
    capped = caps(session)
    pairs = {one for one in taken if one.userid} if capped else set()
    if not pairs:
        return
    applications = _applications(session, {one.message_id for one in pairs}, capped)
    rows = [
        {
            "application_id": applications[one.message_id],
            "userid": one.userid,
            "message_id": one.message_id,
            "now": now,
        }
        for one in pairs
        if one.message_id in applications
    ]
    if rows:
        session.execute(_NOTE, rows)


def note_lost(session: Session, lost: Taken) -> None:
    """A delivery that was taken came to nothing after all; it counts no more unless another of it was taken."""
    session.execute(_LOST, {"message_id": lost.message_id, "userid": lost.userid})


def foresee_caps(session: Session) -> None:
    """Ask ahead for `caps`."""
    foresee(session, _CAPPED_BESIDE_OTHERS, {})


def caps(session: Session) -> dict[int, FrequencyCap]:
    """The frequency caps there are, by application."""
    statement = _CAPPED_BESIDE_OTHERS if locks.others_write(session) else _CAPPED
    found = fetched(session, statement, {}, _capped)
    return {application_id: cap for application_id, cap in found if cap is not None}


def _capped(application_id: int, policy: object) -> tuple[int, FrequencyCap | None]:
    """An application's cap, from its policy as the driver gives it."""
    return application_id, policy_of(document(policy)).frequency_cap


def used_up(
    session: Session, application_id: int, cap: FrequencyCap, userids: Sequence[str], now: float
) -> frozenset[str]:
    """Those of the users who have had as many of the application's messages as the cap allows."""
    found: set[str] = set()
    for some in chunks(userids):
        values = {
            "application_id": application_id,
            "userids": list(some),
            "since": now - cap.seconds,
            "messages": cap.messages,
        }
        found.update(session.execute(_USED_UP, values).scalars())
    return frozenset(found)


def free_at(session: Session, application_id: int, cap: FrequencyCap, userid: str, now: float) -> float | None:
    """When the cap lets a user have another message who has had as many as it allows; None: now."""
    values = {
        "application_id": application_id,
        "userid": userid,
        "since": now - cap.seconds,
        "before": cap.messages - 1,
    }
    at = session.execute(_LAST_COUNTED, values).scalar()
    return None if at is None else float(at) + cap.seconds


class Others(NamedTuple):
    """The other messages of an application for a user, as a delivery of one message sees them."""

    application_id: int
    userid: str
    message_id: int
    delivery_id: int


_TAKEN_BY_OTHERS = text("""
    SELECT
        (SELECT COUNT(*) FROM user_sends
         WHERE application_id = :application_id AND userid = :userid AND message_id <> :message_id
           AND +at > :since),
        (SELECT COUNT(DISTINCT deliveries.message_id) FROM deliveries
         JOIN messages ON messages.id = deliveries.message_id
         WHERE deliveries.status = 'sending' AND deliveries.userid = :userid AND deliveries.id < :delivery_id
           AND deliveries.message_id <> :message_id AND messages.application_id = :application_id)
""")


def taken_by_others(session: Session, others: Others, since: float) -> tuple[int, int]:
    """How many other messages providers took for the user since then, and how many more, claimed before, may be."""
    ((taken, under_way),) = rows_of(session, _TAKEN_BY_OTHERS, {**others._asdict(), "since": since})
    return taken, under_way


def forget(session: Session, now: float, limit: int) -> bool:
    """Drop what no cap looks back to any more, about `limit` rows of each application; whether there were any."""
    capped, dropped = caps(session), False
    for application_id in session.execute(_COUNTED).scalars().all():
        cap = capped.get(application_id)
        before = now if cap is None else now - cap.seconds
        values = {"application_id": application_id, "before": before, "limit": limit}
        oldest = session.execute(_OLDEST, values).scalar()
        if oldest is not None:
            session.execute(_FORGET, {"application_id": application_id, "before": oldest})
            dropped = True
    return dropped


def _applications(
    session: Session, message_ids: Collection[int], application_ids: Collection[int]
) -> dict[int, int]:
    """The application of each of the messages that is one of these applications'."""
    values = {"message_ids": list(message_ids), "application_ids": list(application_ids)}
    return {row.id: row.application_id for row in session.execute(_APPLICATIONS, values)}
