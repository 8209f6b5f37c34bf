"""What a transaction keeps to itself while others write beside it; on SQLite nobody does, and it costs nothing.

So that no two wait for one another, all take their locks in one order: channels, then messages, then the others.
(A server that finds two who do has one of them give way: `postgresql.GIVEN_WAY`.)
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from ums.store.direct import run

_CHANNEL, _NAMED = 0x756D74, 0x756D75
"""The two kinds of advisory locks beside `postgresql._TURN`."""

_OWN_CHANNELS = text(f"SELECT pg_advisory_xact_lock({_CHANNEL}, id) FROM unnest(CAST(:ids AS integer[])) AS id")  # noqa: S608
_SHARE_CHANNEL = text(f"SELECT pg_advisory_xact_lock_shared({_CHANNEL}, :id)")
_HOLD = text(f"SELECT pg_advisory_xact_lock({_NAMED}, hashtext(:name))")
_HOLD_MESSAGES = text("SELECT id FROM messages WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_HIGHEST = 2**31
"""Advisory locks go by numbers below this one; channels that share one wait for each other in vain."""


def others_write(session: Session) -> bool:
    """Whether others may write while this transaction lasts."""
    return session.get_bind().dialect.name == "postgresql"


def own_channels(session: Session, channel_ids: Iterable[int]) -> None:
    """Have nobody else send on these channels, or keep what their providers tell, until the transaction ends."""
    ids = sorted({id_ % _HIGHEST for id_ in channel_ids})
    if ids and others_write(session):
        run(session, _OWN_CHANNELS, {"ids": ids})


def share_channel(session: Session, channel_id: int) -> None:
    """Have nobody send on a channel until the transaction ends; others may keep what its provider tells."""
    if others_write(session):
        run(session, _SHARE_CHANNEL, {"id": channel_id % _HIGHEST})


def hold(session: Session, *name: object) -> None:
    """Be the only transaction that holds this name, until it ends."""
    if others_write(session):
        run(session, _HOLD, {"name": repr(name)})


def hold_messages(session: Session, message_ids: Iterable[int]) -> bool:
    """Have nobody else move these messages' deliveries, or finish them, until the transaction ends.

    Whether somebody may have done so since the transaction began: what was read before must be read again.
    """
    ids = sorted(set(message_ids))
    if not ids or not others_write(session):
        return False
    run(session, _HOLD_MESSAGES, {"ids": ids})
    return True
