"""Which channels an application may send on: one of each type at most."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from ums.domain.views import ApplicationState, ChannelState
from ums.store.models import ApplicationRow, ChannelRow, GrantRow


def add(session: Session, application_id: int, type_: str, channel_id: int) -> None:
    session.add(GrantRow(application_id=application_id, type=type_, channel_id=channel_id))
    session.flush()


def remove(session: Session, application_id: int, type_: str) -> None:
    """Take an application's channel of this type from it."""
    session.execute(delete(GrantRow).where(GrantRow.application_id == application_id, GrantRow.type == type_))


def remove_all(session: Session, channel_id: int) -> None:
    """Take a channel from everybody."""
    session.execute(delete(GrantRow).where(GrantRow.channel_id == channel_id))


def hand_over(session: Session, channel_id: int, to_channel_id: int) -> None:
    """Give everybody who may use one channel another one of the same type in its place."""
    session.execute(update(GrantRow).where(GrantRow.channel_id == channel_id).values(channel_id=to_channel_id))


def stands(session: Session, application_id: int, channel_id: int) -> bool:
    """Whether an application may use a channel just now: neither is closed, and the one is granted the other."""
    query = (
        select(GrantRow.channel_id)
        .join(ApplicationRow, ApplicationRow.id == GrantRow.application_id)
        .join(ChannelRow, ChannelRow.id == GrantRow.channel_id)
        .where(
            GrantRow.application_id == application_id,
            GrantRow.channel_id == channel_id,
            ApplicationRow.state == ApplicationState.OPEN.value,
            ChannelRow.state != ChannelState.CLOSED.value,
        )
    )
    return session.scalars(query).first() is not None


def granted_to(session: Session, channel_id: int, application_id: int | None = None) -> tuple[str, ...]:
    """The names of the applications that may use the channel; with `application_id`, only that one's."""
    query = select(ApplicationRow.name).join(GrantRow).where(GrantRow.channel_id == channel_id)
    query = query.where(ApplicationRow.state != ApplicationState.DELETED.value)
    if application_id is not None:
        query = query.where(GrantRow.application_id == application_id)
    return tuple(session.scalars(query.order_by(ApplicationRow.name)))
