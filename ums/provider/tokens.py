"""Access tokens, shared by all threads and processes: fetched once, renewed once, renewed early.

A token is looked for in this process's memory, then in the database, where another process may have put
one, and only then asked of the provider. One process at a time may ask (a lease on the token's row), and
in that process one thread; the others wait for it, or go on with the old token while it is still good.
A lease runs out by itself, so a process that dies holding it delays nobody longer than that.

Only the very token that the provider refused is dropped, so a thousand calls refused at once renew once.
A failure to fetch is told to everyone who waited, and for a few seconds to everyone who asks with the same
credentials, so a wrong secret doesn't become a storm. While the database can't be reached, asking fails
with `Transient("database_busy")`.

Where the provider gives the very token again that it has just refused, another one is asked for by force: as often
as the provider allows, which is counted for all processes together, an operator's own demands included.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from ums.clock import Clock
from ums.domain.errors import Unavailable
from ums.provider.driving import Driver, TokenSource
from ums.provider.flights import Fetch, Flight, Flights
from ums.provider.token_memory import HeldToken, TokenMemory
from ums.provider.token_vault import TokenVault
from ums.sdk.call import Exchange
from ums.sdk.errors import BadChannel, SendError, Transient
from ums.sdk.plugin import HasToken
from ums.sdk.tokens import RenewalLimits, Token
from ums.store.db import Database
from ums.store.sealing import Sealer

S = TypeVar("S")

RENEW_BEFORE = 300.0
"""Seconds before its end that a token is renewed (a short-lived one: after half its life)."""
RENEW_AGAIN = 30.0
"""Seconds until a renewal that failed is tried again, while the old token is good."""
FAILURE_KEPT = 3.0
"""Seconds that a refusal of the credentials is told to everyone who asks."""
PASSING_FAILURE_KEPT = 0.7
"""The same of a failure that passes: less than the first wait of a delivery, which else would always be in vain."""
LEASE = 12.0
"""Seconds that one process has to renew: a little more than a call may take."""
LOOK_AGAIN = 2.0
"""Seconds until the database is looked at again while another process renews."""
POLL = 0.03
"""Seconds between looks while there is no token at all."""

DATABASE_BUSY = "database_busy"
"""The reason of a call that no provider has seen: the shared token could not be read."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFetch(Generic[S]):
    """Fetches the token of one channel's settings."""

    plugin: HasToken[S]
    settings: S = field(repr=False)

    def __call__(self) -> Exchange[Token]:
        return self.plugin.token(self.settings)

    def renewed(self) -> Exchange[Token]:
        return self.plugin.renewed_token(self.settings)

    @property
    def limits(self) -> RenewalLimits:
        return self.plugin.renewal_limits


class TooSoon(Exception):
    """Another token can't be asked for by force before `next_at` (unix seconds)."""

    def __init__(self, next_at: float) -> None:
        super().__init__(next_at)
        self.next_at = next_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewed:
    """A token that was asked for by force, and how many more may be within the day."""

    held: HeldToken
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    fetch: Fetch
    error: SendError
    until: float


class TokenStore:
    """The tokens of an installation, as one process sees them. Shared by all its threads."""

    def __init__(
        self, database: Database, sealer: Sealer, clock: Clock, driver: Driver, *, lease: float = LEASE
    ) -> None:
        self.memory = TokenMemory(clock)
        self._vault = TokenVault(database, sealer, clock, lease=lease)
        self._clock = clock
        self._driver = driver
        self._flights = Flights()
        self._failures: dict[str, _Failure] = {}

    def source(self, key: str, fetch: Fetch) -> TokenSource:
        """The token of `key`, as a driver wants it."""
        return _StoredToken(self, key, fetch)

    def get(self, key: str, fetch: Fetch) -> str:
        """A token that should be good. Raises SendError where none can be had."""
        return self.held(key, fetch).value

    def held(self, key: str, fetch: Fetch) -> HeldToken:
        """The same, with the time at which it ends."""
        while True:
            held = self.memory.look(key)
            if held is not None and not self.memory.is_due(held):
                return held
            flight, mine = self._flights.board(key, fetch)
            if mine:
                return self._fly(key, flight)
            if held is not None:
                return held
            landed = flight.wait(fetch)
            if landed is not None and not self.memory.is_refused(key, landed.value):
                return landed

    def shared(self, key: str, fetch: Fetch) -> HeldToken:
        """As `held`, but surely what all processes use by now: to be given to others, who report no refusals."""
        mine, kept = self.memory.look(key), self._vault.look(key)
        if mine is not None and (kept is None or kept.value != mine.value):
            self.memory.drop(key, mine)
        return self.held(key, fetch)

    def renew(self, key: str, fetch: Fetch) -> Renewed:
        """Ask the provider for another token than the current one, and keep it. Raises TooSoon and SendError."""
        while not self._vault.take_lease(key):
            time.sleep(POLL)
        try:
            next_at = self._vault.reserve_renewal(key, fetch.limits)
            if next_at:
                raise TooSoon(next_at)
            held = self._fetched(fetch.renewed())
            self._vault.keep(key, held)
        finally:
            with suppress(Unavailable):
                self._vault.release(key)
        self._failures.pop(key, None)
        logger.info("an access token was renewed", extra={"action": "token_renewed", "token_key": key})
        return Renewed(held=self.memory.hold_fetched(key, held), left=self._vault.renewals_left(key, fetch.limits))

    def fetch(self, key: str, fetch: Fetch) -> None:
        """Ask the provider now, whatever is kept, and keep the answer. Raises SendError."""
        self._put(key, self._fetched(fetch()))

    def keep(self, key: str, token: Token) -> None:
        """Keep a token that came unasked, such as with an authorisation, for all processes."""
        self._put(key, _held(token, self._clock.now()))

    def _put(self, key: str, held: HeldToken) -> None:
        self._vault.put(key, held)
        self.memory.hold_fetched(key, held)
        self._failures.pop(key, None)

    def expire(self, key: str, value: str) -> None:
        """The provider refused `value`: never hand it out again, if it is still the one kept."""
        if self.memory.refuse(key, value):
            self.forget(key, value)

    def forget(self, key: str, value: str) -> None:
        """Delete `value` from the database, if it is still the one kept there."""
        # A busy database does no harm: this process's memory knows, and another's will be told like ours.
        with suppress(Unavailable):
            self._vault.forget(key, value)

    def _fly(self, key: str, flight: Flight) -> HeldToken:
        try:
            held = self._obtain(key, flight.fetch)
        except BaseException as raised:
            error = _told(raised)
            self._flights.clear(key)
            flight.crash(error)
            raise error from None
        self._flights.clear(key)
        flight.land(held)
        return held

    def _obtain(self, key: str, fetch: Fetch) -> HeldToken:
        while True:
            kept = self._kept(key)
            if kept is not None and not self.memory.is_due(kept):
                return self.memory.hold(key, kept)
            if kept is None:
                self._raise_known_failure(key, fetch)
            if self._vault.take_lease(key):
                return self._renew(key, fetch)
            if kept is not None:
                return self._keep_old(key, kept, self._clock.now() + LOOK_AGAIN)
            time.sleep(POLL)

    def _renew(self, key: str, fetch: Fetch) -> HeldToken:
        kept = None
        try:
            # The second look: another may have renewed between our first one and the lease.
            kept = self._kept(key)
            if kept is not None and not self.memory.is_due(kept):
                return self.memory.hold(key, kept)
            return self._renewed(key, fetch)
        except SendError as error:
            told = FAILURE_KEPT if isinstance(error, BadChannel) else PASSING_FAILURE_KEPT
            self._failures[key] = _Failure(fetch=fetch, error=error, until=self._clock.now() + told)
            if kept is None:
                raise
            logger.warning("renewing an access token failed: %s", error, extra={"action": "token_not_renewed"})
            # What an operator must mend isn't tried again before the old token has ended.
            is_hopeless = isinstance(error, BadChannel)
            return self._keep_old(key, kept, kept.expires_at if is_hopeless else self._clock.now() + RENEW_AGAIN)
        finally:
            # Where this fails, the lease runs out.
            with suppress(Unavailable):
                self._vault.release(key)

    def _renewed(self, key: str, fetch: Fetch) -> HeldToken:
        held = self._fetched(fetch())
        if self.memory.is_refused(key, held.value):
            held = self._by_force(key, fetch) or held
        # Where this fails, the token is still good for this process.
        with suppress(Unavailable):
            self._vault.keep(key, held)
        self._failures.pop(key, None)
        logger.info("an access token was fetched", extra={"action": "token_fetched", "token_key": key})
        return self.memory.hold_fetched(key, held)

    def _by_force(self, key: str, fetch: Fetch) -> HeldToken | None:
        """Another token than the one that the provider refused and gives all the same; None where that can't be."""
        try:
            if self._vault.reserve_renewal(key, fetch.limits):
                return None
            logger.warning("a refused token was given again", extra={"action": "token_forced", "token_key": key})
            return self._fetched(fetch.renewed())
        except (SendError, Unavailable) as error:
            logger.warning("no other token was given: %s", error, extra={"action": "token_not_forced"})
            return None

    def _fetched(self, exchange: Exchange[Token]) -> HeldToken:
        asked_at = self._clock.now()
        return _held(self._driver.run(exchange), asked_at)

    def _kept(self, key: str) -> HeldToken | None:
        kept = self._vault.look(key)
        return None if kept is None or self.memory.is_refused(key, kept.value) else kept

    def _keep_old(self, key: str, kept: HeldToken, until: float) -> HeldToken:
        return self.memory.hold(key, replace(kept, renew_at=until))

    def _raise_known_failure(self, key: str, fetch: Fetch) -> None:
        failure = self._failures.get(key)
        if failure is not None and failure.fetch == fetch and self._clock.now() < failure.until:
            raise failure.error


def _held(token: Token, asked_at: float) -> HeldToken:
    expires_at = asked_at + token.lifetime
    early = RENEW_BEFORE if token.renew_before is None else token.renew_before
    return HeldToken(value=token.value, renew_at=expires_at - min(early, token.lifetime / 2), expires_at=expires_at)


def _told(raised: BaseException) -> BaseException:
    if isinstance(raised, Unavailable):
        return Transient(DATABASE_BUSY, provider_message=raised.message)
    return raised


class _StoredToken:
    def __init__(self, store: TokenStore, key: str, fetch: Fetch) -> None:
        self._store = store
        self._key = key
        self._fetch = fetch

    def get(self) -> str:
        return self._store.get(self._key, self._fetch)

    def expire(self, value: str) -> None:
        self._store.expire(self._key, value)
