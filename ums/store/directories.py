"""What an upload of bindings is checked against: which channels and ChannelKeys there are, and whose."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ums.store.models import ApplicationRow, ChannelRow, GrantRow


def channel_types(session: Session) -> dict[str, str]:
    """Every channel code → its channel type."""
    return dict(session.execute(select(ChannelRow.code, ChannelRow.type)).all())


def channel_keys(session: Session) -> frozenset[str]:
    """The ChannelKeys of all applications."""
    return frozenset(session.scalars(select(ApplicationRow.channel_key)))


def granted_codes(session: Session, application_id: int) -> frozenset[str]:
    """The codes of the channels an application is granted."""
    return frozenset(
        session.scalars(
            select(ChannelRow.code)
            .join(GrantRow, GrantRow.channel_id == ChannelRow.id)
            .where(GrantRow.application_id == application_id)
        )
    )
