"""Upstream systems: made, changed, closed, removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ums.domain.credential import Credentials
from ums.domain.errors import Conflict, InvalidRequest, first_of
from ums.domain.linking import Linking
from ums.domain.linking import faults as linking_faults
from ums.domain.policy import Policy
from ums.domain.views import ApplicationState, ApplicationView, Page
from ums.services.credentials import add_access_key, authenticate, check_free, chosen, place, sealed
from ums.services.gateway import Gateway
from ums.services.granting import grant_exactly, known
from ums.services.names import check_name, taken, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import applications as store
from ums.store.db import Session

__all__ = [
    "ApplicationChange",
    "Credentials",
    "add",
    "add_access_key",
    "authenticate",
    "by_name",
    "change",
    "close",
    "list_all",
    "page",
    "place",
    "remove",
    "renew_secret",
    "reopen",
    "show",
]

THING = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationChange:
    """What is to become of an application; None leaves a thing as it is.

    `channels` are the codes of all channels it may send on, `preference` the order of channel types for rule
    -1 (empty: the built-in one).
    """

    name: str | None = None
    state: ApplicationState | None = None
    policy: Policy | None = None
    preference: Sequence[str] | None = None
    channels: Sequence[str] | None = None
    linking: Linking | None = None


def add(
    gateway: Gateway,
    name: str,
    *,
    channel_key: str | None = None,
    master_secret: str | None = None,
    policy: Policy | None = None,
    preference: Sequence[str] = (),
) -> Credentials:
    """Make an application. An existing ChannelKey and MasterSecret can be brought along.

    Raises InvalidRequest for an unusable name, key or secret, Conflict for a name or a key that is taken.
    """
    check_name(name)
    credentials = chosen("channel_key", channel_key, master_secret)
    kept = sealed(gateway, credentials.key, credentials.master_secret)
    with gateway.database.write() as session:
        _check_name_free(session, name)
        check_free(session, credentials.key)
        now = gateway.clock.now()
        store.add(session, name, credentials.key, kept, now, policy=policy, preference=preference)
    return credentials


def list_all(gateway: Gateway) -> tuple[ApplicationView, ...]:
    """Every application but those deleted, by name."""
    with gateway.database.read() as session:
        return store.list_all(session)


def page(
    gateway: Gateway, cursor: str | None = None, limit: int = PAGE, *, deleted: bool = False
) -> Page[ApplicationView]:
    """Applications by id; those deleted only where asked for.

    Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000.
    """
    check_limit(limit)
    with gateway.database.read() as session:
        rows = store.page(session, after=after_id(cursor), limit=limit + 1, deleted=deleted)
    return page_of(rows, limit, lambda application: str(application.id))


def by_name(gateway: Gateway, name: str) -> ApplicationView:
    """The application of that name. Raises NotFound."""
    with gateway.database.read() as session:
        return known(session, name)


def show(gateway: Gateway, application_id: int) -> ApplicationView:
    """The application of that number, also where it is deleted. Raises NotFound."""
    with gateway.database.read() as session:
        application = store.by_id(session, application_id)
    if application is None:
        raise unknown(THING, application_id)
    return application


def change(gateway: Gateway, application_id: int, wanted: ApplicationChange) -> ApplicationView:
    """Change what `wanted` names.

    Raises NotFound, InvalidRequest for an unusable name, channel or linking, Conflict for a name that is taken.
    """
    if wanted.name is not None:
        check_name(wanted.name)
    if wanted.linking is not None:
        _check_linking(wanted.linking)
    with gateway.database.write() as session:
        before = _kept(session, application_id)
        if wanted.name not in {None, before.name}:
            _check_name_free(session, wanted.name or "")
        store.change(
            session,
            application_id,
            name=wanted.name or before.name,
            state=wanted.state or before.state,
            policy=wanted.policy or before.policy,
            preference=before.preference if wanted.preference is None else wanted.preference,
        )
        if wanted.linking is not None:
            store.set_linking(session, application_id, wanted.linking)
        if wanted.channels is not None:
            grant_exactly(session, before, wanted.channels)
        return _kept(session, application_id)


def close(gateway: Gateway, name: str) -> None:
    """Refuse the application's credentials from now on. Raises NotFound."""
    _set_state(gateway, name, ApplicationState.CLOSED)


def reopen(gateway: Gateway, name: str) -> None:
    """Take the application's credentials again. Raises NotFound."""
    _set_state(gateway, name, ApplicationState.OPEN)


def renew_secret(gateway: Gateway, application_id: int, master_secret: str | None = None) -> Credentials:
    """Give the application another MasterSecret; the old one opens nothing from now on. The key stays.

    Raises NotFound, and InvalidRequest for an unusable secret that is brought along.
    """
    with gateway.database.write() as session:
        key = _kept(session, application_id).channel_key
        credentials = chosen("channel_key", key, master_secret)
        store.set_secret(session, application_id, sealed(gateway, key, credentials.master_secret))
    return credentials


def remove(gateway: Gateway, application_id: int) -> ApplicationView | None:
    """Forget an application: nobody knows its credentials from now on.

    One that has sent messages is kept for their sake as `deleted`, under another name, and returned; its name
    is free again, its key is not. What it has sent goes its way. Raises NotFound, and Conflict where another
    application has the name that this one would be kept under.
    """
    with gateway.database.write() as session:
        before = _kept(session, application_id)
        kept_as = f"{before.name} (removed {application_id})"
        if store.has_name(session, kept_as):
            raise taken(THING, kept_as)
        gone = store.remove(session, application_id, kept_as)
        return None if gone else store.by_id(session, application_id)


def _kept(session: Session, application_id: int) -> ApplicationView:
    """The application, unless it is deleted. Raises NotFound."""
    application = store.by_id(session, application_id)
    if application is None or application.state is ApplicationState.DELETED:
        raise unknown(THING, application_id)
    return application


def _check_name_free(session: Session, name: str) -> None:
    if store.has_name(session, name):
        raise Conflict(f"There already is an application named {name!r}; choose another name.")


def _check_linking(linking: Linking) -> None:
    faults = {f"linking.{name}": texts for name, texts in linking_faults(linking).items()}
    if faults:
        raise InvalidRequest(first_of(faults), errors=faults)


def _set_state(gateway: Gateway, name: str, state: ApplicationState) -> None:
    with gateway.database.write() as session:
        store.set_state(session, known(session, name).id, state)
