"""The installation's third-party platform: set up, shown, tried; and the accounts that have authorised it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.authorisation import Authorisation, KeptPlatform
from ums.domain.commands import Json
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Problem, Unavailable
from ums.domain.outcome import BadChannel, SendError
from ums.domain.views import ChannelCheck
from ums.provider.platform_desk import settings_place
from ums.registry import AnyPlugin
from ums.sdk.platform import HasPlatform
from ums.services.accounts import explained
from ums.services.channel_settings import parted_by
from ums.services.gateway import Gateway
from ums.services.probing import RETRY_SECONDS
from ums.store import authorisations, platforms
from ums.store.sealing import SealBroken

EVENTS = "/hooks/platform/events"
MESSAGES = "/hooks/platform/$APPID$"
SET_UP = "There is no third-party platform here yet; set it up with `ums platform set`, or PUT /v1/admin/platform."


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformView:
    """The third-party platform as it is set up, the addresses to enter at the provider, and its ticket's time."""

    title: str
    name: str
    settings: Mapping[str, Json]
    secrets_set: tuple[str, ...]
    ticket_at: float | None
    event_url: str
    message_url: str
    return_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedView:
    """An account that has authorised the platform; `channel` is the code of its channel, empty for none."""

    account: str
    name: str
    state: str
    permissions: tuple[int, ...]
    channel: str
    facts: Mapping[str, Json]
    at: float


def configure(gateway: Gateway, settings: Mapping[str, str]) -> PlatformView:
    """Set it up, or change what is given, an empty value taking a setting back.

    Another platform's ticket is forgotten. Raises InvalidRequest naming each wrong setting as `settings.<name>`, or
    where no installed channel type knows such a platform.
    """
    if gateway.registry.platform is None:
        raise InvalidRequest("No installed channel type can be authorised through a third-party platform.")
    desk = gateway.provider.platform
    platform = desk.platform
    before = desk.kept()
    given = {**_kept_settings(gateway, before), **settings}
    kept = parted_by(platform.settings_schema(), given, "These settings don't make a third-party platform.")
    sealed = gateway.sealer.seal(json.dumps(dict(kept.secret)), settings_place(platform.key))
    with gateway.database.write() as session:
        platforms.put(session, platform.key, dict(kept.open), sealed, gateway.clock.now())
        if before is not None and platform.name(before.settings) != platform.name(kept.open):
            platforms.drop_ticket(session, platform.key)
    return show(gateway)


def show(gateway: Gateway) -> PlatformView:
    """It as it is set up. Raises NotFound where it isn't."""
    desk = gateway.provider.platform
    kept = desk.kept()
    if kept is None:
        raise NotFound(SET_UP)
    base = return_base(gateway)
    return PlatformView(
        title=desk.platform.title,
        name=desk.platform.name(kept.settings),
        settings=kept.settings,
        secrets_set=tuple(sorted(_secrets(gateway, kept))),
        ticket_at=kept.ticket_at,
        event_url=f"{base}{EVENTS}",
        message_url=f"{base}{MESSAGES}",
        return_url=base,
    )


def return_base(gateway: Gateway) -> str:
    """The address of the gateway that the provider knows, without a slash at its end."""
    try:
        return gateway.provider.platform.platform.return_base(settings_in_use(gateway)) or gateway.settings.address
    except Conflict:
        return gateway.settings.address


def settings_in_use(gateway: Gateway) -> object:
    """What the platform makes of its settings. Raises NotFound where there are none, Conflict for unusable ones."""
    desk = gateway.provider.platform
    kept = desk.kept()
    if kept is None:
        raise NotFound(SET_UP)
    try:
        settings: object = desk.settings_of(kept)
    except BadChannel as error:
        raise Conflict(error.provider_message) from error
    return settings


def start_tickets(gateway: Gateway) -> None:
    """Ask the provider to push tickets. Raises Conflict where it refuses, Unavailable where it can't be asked."""
    desk = gateway.provider.platform
    try:
        desk.run(desk.platform.start_tickets(settings_in_use(gateway)))
    except SendError as error:
        raise refusal(gateway, "No ticket could be asked for.", error) from error


def test(gateway: Gateway) -> ChannelCheck:
    """Fetch the platform's own token now, which takes a good ticket and the right secret."""
    settings_in_use(gateway)
    try:
        gateway.provider.platform.try_token()
    except SendError as error:
        return ChannelCheck(ok=False, detail=_explained(gateway, error), provider_code=error.provider_code)
    return ChannelCheck(ok=True, detail="The provider takes the platform's secret and its ticket.")


def accounts(gateway: Gateway) -> tuple[AuthorisedView, ...]:
    """Every account that has ever authorised the platform, by its id."""
    with gateway.database.read() as session:
        found = authorisations.every(session)
    return tuple(_view(authorisation, code) for authorisation, code in found)


def refusal(gateway: Gateway, text: str, error: SendError) -> Problem:
    """The problem to raise where the provider was asked in the platform's name and gave nothing."""
    told = f"{text} {_explained(gateway, error)}"
    return Conflict(told) if isinstance(error, BadChannel) else Unavailable(told, retry_after=RETRY_SECONDS)


def plugins(gateway: Gateway) -> dict[str, AnyPlugin]:
    """The channel types that can be authorised through the platform."""
    return {type_: plugin for type_, plugin in gateway.registry.by_type.items() if isinstance(plugin, HasPlatform)}


def _explained(gateway: Gateway, error: SendError) -> str:
    """What went wrong in plain words; any of the provider's plugins knows them."""
    return explained(next(iter(plugins(gateway).values())), error)


def _view(one: Authorisation, code: str) -> AuthorisedView:
    return AuthorisedView(
        account=one.account,
        name=one.name,
        state=one.state.value,
        permissions=one.permissions,
        channel=code,
        facts=one.facts,
        at=one.at,
    )


def _kept_settings(gateway: Gateway, kept: KeptPlatform | None) -> dict[str, str]:
    if kept is None:
        return {}
    return {**{name: str(value) for name, value in kept.settings.items()}, **_secrets(gateway, kept)}


def _secrets(gateway: Gateway, kept: KeptPlatform) -> dict[str, str]:
    """The secrets as they stand; none where they can't be opened any more, so that they can be set anew."""
    try:
        found: dict[str, str] = json.loads(gateway.sealer.open(kept.sealed_settings, settings_place(kept.key)))
    except SealBroken:
        return {}
    return found
