"""Which users an audience is, page by page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from ums.domain.audience import Audience
from ums.domain.wire import EVERYONE, TAG
from ums.store.models import BindingRow, UserRow
from ums.store.routes import Sender


class Member(NamedTuple):
    """A user of an audience."""

    id: int
    userid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an application may see: values under `all`, its ChannelKey and its channels."""

    channel_key: str
    codes: frozenset[str]

    @classmethod
    def of(cls, sender: Sender) -> Scope:
        return cls(channel_key=sender.channel_key, codes=frozenset(channel.code for channel in sender.granted))


def select_page(session: Session, audience: Audience, scope: Scope, after: int, limit: int) -> list[Member]:
    """At most `limit` users of the audience by id, from the first after `after`."""
    query = select(UserRow.id, UserRow.userid).where(UserRow.id > after).order_by(UserRow.id).limit(limit)
    seen = (EVERYONE, scope.channel_key, *scope.codes)
    query = query.where(exists().where(BindingRow.user_id == UserRow.id, BindingRow.bind_id.in_(seen)))
    if audience.userids is not None:
        query = query.where(UserRow.userid.in_(audience.userids))
    if audience.tags is not None:
        query = query.where(_carries(audience.tags, scope))
    return [Member(*row) for row in session.execute(query)]


def _carries(tags: Collection[str], scope: Scope) -> ColumnElement[bool]:
    return exists().where(
        and_(
            BindingRow.user_id == UserRow.id,
            BindingRow.property == TAG.wire,
            BindingRow.value.in_(list(tags)),
            BindingRow.bind_id.in_((EVERYONE, scope.channel_key)),
        )
    )


def listed_out(session: Session, userids: Collection[str], black_id: int | None, white_id: int | None) -> set[str]:
    """Which of these users the lists keep out."""
    return set()
