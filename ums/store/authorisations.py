"""Accounts that have authorised the third-party platform, and the links by which they do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple, cast

from sqlalchemy import JSON, LargeBinary, bindparam, delete, insert, select, text, update
from sqlalchemy.orm import Session

from ums.domain.authorisation import (
    Authorisation,
    AuthorisationState,
    Wanted,
    wanted_item,
    wanted_of,
)
from ums.domain.commands import Json
from ums.domain.views import ChannelState
from ums.store.models import AuthorisationLinkRow, AuthorisationRow, ChannelRow

_PUT = text("""
    INSERT INTO authorisations
        (account, channel_id, state, name, address, facts, permissions, sealed_refresh_token, redeemed, at)
    VALUES (:account, :channel_id, :state, :name, :address, :facts, :permissions, :refresh_token, :redeemed, :at)
    ON CONFLICT (account) DO UPDATE SET
        channel_id = excluded.channel_id, state = excluded.state, name = excluded.name,
        address = excluded.address, facts = excluded.facts, permissions = excluded.permissions,
        sealed_refresh_token = excluded.sealed_refresh_token, redeemed = excluded.redeemed, at = excluded.at
""").bindparams(
    bindparam("facts", type_=JSON),
    bindparam("permissions", type_=JSON),
    bindparam("refresh_token", type_=LargeBinary),
)


class Link(NamedTuple):
    """A link as it is kept; `outcome` is what came of it, None while it is unused."""

    wanted: Wanted
    pages: bytes
    expires_at: float
    outcome: Mapping[str, Json] | None


def find(session: Session, account: str, *, locked: bool = False) -> Authorisation | None:
    """What is kept of an account; `locked`, nobody else changes it before this transaction ends."""
    row = session.get(AuthorisationRow, account, with_for_update=locked)
    return None if row is None else _value(row)


def by_code(session: Session, digests: Collection[str]) -> Authorisation | None:
    """The authorisation of which the code with one of these digests has told."""
    row = session.scalars(select(AuthorisationRow).where(AuthorisationRow.redeemed.in_(digests))).first()
    return None if row is None else _value(row)


def change_code(session: Session, digest: str, by: str) -> bool:
    """Keep another digest in a code's place; whether the code was kept there."""
    changed = session.execute(
        update(AuthorisationRow)
        .where(AuthorisationRow.redeemed == digest)
        .values(redeemed=by)
        .returning(AuthorisationRow.account)
    )
    return changed.first() is not None


def every(session: Session) -> list[tuple[Authorisation, str]]:
    """All authorisations by account, each with the code of its channel (empty for none)."""
    rows = session.execute(
        select(AuthorisationRow, ChannelRow.code)
        .outerjoin(ChannelRow, ChannelRow.id == AuthorisationRow.channel_id)
        .order_by(AuthorisationRow.account)
    )
    return [(_value(row), code or "") for row, code in rows]


def put(session: Session, value: Authorisation) -> None:
    """Keep an authorisation in the place of what was kept of its account."""
    session.execute(
        _PUT,
        {
            "account": value.account,
            "channel_id": value.channel_id,
            "state": value.state.value,
            "name": value.name,
            "address": value.address,
            "facts": dict(value.facts),
            "permissions": list(value.permissions),
            "refresh_token": value.refresh_token,
            "redeemed": value.redeemed,
            "at": value.at,
        },
    )
    session.expire_all()


def put_refresh_token(session: Session, account: str, sealed: bytes) -> None:
    """Keep a new refresh token of an account whose authorisation stands."""
    session.execute(
        update(AuthorisationRow)
        .where(AuthorisationRow.account == account, AuthorisationRow.state == AuthorisationState.GRANTED.value)
        .values(sealed_refresh_token=sealed)
    )


def attach(session: Session, account: str, channel_id: int) -> None:
    """From now on, the account's pushes go to this channel."""
    session.execute(
        update(AuthorisationRow).where(AuthorisationRow.account == account).values(channel_id=channel_id)
    )


def channel_code(session: Session, account: str) -> tuple[str, str] | None:
    """The code of the channel that an account's pushes go to, and what they are addressed to."""
    row = session.execute(
        select(ChannelRow.code, AuthorisationRow.address)
        .join(AuthorisationRow, AuthorisationRow.channel_id == ChannelRow.id)
        .where(AuthorisationRow.account == account, ChannelRow.state != ChannelState.DELETED.value)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def add_link(session: Session, digest: str, wanted: Wanted, pages: bytes, expires_at: float) -> None:
    session.execute(
        insert(AuthorisationLinkRow).values(
            digest=digest, wanted=wanted_item(wanted), sealed_pages=pages, expires_at=expires_at, taken_until=0.0
        )
    )


def link(session: Session, digest: str) -> Link | None:
    row = session.get(AuthorisationLinkRow, digest)
    if row is None:
        return None
    return Link(wanted_of(row.wanted), row.sealed_pages, row.expires_at, row.outcome)


def take_link(session: Session, digest: str, now: float, until: float) -> bool:
    """Take a link to use it up; False where it is used, too old, or another is using it."""
    taken = session.execute(
        update(AuthorisationLinkRow)
        .where(
            AuthorisationLinkRow.digest == digest,
            AuthorisationLinkRow.expires_at > now,
            AuthorisationLinkRow.taken_until <= now,
            AuthorisationLinkRow.outcome.is_(None),
        )
        .values(taken_until=until)
        .returning(AuthorisationLinkRow.digest)
    )
    return taken.one_or_none() is not None


def close_link(session: Session, digest: str, outcome: Mapping[str, Json]) -> None:
    """The link is used up, and this came of it."""
    session.execute(
        update(AuthorisationLinkRow).where(AuthorisationLinkRow.digest == digest).values(outcome=dict(outcome))
    )


def release_link(session: Session, digest: str) -> None:
    """Nothing came of it yet: it may be used again."""
    session.execute(
        update(AuthorisationLinkRow).where(AuthorisationLinkRow.digest == digest).values(taken_until=0.0)
    )


def forget_links(session: Session, before: float) -> None:
    """Drop the links that ended before a moment."""
    session.execute(delete(AuthorisationLinkRow).where(AuthorisationLinkRow.expires_at < before))


def _value(row: AuthorisationRow) -> Authorisation:
    return Authorisation(
        account=row.account,
        state=AuthorisationState(row.state),
        name=row.name,
        address=row.address,
        facts=row.facts,
        permissions=tuple(cast("list[int]", row.permissions)),
        refresh_token=row.sealed_refresh_token,
        channel_id=row.channel_id,
        redeemed=row.redeemed,
        at=row.at,
    )
