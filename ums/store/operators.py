"""Operators, their one-time login links and their sessions; digests only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from ums.domain.operator import Operator, Role
from ums.domain.views import OperatorView
from ums.store.models import LoginLinkRow, OperatorRow, SessionRow


def add(session: Session, name: str, role: Role, token_digest: str | None, now: float) -> Operator:
    row = OperatorRow(name=name, role=role.value, token_digest=token_digest, created_at=now)
    session.add(row)
    session.flush()
    return _operator(row)


def by_name(session: Session, name: str) -> Operator | None:
    row = session.scalars(select(OperatorRow).where(OperatorRow.name == name)).first()
    return None if row is None else _operator(row)


def by_token(session: Session, digest: str) -> Operator | None:
    """Whose API token has this digest."""
    row = session.scalars(select(OperatorRow).where(OperatorRow.token_digest == digest)).first()
    return None if row is None else _operator(row)


def by_session(session: Session, digest: str, now: float) -> Operator | None:
    """Who is signed in with the session of this digest, if it has not run out."""
    row = session.scalars(
        select(OperatorRow)
        .join(SessionRow, SessionRow.operator_id == OperatorRow.id)
        .where(SessionRow.digest == digest, SessionRow.expires_at > now)
    ).first()
    return None if row is None else _operator(row)


def view_by_id(session: Session, operator_id: int) -> OperatorView | None:
    return next(iter(_views(session, OperatorRow.id == operator_id)), None)


def view_by_name(session: Session, name: str) -> OperatorView | None:
    return next(iter(_views(session, OperatorRow.name == name)), None)


def page(session: Session, *, after: int, limit: int) -> list[OperatorView]:
    """At most `limit` operators by id, from the first after `after`."""
    return _views(session, OperatorRow.id > after, limit=limit)


def others_of(session: Session, role: Role, operator_id: int) -> bool:
    """Whether another operator than this one has the role."""
    query = select(OperatorRow.id).where(OperatorRow.role == role.value, OperatorRow.id != operator_id)
    return session.execute(query.limit(1)).first() is not None


def set_role(session: Session, operator_id: int, role: Role) -> None:
    session.execute(update(OperatorRow).where(OperatorRow.id == operator_id).values(role=role.value))


def set_token(session: Session, operator_id: int, token_digest: str) -> None:
    session.execute(update(OperatorRow).where(OperatorRow.id == operator_id).values(token_digest=token_digest))


def remove(session: Session, operator_id: int) -> None:
    """Remove an operator, and with him his links and sessions."""
    session.execute(delete(OperatorRow).where(OperatorRow.id == operator_id))


def add_link(session: Session, digest: str, operator_id: int, expires_at: float) -> None:
    session.add(LoginLinkRow(digest=digest, operator_id=operator_id, expires_at=expires_at))
    session.flush()


def use_link(session: Session, digest: str, now: float) -> int | None:
    """Use up a link: the id of its operator, or None where it is unknown, used or too old.

    One statement finds and removes it, so that of many parallel uses one wins, whatever the database locks.
    """
    return session.scalars(
        delete(LoginLinkRow)
        .where(LoginLinkRow.digest == digest, LoginLinkRow.expires_at > now)
        .returning(LoginLinkRow.operator_id)
    ).first()


def add_session(session: Session, digest: str, operator_id: int, now: float, expires_at: float) -> None:
    session.add(SessionRow(digest=digest, operator_id=operator_id, created_at=now, expires_at=expires_at))
    session.flush()


def end_session(session: Session, digest: str) -> None:
    session.execute(delete(SessionRow).where(SessionRow.digest == digest))


def forget_expired(session: Session, now: float) -> None:
    """Drop the links and sessions that have run out."""
    session.execute(delete(LoginLinkRow).where(LoginLinkRow.expires_at <= now))
    session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))


def _views(session: Session, *where: ColumnElement[bool], limit: int | None = None) -> list[OperatorView]:
    rows = session.scalars(select(OperatorRow).where(*where).order_by(OperatorRow.id).limit(limit))
    return [
        OperatorView(
            id=row.id,
            name=row.name,
            role=Role(row.role),
            has_token=row.token_digest is not None,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _operator(row: OperatorRow) -> Operator:
    return Operator(id=row.id, name=row.name, role=Role(row.role))
