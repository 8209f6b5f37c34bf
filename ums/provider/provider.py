"""The door to all providers for everything that isn't the sending loop."""

from __future__ import annotations

from typing import Self, TypeVar

from ums.clock import Clock
from ums.provider.driving import Driver, LateDriver
from ums.provider.flights import Fetch
from ums.provider.loop_token import LoopToken, LoopTokens
from ums.provider.page_tickets import PageTicketFetch
from ums.provider.platform_desk import AnyPlatform, AuthorisedFetch, PlatformDesk, authorised
from ums.provider.token_memory import HeldToken
from ums.provider.tokens import Renewed, TokenFetch, TokenStore
from ums.registry import AnyPlugin
from ums.sdk.call import Exchange
from ums.sdk.platform import HasPlatform
from ums.sdk.plugin import HasToken
from ums.sdk.tokens import Token
from ums.store.db import Database
from ums.store.sealing import Sealer

S = TypeVar("S")
T = TypeVar("T")

PAGES = ":pages"
"""Behind a token's key: the key of what the account's pages sign with."""


class Provider:
    """Runs exchanges with `requests` and keeps the tokens they need. Shared by all threads of a process."""

    def __init__(self, driver: Driver, tokens: TokenStore, platform: PlatformDesk) -> None:
        self.platform = platform
        self._driver = driver
        self._tokens = tokens
        self._loop_tokens = LoopTokens(tokens)

    @classmethod
    def open(cls, database: Database, sealer: Sealer, clock: Clock, platform: AnyPlatform | None = None) -> Self:
        """Nothing is connected yet: that happens with the first call."""
        driver = LateDriver()
        tokens = TokenStore(database, sealer, clock, driver)
        return cls(driver, tokens, PlatformDesk(database, sealer, clock, driver, tokens, platform))

    def run(self, plugin: AnyPlugin, settings: object, exchange: Exchange[T]) -> T:
        """Run an exchange of `plugin` to its end and return its result.

        The channel's token is fetched, shared and renewed as the exchange asks for it. Raises the
        `SendError` that the plugin, the token's exchange or the transport ends in.
        """
        if not isinstance(plugin, HasToken):
            return self._driver.run(exchange)
        source = self._tokens.source(plugin.token_key(settings), self._fetch(plugin, settings))
        return self._driver.run(exchange, token=source)

    def token(self, plugin: HasToken[S], settings: S) -> HeldToken:
        """A token that should be good, shared with every other call on these credentials, and when it ends.

        Raises the `SendError` that fetching it ends in.
        """
        return self._tokens.shared(plugin.token_key(settings), self._fetch(plugin, settings))

    def renew_token(self, plugin: HasToken[S], settings: S) -> Renewed:
        """Ask the provider for another token than the current one, and keep it for all processes.

        Raises TooSoon where the provider wouldn't give one yet, and the `SendError` that the exchange ends in.
        """
        return self._tokens.renew(plugin.token_key(settings), self._fetch(plugin, settings))

    def fetch_token(self, plugin: AnyPlugin, settings: object) -> None:
        """Ask the provider for the token now, whatever is kept, and keep the answer for all processes.

        This is how credentials are tried: an earlier failure is forgotten when it succeeds. Does nothing
        for a plugin without a token. Raises the `SendError` that the exchange ends in.
        """
        if isinstance(plugin, HasToken):
            self._tokens.fetch(plugin.token_key(settings), self._fetch(plugin, settings))

    def loop_token(self, plugin: AnyPlugin, settings: object) -> LoopToken | None:
        """The token of one channel for `LoopDriver.run`; None for a plugin without one.

        Make one per channel and version of its settings, and keep it.
        """
        if not isinstance(plugin, HasToken):
            return None
        return self._loop_tokens.source(plugin.token_key(settings), self._fetch(plugin, settings))

    def keep_token(self, plugin: HasToken[S], settings: S, token: Token) -> None:
        """Keep a token that came with an authorisation, for all processes."""
        self._tokens.keep(plugin.token_key(settings), token)

    def page_ticket(self, plugin: AnyPlugin, settings: object) -> HeldToken:
        """What a channel's pages sign with, shared with all processes and renewed like a token.

        Raises the `SendError` that fetching it ends in. The plugin is one with page tickets.
        """
        assert isinstance(plugin, HasToken)  # noqa: S101 - such tickets are asked for with the channel's token
        key = plugin.token_key(settings)
        source = self._tokens.source(key, self._fetch(plugin, settings))
        return self._tokens.held(f"{key}{PAGES}", PageTicketFetch(plugin=plugin, settings=settings, source=source))

    def _fetch(self, plugin: HasToken[S], settings: S) -> Fetch:
        """How the token is come by: with credentials of the channel's own, or through the third-party platform."""
        account = authorised(plugin, settings)
        if account is None or not isinstance(plugin, HasPlatform):
            return TokenFetch(plugin=plugin, settings=settings)
        return AuthorisedFetch(self.platform, account, plugin.withdrawn)

    def close(self) -> None:
        """Close kept-alive connections."""
        self._loop_tokens.close()
        self._driver.close()
