"""Callback URLs: where each application is told of its messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import JSON, ColumnElement, Row, bindparam, column, delete, func, select, text, update
from sqlalchemy.orm import Session

from ums.domain.callback import DISABLED_AFTER, CallbackState, ReceiptType
from ums.store.direct import fetched, foresee
from ums.store.models import ApplicationRow, CallbackRow
from ums.store.numbers import next_id


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCallback:
    """A callback URL as it stands; `reason` says why it is not verified, or disabled."""

    id: int
    application_id: int
    application: str
    channel_key: str
    url: str
    types: tuple[ReceiptType, ...]
    enabled: bool
    is_default: bool
    state: CallbackState
    reason: str
    failures: int
    failing_since: float | None
    rests_until: float
    created_at: float
    updated_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a post is authenticated with: the application's secret, and those of the URL, all sealed."""

    master_secret: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    old_secret: bytes | None = field(repr=False)
    old_until: float


NO_SECRET = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCallback:
    """A callback URL about to be kept."""

    application_id: int
    url: str
    types: Sequence[ReceiptType]
    enabled: bool
    is_default: bool


def add(session: Session, new: NewCallback, now: float, *, callback_id: int | None = None) -> int:
    """Keep a URL, under `callback_id` where one is chosen. Answers its id.

    It is not verified yet, and has no secret before `replace_secret` gives it one.
    """
    row = CallbackRow(
        id=callback_id or next_id(session, CallbackRow.id),
        application_id=new.application_id,
        url=new.url,
        types=[int(type_) for type_ in new.types],
        enabled=new.enabled,
        is_default=new.is_default,
        state=CallbackState.UNVERIFIED,
        sealed_secret=NO_SECRET,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def change(
    session: Session, callback_id: int, *, url: str, types: Sequence[ReceiptType], enabled: bool, now: float
) -> None:
    """Put other values in their place."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.id == callback_id)
        .values(url=url, types=[int(type_) for type_ in types], enabled=enabled, updated_at=now)
    )


def make_default(session: Session, application_id: int, callback_id: int) -> None:
    """Make one URL the application's default, and the others not."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.application_id == application_id)
        .values(is_default=CallbackRow.id == callback_id)
    )


def set_state(session: Session, callback_id: int, state: CallbackState, reason: str, now: float) -> None:
    """Note where a URL stands; its failures are forgotten."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.id == callback_id)
        .values(state=state, reason=reason, failures=0, failing_since=None, rests_until=0.0, updated_at=now)
    )


def succeeded(session: Session, callback_id: int) -> None:
    """A post was taken."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.id == callback_id, CallbackRow.failures > 0)
        .values(failures=0, failing_since=None, rests_until=0.0)
    )


def failed(session: Session, callback_id: int, rests_until: float, now: float) -> None:
    """A post was not taken: the URL is left alone for a while."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.id == callback_id)
        .values(
            failures=CallbackRow.failures + 1,
            failing_since=func.coalesce(CallbackRow.failing_since, now),
            rests_until=rests_until,
        )
    )


def wake(session: Session, callback_id: int) -> None:
    """Try a URL that rests again now."""
    session.execute(update(CallbackRow).where(CallbackRow.id == callback_id).values(rests_until=0.0))


def failing_too_long(session: Session, now: float) -> list[int]:
    """URLs that nothing has reached for five days."""
    return list(
        session.scalars(
            select(CallbackRow.id).where(
                CallbackRow.state == CallbackState.VERIFIED, CallbackRow.failing_since <= now - DISABLED_AFTER
            )
        )
    )


def replace_secret(session: Session, callback_id: int, sealed: bytes, old_until: float, now: float) -> None:
    """Put another secret in its place; the one before goes on signing until `old_until`."""
    session.execute(
        update(CallbackRow)
        .where(CallbackRow.id == callback_id)
        .values(
            sealed_secret=sealed,
            sealed_old_secret=func.nullif(CallbackRow.sealed_secret, NO_SECRET),
            old_until=old_until,
            updated_at=now,
        )
    )


def remove(session: Session, callback_id: int) -> None:
    """Forget a URL with all that is left of it."""
    session.execute(delete(CallbackRow).where(CallbackRow.id == callback_id))


def by_id(session: Session, callback_id: int) -> KeptCallback | None:
    return next(iter(_found(session, CallbackRow.id == callback_id)), None)


def of_application(session: Session, application_id: int) -> list[KeptCallback]:
    """All URLs of one application, by id."""
    return _found(session, CallbackRow.application_id == application_id)


def page(session: Session, application: str | None, *, after: int, limit: int) -> list[KeptCallback]:
    """At most `limit` URLs by id, from the first after `after`; those of one application where it is named."""
    wanted = [] if application is None else [ApplicationRow.name == application]
    return _found(session, CallbackRow.id > after, *wanted, limit=limit)


def keys(session: Session, callback_id: int) -> Keys:
    """What posts to a URL are authenticated with."""
    row = session.execute(
        select(
            ApplicationRow.sealed_secret.label("master"),
            CallbackRow.sealed_secret,
            CallbackRow.sealed_old_secret,
            CallbackRow.old_until,
        )
        .join(ApplicationRow, ApplicationRow.id == CallbackRow.application_id)
        .where(CallbackRow.id == callback_id)
    ).one()
    return Keys(
        master_secret=row.master,
        secret=row.sealed_secret,
        old_secret=row.sealed_old_secret,
        old_until=row.old_until,
    )


# the conditions are written out, not bound: SQLite uses a partial index only where it can see them
_ANY = text("SELECT 1 FROM callbacks WHERE enabled AND state = 'verified' LIMIT 1")
_USABLE_URLS = text("""
    SELECT url, is_default FROM callbacks WHERE enabled AND state = 'verified' AND application_id = :application_id
""")
_TARGETS = text("""
    SELECT messages.id AS message_id, messages.callback, callbacks.id, callbacks.url, callbacks.types,
           callbacks.is_default
    FROM messages JOIN callbacks ON callbacks.application_id = messages.application_id
    WHERE messages.id IN :message_ids AND callbacks.enabled AND callbacks.state = 'verified'
""")
_TARGETS_OF = _TARGETS.bindparams(bindparam("message_ids", expanding=True)).columns(
    column("message_id"),
    column("callback", JSON),
    column("id"),
    column("url"),
    column("types", JSON),
    column("is_default"),
)


class Target(NamedTuple):
    """Where one message's receipts go, and which of them are wanted there."""

    callback_id: int
    types: frozenset[int]


def any_usable(session: Session) -> bool:
    """Whether anybody at all is to be told anything; a look that costs next to nothing."""
    return bool(fetched(session, _ANY, {}, int))


def foresee_any(session: Session) -> None:
    """Ask ahead for `any_usable`."""
    foresee(session, _ANY, {})


def usable_urls(session: Session, application_id: int) -> dict[str, bool]:
    """The URLs of an application that a message may name, and which of them is the default."""
    rows = session.execute(_USABLE_URLS, {"application_id": application_id})
    return {row.url: bool(row.is_default) for row in rows}


def targets(session: Session, message_ids: Collection[int]) -> dict[int, Target]:
    """Where each message's receipts go: the usable URL it names, else the usable default, else nowhere."""
    found: dict[int, Target] = {}
    for row in session.execute(_TARGETS_OF, {"message_ids": list(message_ids)}):
        if row.url == row.callback.get("url") or (row.is_default and row.message_id not in found):
            found[row.message_id] = Target(row.id, frozenset(row.types))
    return found


def _found(session: Session, *where: ColumnElement[bool], limit: int | None = None) -> list[KeptCallback]:
    rows = session.execute(
        select(CallbackRow, ApplicationRow.name, ApplicationRow.channel_key)
        .join(ApplicationRow, ApplicationRow.id == CallbackRow.application_id)
        .where(*where)
        .order_by(CallbackRow.id)
        .limit(limit)
    )
    return [_value(row) for row in rows]


def _value(found: Row[CallbackRow, str, str]) -> KeptCallback:
    row, application, channel_key = found
    return KeptCallback(
        id=row.id,
        application_id=row.application_id,
        application=application,
        channel_key=channel_key,
        url=row.url,
        types=tuple(ReceiptType(int(str(type_))) for type_ in row.types),
        enabled=row.enabled,
        is_default=row.is_default,
        state=CallbackState(row.state),
        reason=row.reason,
        failures=row.failures,
        failing_since=row.failing_since,
        rests_until=row.rests_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
