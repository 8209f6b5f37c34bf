"""Operators, their one-time login links and their sessions; digests only."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ums.domain.operator import Operator, Role
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


def _operator(row: OperatorRow) -> Operator:
    return Operator(id=row.id, name=row.name, role=Role(row.role))
