"""Which materials are kept, whose they are, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ums.store.models import MaterialRow


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMaterial:
    """A material about to be put on the shelf; at `expires_at` what a crash has left of it is removed."""

    digest: str
    application_id: int
    file_name: str
    content_type: str
    size: int
    created_at: float
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMaterial:
    """A material that is whole."""

    application_id: int
    file_name: str
    content_type: str


def bytes_kept(session: Session, application_id: int, now: float) -> int:
    """How many bytes an application's materials take, those on their way included."""
    total = session.scalar(
        select(func.sum(MaterialRow.size)).where(
            MaterialRow.application_id == application_id, MaterialRow.expires_at > now
        )
    )
    return int(total or 0)


def announce(session: Session, new: NewMaterial) -> None:
    """Note a material before its file is written."""
    session.add(
        MaterialRow(
            digest=new.digest,
            application_id=new.application_id,
            file_name=new.file_name,
            content_type=new.content_type,
            size=new.size,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
    )
    session.flush()


def confirm(session: Session, digest: str, expires_at: float) -> bool:
    """Its file is whole: it may be used until `expires_at`. False where it was given up meanwhile."""
    confirmed = session.scalars(
        update(MaterialRow)
        .where(MaterialRow.digest == digest)
        .values(stored=True, expires_at=expires_at)
        .returning(MaterialRow.digest)
    )
    return confirmed.first() is not None


def find(session: Session, digest: str, now: float) -> KeptMaterial | None:
    """The material, while it may be used."""
    row = session.scalars(
        select(MaterialRow).where(MaterialRow.digest == digest, MaterialRow.stored, MaterialRow.expires_at > now)
    ).first()
    if row is None:
        return None
    return KeptMaterial(application_id=row.application_id, file_name=row.file_name, content_type=row.content_type)


def expired(session: Session, now: float, limit: int) -> list[str]:
    """The digests of materials whose time is over."""
    return list(
        session.scalars(
            select(MaterialRow.digest)
            .where(MaterialRow.expires_at <= now)
            .order_by(MaterialRow.expires_at)
            .limit(limit)
        )
    )


def forget(session: Session, digests: Sequence[str]) -> None:
    """Delete the rows of materials whose files are gone."""
    session.execute(delete(MaterialRow).where(MaterialRow.digest.in_(digests)))
