"""Channels: made, changed and shown; what else can be done with one is beside, under its own noun."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ums.domain import cursor as cursors
from ums.domain.channel import Channel, code_faults
from ums.domain.commands import Caller
from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.views import ChannelDetail, ChannelState, ChannelView, Page
from ums.provider.platform_desk import authorised
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasHook
from ums.services.accounts import Account, account, account_by_id, found, load, place, plugin_of, secrets_of
from ums.services.channel_settings import PartedSettings, parted
from ums.services.channel_states import close, pause, remove, resume
from ums.services.consents import tie
from ums.services.gateway import Gateway
from ums.services.granting import grant, grant_all, grant_only_to, replace, revoke
from ums.services.names import check_name
from ums.services.paging import PAGE, check_limit, page_of
from ums.services.probing import probe_due, test, try_failing
from ums.store import applications as application_store
from ums.store import channels as store
from ums.store import grants as grant_store
from ums.store.db import Session

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
    "remove",
    "replace",
    "resume",
    "revoke",
    "show",
    "test",
    "try_failing",
]


def add(
    gateway: Gateway,
    code: str,
    type_: str,
    settings: Mapping[str, str],
    grants: Sequence[str] = (),
    name: str | None = None,
) -> ChannelView:
    """Make a channel, and grant it to the applications named in `grants`.

    Raises InvalidRequest naming what is wrong with `channel` (the code), `type`, `name`, `grants` or
    `settings.<name>`, and Conflict for a code already taken or an application that has a channel of this type.
    """
    plugin = _plugin(gateway, type_)
    faults = code_faults(code)
    if faults:
        raise InvalidRequest(f"channel: {faults[0]}", errors={"channel": faults})
    if name is not None:
        check_name(name)
    kept = parted(plugin, settings)
    with gateway.database.write() as session:
        _check_free(session, code)
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
        tie(session, plugin, {**kept.open, **kept.secret}, channel.id)
        grant_all(session, grants, channel)
    return channel.view


def change(
    gateway: Gateway,
    code: str,
    settings: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    grants: Sequence[str] | None = None,
) -> ChannelView:
    """Change what is given. `grants` are the names of all applications that may send on the channel.

    `settings` are laid over those kept, an empty value taking one back; a parked channel is resumed by them.
    Raises NotFound, InvalidRequest and Conflict as `add` does, and Conflict where someone else changes the
    settings just now.
    """
    if name is not None:
        check_name(name)
    laid = _laid_over(gateway, code, settings) if settings else None
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        if laid is not None:
            _keep(gateway, session, channel, laid)
        if name is not None:
            store.rename(session, channel.id, name)
        if grants is not None:
            grant_only_to(session, channel, grants)
        return found(store.by_code(session, code), code).view


class _LaidOver(NamedTuple):
    """New settings of a channel, and the version of those they were laid over."""

    version: int
    kept: PartedSettings


def _laid_over(gateway: Gateway, code: str, settings: Mapping[str, str]) -> _LaidOver:
    with gateway.database.read() as session:
        before = found(store.by_code(session, code), code)
    given = {name: str(value) for name, value in before.settings.items()}
    kept = parted(plugin_of(gateway, before), {**given, **_secrets_kept(gateway, before), **settings})
    return _LaidOver(before.version, kept)


def _keep(gateway: Gateway, session: Session, channel: Channel, laid: _LaidOver) -> None:
    """Raises Conflict where the settings were changed since."""
    if channel.version != laid.version:
        raise Conflict(f"Channel {channel.code} has just been changed by someone else; look at it and try again.")
    store.change_settings(session, channel.id, dict(laid.kept.open), _seal(gateway, channel.code, laid.kept))
    tie(session, plugin_of(gateway, channel), {**laid.kept.open, **laid.kept.secret}, channel.id)
    if channel.state in {ChannelState.READY, ChannelState.PARKED}:
        store.resume(session, channel.id)


def list_for(
    gateway: Gateway, caller: Caller | None, cursor: str | None = None, limit: int = PAGE, *, deleted: bool = False
) -> Page[ChannelView]:
    """The channels the caller may see, by code: a ChannelKey those granted to it, everyone else all.

    Those deleted only where asked for. Raises InvalidRequest for a cursor that no answer gave, or a limit out
    of 1 to 1,000.
    """
    check_limit(limit)
    after = cursors.read(cursor) if cursor is not None else ""
    with gateway.database.read() as session:
        rows = store.page(
            session, after=after, limit=limit + 1, application_id=_application_id(caller), deleted=deleted
        )
    return page_of([channel.view for channel in rows], limit, lambda channel: channel.code)


def show(gateway: Gateway, code: str, caller: Caller | None = None) -> ChannelDetail:
    """A channel in full; its secrets only by name. A ChannelKey learns of no other application.

    Raises NotFound for a channel the caller can't see, and Conflict where its secrets can't be opened.
    """
    application_id = _application_id(caller)
    with gateway.database.read() as session:
        channel = found(store.by_code(session, code, application_id), code)
        endpoints = store.endpoints(session, channel.id, gateway.clock.now())
        granted_to = grant_store.granted_to(session, channel.id, application_id)
    return ChannelDetail(
        channel=channel.view,
        settings=channel.settings,
        secrets_set=tuple(sorted(secrets_of(gateway, channel))),
        endpoints=endpoints,
        granted_to=granted_to,
        refresh_notes=channel.refresh_notes,
        hook_url=_hook_url(gateway, channel),
    )


def _hook_url(gateway: Gateway, channel: Channel) -> str:
    """Where the provider pushes the channel's events; empty for one that takes none."""
    plugin = gateway.registry.by_type.get(channel.type)
    if not isinstance(plugin, HasHook):
        return ""
    account_id = authorised(plugin, load(gateway, channel).settings) if channel.view.authorised_by else None
    path = channel.code if account_id is None else f"platform/{account_id}"
    return f"{gateway.settings.address}/hooks/{path}"


def _check_free(session: Session, code: str) -> None:
    """Raises Conflict where `code` already names something in uploads."""
    if store.has_code(session, code):
        raise Conflict(
            f"There already is, or was, a channel {code!r}; choose another code, or change the one that there is."
        )
    if application_store.has_key(session, code):
        raise Conflict(f"{code!r} is the key of an application or an AccessKey; choose another code.")


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


def _application_id(caller: Caller | None) -> int | None:
    return None if caller is None else caller.application_id
