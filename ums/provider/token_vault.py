"""The access tokens in the database: sealed, and with a lease for the process that is renewing one.

Each function is one short transaction; none is open while a provider is being waited for.
"""

from __future__ import annotations

import json
import os
import secrets

from ums.clock import Clock
from ums.provider.token_memory import HeldToken
from ums.sdk.tokens import RenewalLimits
from ums.store import token_renewals, tokens
from ums.store.db import Database
from ums.store.sealing import SealBroken, Sealer
from ums.store.tokens import SealedToken


class TokenVault:
    """What all processes share. Every method raises Unavailable while the database can't be written."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, *, lease: float) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._seconds = lease
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"

    def look(self, key: str) -> HeldToken | None:
        """The token kept under `key`, if it hasn't ended."""
        sealed = self._find(key)
        if sealed is None or self._clock.now() >= sealed.expires_at:
            return None
        return self._opened(key, sealed)

    def take_lease(self, key: str) -> bool:
        """Take the right to renew, unless another process has it."""
        with self._database.write() as session:
            return tokens.lease(session, key, self._owner, self._clock.now(), self._seconds)

    def keep(self, key: str, held: HeldToken) -> None:
        """Keep what was fetched under the lease, and end it; nothing happens if the lease was lost."""
        sealed = self._sealed(key, held)
        with self._database.write() as session:
            tokens.keep(session, key, self._owner, sealed)

    def put(self, key: str, held: HeldToken) -> None:
        """Keep what was fetched without a lease."""
        sealed = self._sealed(key, held)
        with self._database.write() as session:
            tokens.put(session, key, sealed)

    def release(self, key: str) -> None:
        """End our lease, if we still have it."""
        with self._database.write() as session:
            tokens.release(session, key, self._owner)

    def reserve_renewal(self, key: str, limits: RenewalLimits) -> float:
        """Take the right to ask by force for another token: 0.0, or (in unix seconds) when that will be allowed."""
        now = self._clock.now()
        with self._database.write() as session:
            past = token_renewals.of_late(session, key, now)
            if past and now - past[0] < limits.apart:
                return past[0] + limits.apart
            if len(past) >= limits.a_day:
                return past[limits.a_day - 1] + token_renewals.DAY
            token_renewals.note(session, key, now)
            return 0.0

    def renewals_left(self, key: str, limits: RenewalLimits) -> int:
        """How many more may be asked for by force within the day."""
        with self._database.read() as session:
            return max(0, limits.a_day - len(token_renewals.of_late(session, key, self._clock.now())))

    def forget(self, key: str, value: str) -> None:
        """Delete this very token; one that was kept since stays."""
        sealed = self._find(key)
        held = None if sealed is None else self._opened(key, sealed)
        if sealed is None or held is None or not secrets.compare_digest(held.value.encode(), value.encode()):
            return
        with self._database.write() as session:
            tokens.forget(session, key, sealed)

    def _find(self, key: str) -> SealedToken | None:
        with self._database.read() as session:
            return tokens.find(session, key)

    def _sealed(self, key: str, held: HeldToken) -> SealedToken:
        text = json.dumps({"value": held.value, "renew_at": held.renew_at})
        return SealedToken(value=self._sealer.seal(text, _place(key)), expires_at=held.expires_at)

    def _opened(self, key: str, sealed: SealedToken) -> HeldToken | None:
        try:
            text = json.loads(self._sealer.open(sealed.value, _place(key)))
        except SealBroken:
            # Sealed with another installation's key: a token can be fetched again.
            return None
        return HeldToken(value=text["value"], renew_at=text["renew_at"], expires_at=sealed.expires_at)


def _place(key: str) -> str:
    return f"tokens:{key}"
