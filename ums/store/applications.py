"""Applications: made, changed, removed; and AccessKeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ums.domain.linking import Linking, linking_item, linking_of
from ums.domain.policy import Policy, policy_item, policy_of
from ums.domain.views import ApplicationState, ApplicationView
from ums.store.models import AccessKeyRow, ApplicationRow, ChannelRow, GrantRow

_LIVE = ApplicationRow.state != ApplicationState.DELETED.value


def add(
    session: Session,
    name: str,
    channel_key: str,
    sealed_secret: bytes,
    now: float,
    *,
    policy: Policy | None = None,
    preference: Sequence[str] = (),
) -> int:
    row = ApplicationRow(
        name=name,
        channel_key=channel_key,
        sealed_secret=sealed_secret,
        policy=policy_item(policy or Policy()),
        preference=list(preference) or None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def add_access_key(session: Session, access_key: str, sealed_secret: bytes, now: float) -> None:
    session.add(AccessKeyRow(access_key=access_key, sealed_secret=sealed_secret, created_at=now))
    session.flush()


def access_keys(session: Session) -> list[tuple[str, float]]:
    """Every AccessKey, and when it was made or brought along (unix seconds)."""
    query = select(AccessKeyRow.access_key, AccessKeyRow.created_at).order_by(AccessKeyRow.id)
    return [(key, created_at) for key, created_at in session.execute(query)]


def remove_access_key(session: Session, access_key: str) -> bool:
    """Whether there was one."""
    found = delete(AccessKeyRow).where(AccessKeyRow.access_key == access_key).returning(AccessKeyRow.id)
    return session.scalars(found).first() is not None


def has_key(session: Session, key: str) -> bool:
    """Whether `key` is, or was, a ChannelKey or an AccessKey."""
    of_applications = select(ApplicationRow.id).where(ApplicationRow.channel_key == key)
    of_installation = select(AccessKeyRow.id).where(AccessKeyRow.access_key == key)
    return any(session.execute(query).first() is not None for query in (of_applications, of_installation))


def sealed_secrets(session: Session) -> list[tuple[str, bytes]]:
    """The sealed secret of every application, by its ChannelKey."""
    rows = session.execute(select(ApplicationRow.channel_key, ApplicationRow.sealed_secret).where(_LIVE))
    return [(key, sealed) for key, sealed in rows]


def has_name(session: Session, name: str) -> bool:
    """Whether an application has this name, be it deleted."""
    return session.execute(select(ApplicationRow.id).where(ApplicationRow.name == name)).first() is not None


def by_name(session: Session, name: str) -> ApplicationView | None:
    """The application, unless it is deleted."""
    return next(iter(_views(session, ApplicationRow.name == name, _LIVE)), None)


def by_id(session: Session, application_id: int) -> ApplicationView | None:
    """The application, also where it is deleted."""
    return next(iter(_views(session, ApplicationRow.id == application_id)), None)


def list_all(session: Session) -> tuple[ApplicationView, ...]:
    """Every application but those deleted, by name."""
    return tuple(sorted(_views(session, _LIVE), key=lambda application: application.name))


def page(session: Session, *, after: int, limit: int, deleted: bool) -> tuple[ApplicationView, ...]:
    """At most `limit` applications by id, from the first after `after`; those deleted only where asked for."""
    where = [ApplicationRow.id > after] if deleted else [ApplicationRow.id > after, _LIVE]
    return _views(session, *where, limit=limit)


def change(
    session: Session, application_id: int, *, name: str, state: str, policy: Policy, preference: Sequence[str]
) -> None:
    session.execute(
        update(ApplicationRow)
        .where(ApplicationRow.id == application_id)
        .values(name=name, state=state, policy=policy_item(policy), preference=list(preference) or None)
    )


def set_linking(session: Session, application_id: int, linking: Linking) -> None:
    session.execute(
        update(ApplicationRow).where(ApplicationRow.id == application_id).values(linking=linking_item(linking))
    )


def linking(session: Session, application_id: int) -> Linking:
    """How an application has its people bound; empty where there is no such application."""
    kept = session.scalar(select(ApplicationRow.linking).where(ApplicationRow.id == application_id, _LIVE))
    return linking_of(kept or {})


def origins(session: Session) -> frozenset[str]:
    """The origins whose pages may have results handed to them, of all applications."""
    kept = session.scalars(select(ApplicationRow.linking).where(_LIVE))
    return frozenset(origin for item in kept for origin in linking_of(item).origins)


def set_state(session: Session, application_id: int, state: ApplicationState) -> None:
    session.execute(update(ApplicationRow).where(ApplicationRow.id == application_id).values(state=state.value))


def set_secret(session: Session, application_id: int, sealed_secret: bytes) -> None:
    session.execute(
        update(ApplicationRow).where(ApplicationRow.id == application_id).values(sealed_secret=sealed_secret)
    )


def remove(session: Session, application_id: int, kept_as: str) -> bool:
    """Forget an application; one that messages refer to is kept, deleted, under the name `kept_as`.

    Whether it is gone altogether. Its key stays taken as long as it is kept, its secret is forgotten at once.
    """
    try:
        with session.begin_nested():
            session.execute(delete(ApplicationRow).where(ApplicationRow.id == application_id))
    except IntegrityError:
        session.execute(
            update(ApplicationRow)
            .where(ApplicationRow.id == application_id)
            .values(name=kept_as, state=ApplicationState.DELETED.value, sealed_secret=b"")
        )
        return False
    return True


def _views(session: Session, *where: ColumnElement[bool], limit: int | None = None) -> tuple[ApplicationView, ...]:
    query = select(ApplicationRow).where(*where).order_by(ApplicationRow.id).limit(limit)
    rows = session.scalars(query).all()
    granted = _granted(session, [row.id for row in rows])
    return tuple(_view(row, granted[row.id]) for row in rows)


def _view(row: ApplicationRow, channels: dict[str, str]) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        name=row.name,
        channel_key=row.channel_key,
        state=ApplicationState(row.state),
        channels=channels,
        preference=tuple(str(type_) for type_ in row.preference or ()),
        policy=policy_of(row.policy),
        linking=linking_of(row.linking),
        created_at=row.created_at,
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
