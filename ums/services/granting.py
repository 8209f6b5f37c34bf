"""Which applications may send on which channels: granted, taken back, handed over to another channel."""

from __future__ import annotations

from collections.abc import Sequence

from ums.domain.channel import Channel
from ums.domain.errors import Conflict, InvalidRequest, NotFound
from ums.domain.views import ApplicationView
from ums.domain.wire import CHANNEL_TYPES, BindScope
from ums.sdk.plugin import HasToken
from ums.services.accounts import Account, found, load
from ums.services.gateway import Gateway
from ums.store import applications as application_store
from ums.store import channels as store
from ums.store import grants
from ums.store.binding_copies import copy_some
from ums.store.db import Session


def known(session: Session, name: str) -> ApplicationView:
    """The application of that name. Raises NotFound."""
    application = application_store.by_name(session, name)
    if application is None:
        raise NotFound(_unknown(name))
    return application


def grant(gateway: Gateway, code: str, application: str) -> None:
    """Let an application, by its name, send on the channel. Granting twice changes nothing.

    Raises NotFound, and Conflict where the application has another channel of this type.
    """
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        grant_to(session, known(session, application), channel)


def revoke(gateway: Gateway, code: str, application: str) -> None:
    """Let an application, by its name, send on the channel no more; what it has sent goes its way.

    Raises NotFound, also where it was not granted.
    """
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        wanted = known(session, application)
        if wanted.channels.get(channel.type) != channel.code:
            raise NotFound(f"The application {application!r} is not granted the channel {code}.")
        grants.remove(session, wanted.id, channel.type)


def grant_to(session: Session, application: ApplicationView, channel: Channel) -> None:
    """Grant a channel, unless it is granted. Raises Conflict where another one stands in its place."""
    check_room(application, channel.type, channel.code)
    if channel.type not in application.channels:
        grants.add(session, application.id, channel.type, channel.id)


def check_room(application: ApplicationView, type_: str, code: str) -> None:
    """Raises Conflict where the application sends on another channel of the type than `code`."""
    other = application.channels.get(type_, code)
    if other != code:
        raise Conflict(
            f"The application {application.name!r} already sends on {other}, and an application has one channel "
            f"of each type. Make another application for {code}."
        )


def grant_all(session: Session, names: Sequence[str], channel: Channel) -> None:
    """Grant a channel to the applications of these names.

    Raises InvalidRequest for one that doesn't exist, and Conflict as `grant_to` does.
    """
    for position, name in enumerate(names):
        application = application_store.by_name(session, name)
        if application is None:
            raise _wrong(f"grants.{position}", _unknown(name))
        grant_to(session, application, channel)


def grant_exactly(session: Session, application: ApplicationView, codes: Sequence[str]) -> None:
    """Let an application send on these channels and no others.

    Raises InvalidRequest for a channel that doesn't exist, or a second one of a type.
    """
    wanted: dict[str, Channel] = {}
    for position, code in enumerate(codes):
        channel = store.by_code(session, code)
        if channel is None:
            raise _wrong(f"channels.{position}", f"There is no channel {code!r}.")
        other = wanted.setdefault(channel.type, channel)
        if other.code != code:
            raise _wrong(
                f"channels.{position}",
                f"{code} is of the type {channel.type} as {other.code} is, and there is one of each type.",
            )
    for type_, code in application.channels.items():
        if type_ not in wanted or wanted[type_].code != code:
            grants.remove(session, application.id, type_)
    for type_, channel in wanted.items():
        if application.channels.get(type_) != channel.code:
            grants.add(session, application.id, type_, channel.id)


def grant_only_to(session: Session, channel: Channel, names: Sequence[str]) -> None:
    """Let these applications send on a channel and no others. Raises as `grant_all` does."""
    for name in grants.granted_to(session, channel.id):
        if name not in names:
            grants.remove(session, known(session, name).id, channel.type)
    grant_all(session, names, channel)


def replace(gateway: Gateway, code: str, by: str, *, bindings: bool = False) -> int:
    """Give every application that sends on `code` the channel `by` of the same type in its place.

    What is queued stays on the old channel. An address is one account's, so bindings stay where they are;
    with `bindings` they are copied, for users who have none there, where both are the same account. Tells how
    many were. Raises NotFound, InvalidRequest for a channel of another type, and Conflict for bindings of
    another account.
    """
    with gateway.database.read() as session:
        old, new = found(store.by_code(session, code), code), found(store.by_code(session, by), by)
    if old.id == new.id or old.type != new.type:
        raise _wrong("by", f"{by} can't take the place of {code}: give another channel of the type {old.type}.")
    # first, so that nobody is unreachable meanwhile
    copied = _copy_bindings(gateway, old, new) if bindings else 0
    with gateway.database.write() as session:
        still = found(store.by_code(session, by), by)
        grants.hand_over(session, found(store.by_code(session, code), code).id, still.id)
    return copied


def _copy_bindings(gateway: Gateway, old: Channel, new: Channel) -> int:
    """Copy the addresses of one channel to another, some at a time. Raises Conflict for another account's."""
    name = CHANNEL_TYPES[old.type].property
    if name.scope is not BindScope.CHANNEL:
        # addresses that are the same for every channel need no copy
        return 0
    if not _are_one_account(load(gateway, old), load(gateway, new)):
        raise Conflict(
            f"{old.code} and {new.code} are not the same account, and an address is one account's. "
            "Leave out `bindings`, and upload those of the new account."
        )
    copied, after = 0, 0
    while True:
        with gateway.database.write() as session:
            part = copy_some(session, name.wire, old.code, new.code, after=after, now=gateway.clock.now())
        if part is None:
            return copied
        copied, after = copied + part.copied, part.last


def _are_one_account(one: Account, other: Account) -> bool:
    """Whether both speak for one account of the provider, as far as their plugin can tell."""
    plugin = one.plugin
    return isinstance(plugin, HasToken) and plugin.token_key(one.settings) == plugin.token_key(other.settings)


def _unknown(name: str) -> str:
    return f"There is no application named {name!r}; make it with: ums application add NAME"


def _wrong(path: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})
