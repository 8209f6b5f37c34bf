"""Channels: made, changed, granted, shown, put out of use and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from ums.domain import cursor as cursors
from ums.domain.channel import Channel, code_faults
from ums.domain.commands import Caller
from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.views import ApplicationView, ChannelDetail, ChannelState, ChannelView, Page
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasHook
from ums.services import applications
from ums.services.accounts import Account, account, account_by_id, found, place, plugin_of, secrets_of
from ums.services.channel_settings import PartedSettings, parted
from ums.services.gateway import Gateway
from ums.services.probing import probe_due, test
from ums.store import applications as application_store
from ums.store import channels as store

__all__ = [
    "Account",
    "account",
    "account_by_id",
    "add",
    "change",
    "close",
    "grant",
    "list_for",
    "pause",
    "probe_due",
    "resume",
    "show",
    "test",
]

LONGEST_PAGE = 1000


def add(
    gateway: Gateway,
    code: str,
    type_: str,
    settings: Mapping[str, str],
    grants: Sequence[str] = (),
    name: str | None = None,
) -> ChannelView:
    """Make a channel, and grant it to the applications named in `grants`.

    Raises InvalidRequest naming what is wrong with `code`, `type`, `grants` or `settings.<name>`, and
    Conflict for a code already taken or an application that has a channel of this type.
    """
    plugin = _plugin(gateway, type_)
    faults = code_faults(code)
    if faults:
        raise InvalidRequest(f"code: {faults[0]}", errors={"code": faults})
    kept = parted(plugin, settings)
    with gateway.database.write() as session:
        if store.by_code(session, code) is not None:
            raise Conflict(f"There already is a channel {code!r}; choose another code, or change that one.")
        channel = store.add(
            session,
            code=code,
            type_=type_,
            name=name or code,
            settings=dict(kept.open),
            sealed_settings=_seal(gateway, code, kept),
            endpoints=plugin.info.endpoints,
            now=gateway.clock.now(),
        )
        for position, wanted in enumerate(grants):
            application = application_store.by_name(session, wanted)
            if application is None:
                raise _no_application(f"grants.{position}", wanted)
            if _to_be_granted(application, channel):
                application_store.grant(session, application.id, type_, channel.id)
    return channel.view


def change(gateway: Gateway, code: str, settings: Mapping[str, str]) -> ChannelView:
    """Lay `settings` over those kept; an empty value takes a setting back. A parked channel is resumed.

    Raises NotFound, InvalidRequest as `add` does, and Conflict where someone else changes it just now.
    """
    with gateway.database.read() as session:
        before = found(store.by_code(session, code), code)
    given = {name: str(value) for name, value in before.settings.items()}
    kept = parted(plugin_of(gateway, before), {**given, **_secrets_kept(gateway, before), **settings})
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        if channel.version != before.version:
            raise Conflict(f"Channel {code} has just been changed by someone else; look at it and try again.")
        store.change_settings(session, channel.id, dict(kept.open), _seal(gateway, code, kept))
        if channel.state in {ChannelState.READY, ChannelState.PARKED}:
            store.resume(session, channel.id)
        return found(store.by_id(session, channel.id), code).view


def grant(gateway: Gateway, code: str, application: str) -> None:
    """Let an application, by its name, send on the channel. Granting twice changes nothing.

    Raises NotFound, and Conflict where the application has another channel of this type.
    """
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        wanted = applications.found(application_store.by_name(session, application), application)
        if _to_be_granted(wanted, channel):
            application_store.grant(session, wanted.id, channel.type, channel.id)


def list_for(
    gateway: Gateway, caller: Caller | None, cursor: str | None = None, limit: int = 100
) -> Page[ChannelView]:
    """The channels the caller may see, by code: a ChannelKey those granted to it, everyone else all.

    Raises InvalidRequest for a cursor that no answer gave, or a limit out of 1 to 1,000.
    """
    if not 1 <= limit <= LONGEST_PAGE:
        text = f"A whole number from 1 to {LONGEST_PAGE}."
        raise InvalidRequest(f"limit: {text}", errors={"limit": [text]})
    after = cursors.read(cursor) if cursor is not None else ""
    with gateway.database.read() as session:
        rows = store.page(session, after=after, limit=limit + 1, application_id=_application_id(caller))
    shown = tuple(channel.view for channel in rows[:limit])
    return Page(items=shown, next=cursors.written(shown[-1].code) if len(rows) > limit else None)


def show(gateway: Gateway, code: str, caller: Caller | None = None) -> ChannelDetail:
    """A channel in full; its secrets only by name. A ChannelKey learns of no other application.

    Raises NotFound for a channel the caller can't see, and Conflict where its secrets can't be opened.
    """
    application_id = _application_id(caller)
    with gateway.database.read() as session:
        channel = found(store.by_code(session, code, application_id), code)
        endpoints = store.endpoints(session, channel.id, gateway.clock.now())
        granted_to = store.granted_to(session, channel.id, application_id)
    hooked = isinstance(gateway.registry.by_type.get(channel.type), HasHook)
    return ChannelDetail(
        channel=channel.view,
        settings=channel.settings,
        secrets_set=tuple(sorted(secrets_of(gateway, channel))),
        endpoints=endpoints,
        granted_to=granted_to,
        refresh_notes=channel.refresh_notes,
        hook_url=f"{gateway.settings.address}/hooks/{code}" if hooked else "",
    )


def pause(gateway: Gateway, code: str) -> None:
    """Send nothing on the channel until it is resumed; its queue is kept. Raises NotFound."""
    with gateway.database.write() as session:
        store.pause(session, found(store.by_code(session, code), code).id)


def close(gateway: Gateway, code: str) -> None:
    """Take the channel out of service: messages that name it are refused. Raises NotFound."""
    with gateway.database.write() as session:
        store.close(session, found(store.by_code(session, code), code).id)


def resume(gateway: Gateway, code: str) -> None:
    """Put the channel to use again, whatever kept it from it, blocked endpoints included. Raises NotFound."""
    with gateway.database.write() as session:
        store.resume(session, found(store.by_code(session, code), code).id)


def _plugin(gateway: Gateway, type_: str) -> AnyPlugin:
    if type_ not in gateway.registry:
        text = (
            f"There is no channel type {type_!r} here; installed are {', '.join(sorted(gateway.registry.by_type))}."
        )
        raise InvalidRequest(f"type: {text}", errors={"type": [text]})
    return gateway.registry[type_]


def _seal(gateway: Gateway, code: str, kept: PartedSettings) -> bytes:
    return gateway.sealer.seal(json.dumps(dict(kept.secret)), place(code))


def _secrets_kept(gateway: Gateway, channel: Channel) -> dict[str, str]:
    """The secrets as they stand; none where they can't be opened any more, so that they can be set anew."""
    try:
        return secrets_of(gateway, channel)
    except Conflict:
        return {}


def _to_be_granted(application: ApplicationView, channel: Channel) -> bool:
    """Whether the grant is still to be made. Raises Conflict where another channel stands in its place."""
    other = application.channels.get(channel.type)
    if other is not None and other != channel.code:
        raise Conflict(
            f"The application {application.name!r} already sends on {other}, and an application has one channel "
            f"of each type. Make another application for {channel.code}."
        )
    return other is None


def _no_application(path: str, name: str) -> InvalidRequest:
    text = f"There is no application named {name!r}; make it with: ums application add NAME"
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})


def _application_id(caller: Caller | None) -> int | None:
    return None if caller is None else caller.application_id
