"""What an upload of bindings is checked against: which channels and ChannelKeys there are, and whose."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ums.domain.views import ApplicationState, ChannelState
from ums.store.models import ApplicationRow, ChannelRow, GrantRow


def channel_types(session: Session) -> dict[str, str]:
    """Every channel code → its channel type."""
    query = select(ChannelRow.code, ChannelRow.type).where(ChannelRow.state != ChannelState.DELETED.value)
    return dict(session.execute(query).all())


def channel_keys(session: Session) -> frozenset[str]:
    """The ChannelKeys of all applications."""
    query = select(ApplicationRow.channel_key).where(ApplicationRow.state != ApplicationState.DELETED.value)
    return frozenset(session.scalars(query))


def granted_codes(session: Session, application_id: int) -> frozenset[str]:
    """The codes of the channels an application is granted."""
    return frozenset(
        session.scalars(
            select(ChannelRow.code)
            .join(GrantRow, GrantRow.channel_id == ChannelRow.id)
            .where(GrantRow.application_id == application_id)
        )
    )
