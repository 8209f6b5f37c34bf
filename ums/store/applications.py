"""Applications, access keys, and which channels an application is granted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, literal, select, union_all, update
from sqlalchemy.orm import Session

from ums.domain.views import ApplicationView
from ums.store.models import AccessKeyRow, ApplicationRow, ChannelRow, GrantRow

NOBODY = 0
"""No application has this id."""


class Credential(NamedTuple):
    """What a key opens: an application, or, with `application_id` None, the whole installation."""

    application_id: int | None
    sealed_secret: bytes
    state: str


def add(session: Session, name: str, channel_key: str, sealed_secret: bytes, now: float) -> int:
    row = ApplicationRow(name=name, channel_key=channel_key, sealed_secret=sealed_secret, created_at=now)
    session.add(row)
    session.flush()
    return row.id


def add_access_key(session: Session, access_key: str, sealed_secret: bytes, now: float) -> None:
    session.add(AccessKeyRow(access_key=access_key, sealed_secret=sealed_secret, created_at=now))
    session.flush()


def credential(session: Session, key: str) -> Credential | None:
    """What the ChannelKey or AccessKey `key` opens, in one statement."""
    applications = select(ApplicationRow.id, ApplicationRow.sealed_secret, ApplicationRow.state)
    access_keys = select(literal(NOBODY), AccessKeyRow.sealed_secret, literal("open"))
    row = session.execute(
        union_all(
            applications.where(ApplicationRow.channel_key == key), access_keys.where(AccessKeyRow.access_key == key)
        )
    ).first()
    return None if row is None else Credential(row[0] or None, row[1], row[2])


def sealed_secrets(session: Session) -> list[tuple[str, bytes]]:
    """The sealed secret of every application, by its ChannelKey."""
    rows = session.execute(select(ApplicationRow.channel_key, ApplicationRow.sealed_secret))
    return [(key, sealed) for key, sealed in rows]


def by_name(session: Session, name: str) -> ApplicationView | None:
    return next(iter(_views(session, ApplicationRow.name == name)), None)


def list_all(session: Session) -> tuple[ApplicationView, ...]:
    """Every application, by name."""
    return _views(session)


def set_state(session: Session, application_id: int, state: str) -> None:
    session.execute(update(ApplicationRow).where(ApplicationRow.id == application_id).values(state=state))


def grant(session: Session, application_id: int, type_: str, channel_id: int) -> None:
    session.add(GrantRow(application_id=application_id, type=type_, channel_id=channel_id))
    session.flush()


def _views(session: Session, *where: ColumnElement[bool]) -> tuple[ApplicationView, ...]:
    rows = session.scalars(select(ApplicationRow).where(*where).order_by(ApplicationRow.name)).all()
    granted = _granted(session, [row.id for row in rows])
    return tuple(
        ApplicationView(
            id=row.id, name=row.name, channel_key=row.channel_key, state=row.state, channels=granted[row.id]
        )
        for row in rows
    )


def _granted(session: Session, application_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """application → channel type → channel code."""
    found = session.execute(
        select(GrantRow.application_id, GrantRow.type, ChannelRow.code)
        .join(ChannelRow, ChannelRow.id == GrantRow.channel_id)
        .where(GrantRow.application_id.in_(application_ids))
        .order_by(GrantRow.type)
    )
    granted: dict[int, dict[str, str]] = defaultdict(dict)
    for application_id, type_, code in found:
        granted[application_id][type_] = code
    return granted
