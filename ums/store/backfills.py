"""How far channels' followers have been listed and asked for who they are.

Whoever takes a step claims it by one statement, which also puts the next one off for as long as this one may take:
two processes never take the same step, and one that dies loses nothing but that time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.store.direct import fetched, rows_of, run
from ums.store.models import BackfillRow

IDLE, RUNNING, DONE, STOPPED = STATES = ("idle", "running", "done", "stopped")
"""`idle`: nobody has begun it; `stopped`: an operator must act."""

_NEW = """
    INSERT INTO backfills (channel_id, state, after, is_listed, total, listed, asked, joined, due, asks_due, day,
        calls, started_at, note)
    VALUES (:channel_id, '{}', '', false, 0, 0, 0, 0, :now, :now, '', 0, :now, '')
    ON CONFLICT (channel_id) DO {}
"""
_ENLIST = text(_NEW.format(IDLE, "NOTHING"))
# What has stopped goes on where it was; what is through begins again.
_BEGIN = text(
    _NEW.format(
        RUNNING,
        """UPDATE SET state = 'running', due = :now, asks_due = :now, note = '', finished_at = NULL,
            after = CASE WHEN backfills.state = 'stopped' THEN backfills.after ELSE '' END,
            is_listed = CASE WHEN backfills.state = 'stopped' THEN backfills.is_listed ELSE false END,
            total = CASE WHEN backfills.state = 'stopped' THEN backfills.total ELSE 0 END,
            listed = CASE WHEN backfills.state = 'stopped' THEN backfills.listed ELSE 0 END,
            asked = CASE WHEN backfills.state = 'stopped' THEN backfills.asked ELSE 0 END,
            joined = CASE WHEN backfills.state = 'stopped' THEN backfills.joined ELSE 0 END,
            started_at = CASE WHEN backfills.state = 'stopped' THEN backfills.started_at ELSE :now END
        WHERE backfills.state <> 'running'""",
    )
)
_TO_LIST = text("SELECT channel_id FROM backfills WHERE state = 'running' AND NOT is_listed AND due <= :now")
# The call counts before it is made: who dies over it has made it.
_CLAIM_LIST = text("""
    UPDATE backfills SET due = :until, day = :day, calls = CASE WHEN day = :day THEN calls + 1 ELSE 1 END
    WHERE channel_id = :channel_id AND state = 'running' AND NOT is_listed AND due <= :now
      AND (day <> :day OR calls < :most)
    RETURNING after, started_at
""")
_LISTED = text("""
    UPDATE backfills SET after = :next, is_listed = :is_last, total = :total, listed = listed + :number, due = :now,
        note = ''
    WHERE channel_id = :channel_id AND after = :after AND NOT is_listed
""")
_LIST_ANEW = text("UPDATE backfills SET after = '', listed = 0 WHERE channel_id = :channel_id")
_REST_LISTING = text("""
    UPDATE backfills SET due = :until, note = :note WHERE channel_id = :channel_id AND state = 'running'
""")
# A step that is claimed is left alone: only what is put off for longer than one may take rests for a quota.
_WAKE = text("""
    UPDATE backfills SET due = CASE WHEN due > :claimed THEN :now ELSE due END,
        asks_due = CASE WHEN asks_due > :claimed THEN :now ELSE asks_due END,
        note = CASE WHEN due > :claimed OR asks_due > :claimed THEN '' ELSE note END
    WHERE channel_id = :channel_id AND state <> 'stopped'
""")
_CLAIM_ASK = text("""
    UPDATE backfills SET asks_due = :until WHERE channel_id = :channel_id AND asks_due <= :now RETURNING channel_id
""")
_ASKED = text("""
    UPDATE backfills SET asked = asked + :number, joined = joined + :joined, asks_due = :until
    WHERE channel_id = :channel_id
""")
_REST_ASKING = text("UPDATE backfills SET asks_due = :until, note = :note WHERE channel_id = :channel_id")
_STOP = text("""
    UPDATE backfills SET state = 'stopped', note = :note WHERE channel_id = :channel_id AND state = 'running'
""")
_FINISH = text("""
    UPDATE backfills SET state = 'done', finished_at = :now, note = ''
    WHERE channel_id = :channel_id AND state = 'running' AND is_listed AND NOT EXISTS (
        SELECT 1 FROM identities WHERE identities.channel_id = :channel_id AND identities.asked_at IS NULL)
""")
_BEGUN = text("SELECT channel_id FROM backfills WHERE state <> 'idle'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """A backfill as it is kept; times in unix seconds. `total` is how many the provider says follow."""

    state: str
    is_listed: bool
    total: int
    listed: int
    asked: int
    joined: int
    due: float
    asks_due: float
    day: str
    calls: int
    started_at: float
    finished_at: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A claimed step of listing: after which address it goes on, and since when the backfill runs."""

    after: str = field(repr=False)
    started_at: float


def begin(session: Session, channel_id: int, now: float) -> None:
    """Begin, or go on where it has stopped; one that runs runs on."""
    run(session, _BEGIN, {"channel_id": channel_id, "now": now})


def enlist(session: Session, channel_id: int, now: float) -> None:
    """See that there is a row for a channel that is asked about, though nobody lists its followers."""
    run(session, _ENLIST, {"channel_id": channel_id, "now": now})


def find(session: Session, channel_id: int) -> Backfill | None:
    row = session.get(BackfillRow, channel_id)
    if row is None:
        return None
    return Backfill(
        state=row.state,
        is_listed=row.is_listed,
        total=row.total,
        listed=row.listed,
        asked=row.asked,
        joined=row.joined,
        due=row.due,
        asks_due=row.asks_due,
        day=row.day,
        calls=row.calls,
        started_at=row.started_at,
        finished_at=row.finished_at,
        note=row.note,
    )


def to_list(session: Session, now: float) -> list[int]:
    """The channels whose next followers are to be listed now."""
    return [channel_id for (channel_id,) in rows_of(session, _TO_LIST, {"now": now})]


def claim_list(
    session: Session, channel_id: int, *, day: str, most: int, now: float, until: float
) -> Listing | None:
    """Take the next step of listing, whose call counts among the day's `most`; None where there is none to take."""
    values = {"channel_id": channel_id, "day": day, "most": most, "now": now, "until": until}
    found = fetched(session, _CLAIM_LIST, values, Listing)
    return found[0] if found else None


def listed(
    session: Session, channel_id: int, step: Listing, *, number: int, total: int, after: str, now: float
) -> None:
    """A step of listing is done, unless another process has done it too; the next one is due."""
    values = {"channel_id": channel_id, "after": step.after, "number": number, "total": total, "now": now}
    run(session, _LISTED, {**values, "next": after, "is_last": not after})


def list_anew(session: Session, channel_id: int) -> None:
    """Begin with the first again; whoever is known by then stays so."""
    run(session, _LIST_ANEW, {"channel_id": channel_id})


def rest_listing(session: Session, channel_id: int, until: float, note: str) -> None:
    """List no more until then."""
    run(session, _REST_LISTING, {"channel_id": channel_id, "until": until, "note": note})


def wake(session: Session, channel_id: int, *, now: float, claimed: float) -> None:
    """Go on at once with what rests for a quota; `claimed` is until when steps that are being taken may last."""
    run(session, _WAKE, {"channel_id": channel_id, "now": now, "claimed": claimed})


def claim_ask(session: Session, channel_id: int, *, now: float, until: float) -> bool:
    """Take the next step of asking: whether it is there to take."""
    return bool(rows_of(session, _CLAIM_ASK, {"channel_id": channel_id, "now": now, "until": until}))


def asked(session: Session, channel_id: int, *, number: int, joined: int, until: float) -> None:
    """So many were asked about; the next ones are due at `until`."""
    run(session, _ASKED, {"channel_id": channel_id, "number": number, "joined": joined, "until": until})


def rest_asking(session: Session, channel_id: int, until: float, note: str) -> None:
    """Ask no more until then."""
    run(session, _REST_ASKING, {"channel_id": channel_id, "until": until, "note": note})


def stop(session: Session, channel_id: int, note: str) -> None:
    """An operator must act before it goes on."""
    run(session, _STOP, {"channel_id": channel_id, "note": note})


def finish(session: Session, channel_id: int, now: float) -> None:
    """It is done, if all are listed and asked about."""
    run(session, _FINISH, {"channel_id": channel_id, "now": now})


def begun(session: Session) -> set[int]:
    """The channels whose followers have been listed once, or are being listed."""
    return {channel_id for (channel_id,) in rows_of(session, _BEGUN, {})}
