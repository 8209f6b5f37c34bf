"""The installation's third-party platform at work: its token, and those of the accounts that have authorised it.

Both kinds are kept, shared and renewed like every other token (`ums.provider.tokens`). What they are fetched with
comes by pushes and by earlier answers, so it stands in the database, sealed: the platform's last ticket, and each
account's refresh token. A new refresh token is committed before the token that came with it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from marshmallow import ValidationError

from ums.clock import Clock
from ums.domain.authorisation import AuthorisationState, KeptPlatform
from ums.domain.errors import NotFound
from ums.provider.driving import Driver, TokenSource, token_for
from ums.provider.tokens import TokenStore
from ums.sdk.call import Call, Exchange, Reply, Talk
from ums.sdk.errors import BadChannel, SendError
from ums.sdk.platform import HasPlatform, ThirdPartyPlatform, VerifyTicket
from ums.sdk.tokens import RenewalLimits, Token
from ums.store import authorisations, platforms
from ums.store.db import Database
from ums.store.sealing import SealBroken, Sealer

T = TypeVar("T")

AnyPlatform = ThirdPartyPlatform[Any]

UNSET = "platform_unset"
"""The reason of a channel that is authorised by a platform which isn't set up."""
SET_IT_UP = "There is no third-party platform yet; set one up with: ums platform set --set component_appid=… "


class PlatformDesk:
    """One provider's platform, as one process sees it. Shared by all its threads."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        clock: Clock,
        driver: Driver,
        tokens: TokenStore,
        platform: AnyPlatform | None,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._driver = driver
        self._tokens = tokens
        self._platform = platform

    @property
    def platform(self) -> AnyPlatform:
        """The platform that the installed plugins name. Raises NotFound where none of them does."""
        if self._platform is None:
            raise NotFound("No installed channel type can be authorised through a third-party platform.")
        return self._platform

    def kept(self) -> KeptPlatform | None:
        """The platform as it is kept, if it is set up."""
        with self._database.read() as session:
            return platforms.find(session, self.platform.key)

    def settings(self) -> Any:
        """What the platform makes of its settings. Raises BadChannel where there are none that can be used."""
        kept = self.kept()
        if kept is None:
            raise BadChannel(UNSET, provider_message=SET_IT_UP.strip())
        return self.settings_of(kept)

    def settings_of(self, kept: KeptPlatform) -> Any:
        """The same of a platform already read."""
        try:
            opened = json.dumps(kept.settings, sort_keys=True)
            return _settings(self.platform, self._sealer, opened, kept.sealed_settings)
        except (SealBroken, ValidationError) as error:
            raise BadChannel(
                UNSET, provider_message="The third-party platform's settings can't be used; set them anew."
            ) from error

    def run(self, exchange: Exchange[T]) -> T:
        """Run an exchange of the platform with its token. Raises what the exchange raises."""
        return self._driver.run(exchange, token=self.source())

    def source(self) -> TokenSource:
        """The platform's own token. Raises BadChannel as `settings` does."""
        settings = self.settings()
        return self._tokens.source(self.platform.token_key(settings), PlatformFetch(self))

    def try_token(self) -> None:
        """Fetch the platform's own token now, whatever is kept. Raises SendError."""
        self._tokens.fetch(self.platform.token_key(self.settings()), PlatformFetch(self))

    def fetch_own(self) -> Exchange[Token]:
        return self.platform.token(self.settings(), self._ticket())

    def fetch_for(self, account: str, withdrawn: str) -> Exchange[Token]:
        """A new token of an account; the refresh token that comes with it is kept first."""
        settings = self.settings()
        refresh_token = self._refresh_token(account, withdrawn)
        exchange = self.platform.renew(settings, account, refresh_token)
        granted = yield from supplied(exchange, self.source())
        sealed = self._sealer.seal(granted.refresh_token, authorisation_place(account))
        with self._database.write() as session:
            authorisations.put_refresh_token(session, account, sealed)
        return granted.token

    def _ticket(self) -> VerifyTicket | None:
        kept = self.kept()
        if kept is None or kept.ticket is None or kept.ticket_at is None:
            return None
        try:
            value = self._sealer.open(kept.ticket, ticket_place(kept.key))
        except SealBroken:
            return None
        return VerifyTicket(value=value, age=self._clock.now() - kept.ticket_at)

    def _refresh_token(self, account: str, withdrawn: str) -> str:
        """The one kept, empty where there is none that opens. Raises BadChannel where it was withdrawn."""
        with self._database.read() as session:
            kept = authorisations.find(session, account)
        if kept is not None and kept.state is AuthorisationState.WITHDRAWN:
            raise BadChannel(withdrawn)
        if kept is None or kept.refresh_token is None:
            return ""
        try:
            return self._sealer.open(kept.refresh_token, authorisation_place(account))
        except SealBroken:
            return ""


@dataclass(frozen=True, slots=True)
class PlatformFetch:
    """Fetches the platform's own token."""

    desk: PlatformDesk

    def __call__(self) -> Exchange[Token]:
        return self.desk.fetch_own()

    def renewed(self) -> Exchange[Token]:
        # each answer has another token than the one before
        return self()

    @property
    def limits(self) -> RenewalLimits:
        return RenewalLimits()


@dataclass(frozen=True, slots=True)
class AuthorisedFetch:
    """Fetches the token of an account that has authorised the platform."""

    desk: PlatformDesk
    account: str
    withdrawn: str

    def __call__(self) -> Exchange[Token]:
        return self.desk.fetch_for(self.account, self.withdrawn)

    def renewed(self) -> Exchange[Token]:
        # each answer has another token than the one before
        return self()

    @property
    def limits(self) -> RenewalLimits:
        return RenewalLimits()


def authorised(plugin: object, settings: object) -> str | None:
    """The account for which the platform acts on this channel; None for one with credentials of its own."""
    if not isinstance(plugin, HasPlatform) or not plugin.is_authorised(settings):
        return None
    return plugin.account_of(settings)


def supplied(exchange: Exchange[T], source: TokenSource) -> Exchange[T]:
    """An exchange whose calls have their token in them, for a driver that brings another one, or none."""
    talk = Talk(exchange)
    used: str | None = None
    while (call := talk.call) is not None:
        answer: Reply | SendError
        try:
            used = token_for(call, source, used)
            answer = yield _with(call, used)
        except SendError as error:
            answer = error
        if isinstance(answer, Reply):
            talk.answer(answer)
        else:
            talk.fail(answer.with_traceback(None))
    return talk.result


def settings_place(key: str) -> str:
    """Where the sealed settings of a platform stand."""
    return f"platforms:{key}"


def ticket_place(key: str) -> str:
    return f"platforms:{key}:ticket"


def authorisation_place(account: str) -> str:
    """Where the sealed refresh token of an account stands."""
    return f"authorisations:{account}"


def _with(call: Call, token: str | None) -> Call:
    if not call.token or token is None:
        return call
    return call._replace(token=False, renew=False, query={**call.query, call.token_name: token})


# Each change seals anew under a fresh nonce, so equal sealed bytes mean the same settings.
@lru_cache(maxsize=16)
def _settings(platform: AnyPlatform, sealer: Sealer, opened: str, sealed: bytes) -> Any:
    secret = json.loads(sealer.open(sealed, settings_place(platform.key)))
    return platform.settings_schema().load({**json.loads(opened), **secret})
