"""A channel made ready to talk: its plugin, and the plugin's own settings value with the secrets opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from marshmallow import ValidationError

from ums.domain.channel import Channel
from ums.domain.commands import Json
from ums.domain.errors import Conflict, NotFound
from ums.domain.outcome import SendError, Transient, Uncertain
from ums.domain.views import ChannelState
from ums.provider.tokens import DATABASE_BUSY
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasExplanations
from ums.services.contents import field_errors
from ums.services.gateway import Gateway
from ums.store import channels as store
from ums.store.sealing import SealBroken, Sealer

REMEMBERED = 256
"""How many accounts a process keeps loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A channel with its plugin and `settings`, the value that only this plugin understands."""

    id: int
    code: str
    type: str
    plugin: AnyPlugin
    settings: object
    version: int
    state: ChannelState


def account(gateway: Gateway, code: str) -> Account:
    """The account of the channel `code`, whoever may use it.

    Raises NotFound, and Conflict where the plugin is missing or can't use the settings as they are kept.
    """
    with gateway.database.read() as session:
        return load(gateway, found(store.by_code(session, code), code))


def account_by_id(gateway: Gateway, channel_id: int) -> Account:
    """The account of the channel with this id. Raises as `account` does."""
    with gateway.database.read() as session:
        return load(gateway, found(store.by_id(session, channel_id), channel_id))


def found(channel: Channel | None, asked_for: str | int) -> Channel:
    """The channel, if there is one. Raises NotFound."""
    if channel is None:
        raise NotFound(f"There is no channel {asked_for!r}, or it is not yours to see.")
    return channel


def load(gateway: Gateway, channel: Channel) -> Account:
    """The account of a channel already read. Raises Conflict as `account` does."""
    plugin = plugin_of(gateway, channel)
    opened = json.dumps(channel.settings, sort_keys=True)
    settings = settings_of(gateway, plugin, channel.code, opened, channel.sealed_settings)
    return Account(
        id=channel.id,
        code=channel.code,
        type=channel.type,
        plugin=plugin,
        settings=settings,
        version=channel.version,
        state=channel.state,
    )


def settings_of(gateway: Gateway, plugin: AnyPlugin, code: str, opened: str, sealed: bytes) -> object:
    """What the plugin makes of a channel's settings: the open ones as JSON, and the sealed ones.

    Raises Conflict where they can't be used as they are kept.
    """
    try:
        return _settings(plugin, gateway.sealer, code, opened, sealed)
    except SealBroken as error:
        raise Conflict(f"Channel {code}: {error} Set its settings anew.") from error
    except ValidationError as error:
        raise Conflict(
            f"The settings of channel {code} no longer fit its plugin "
            f"({', '.join(field_errors(error.messages, 'settings'))}); change them."
        ) from error


def plugin_of(gateway: Gateway, channel: Channel) -> AnyPlugin:
    """The channel's plugin. Raises Conflict where it is not installed."""
    if channel.type not in gateway.registry:
        raise Conflict(
            f"Channel {channel.code} is of the type {channel.type!r}, whose plugin is not installed; install it."
        )
    return gateway.registry[channel.type]


def place(code: str) -> str:
    """Where the sealed settings of a channel stand."""
    return f"channels:{code}"


def secrets_of(gateway: Gateway, channel: Channel) -> dict[str, str]:
    """The secret settings of a channel, opened. Raises Conflict where they can't be."""
    try:
        return _opened(gateway.sealer, channel.code, channel.sealed_settings)
    except SealBroken as error:
        raise Conflict(f"Channel {channel.code}: {error}") from error


def explained(plugin: AnyPlugin, error: SendError) -> str:
    """What went wrong and what to do: the gateway's reason, the provider's words, the plugin's explanation.

    Such as `bad_secret (40125: invalid appsecret): The AppSecret is wrong. Copy it again from …`.
    """
    told = _told(error)
    known = None
    if isinstance(plugin, HasExplanations):
        known = plugin.explain(error.reason, error.provider_code, error.provider_message)
    if known is not None:
        return f"{told}: {known.text} {known.hint}".strip()
    if error.reason == DATABASE_BUSY:
        return told
    if error.provider_code is None and isinstance(error, Transient | Uncertain):
        return f"{told}: No usable answer came from the provider; check the channel's address and the network."
    return told


def _told(error: SendError) -> str:
    if error.provider_code is None and error.provider_message:
        return f"{error.reason} ({error.provider_message})"
    return str(error)


# Each change seals anew under a fresh nonce, so equal sealed bytes mean the same version of one channel.
@lru_cache(maxsize=REMEMBERED)
def _settings(plugin: AnyPlugin, sealer: Sealer, code: str, opened: str, sealed: bytes) -> object:
    given: Mapping[str, Json] = {**json.loads(opened), **_opened(sealer, code, sealed)}
    settings: object = plugin.settings_schema().load(given)
    return settings


def _opened(sealer: Sealer, code: str, sealed: bytes) -> dict[str, str]:
    secrets: dict[str, str] = json.loads(sealer.open(sealed, place(code)))
    return secrets
