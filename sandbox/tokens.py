"""Access tokens: issuing them, and telling whose a token is.

The stable call gives the same token until shortly before its end; then a new one, while the old one lives
on to its end. The classic call makes a new token each time and leaves the older one a short overlap. The two
kinds do not disturb each other. The overlap is 5 minutes of 7200 seconds, and as much less as the account's
``token_ttl`` is shorter.
"""

from __future__ import annotations

import re
import secrets
from collections import deque
from dataclasses import dataclass, field

from sandbox.accounts import Account
from sandbox.errors import Refused

OVERLAP = 300 / 7200
FORCED_GAP = 30.0
FORCED_PER_DAY = 20
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32,512}")
KEEP_EXPIRED = 3600.0


@dataclass(slots=True)
class Token:
    """One token; ``code`` is what a call with it gets once ``expires_at`` (seconds since the epoch) is past."""

    value: str
    appid: str
    expires_at: float
    code: int = 42001
    component: str = ""
    """The third-party platform that holds it in the account's name."""


@dataclass(slots=True)
class Desk:
    """Every token ever issued, and each account's latest of either kind."""

    issued: dict[str, Token] = field(default_factory=dict)
    stable: dict[str, Token] = field(default_factory=dict)
    classic: dict[str, Token] = field(default_factory=dict)
    replaced: dict[str, Token] = field(default_factory=dict)
    authorised: dict[str, Token] = field(default_factory=dict)
    forced: dict[str, deque[float]] = field(default_factory=dict)

    def stable_token(self, account: Account, now: float, *, force: bool) -> Token:
        """The account's present token, or a new one where it is forced or due."""
        present = self.stable.get(account.appid)
        live = present is not None and now < present.expires_at - account.token_ttl * OVERLAP
        if force and (not live or self._may_force(account.appid, now)):
            self._replace(present, account, now)
            live = False
        if present is not None and live:
            return present
        return self._issue(self.stable, account, now)

    def classic_token(self, account: Account, now: float) -> Token:
        """A new token at every call."""
        present = self.classic.get(account.appid)
        if present is not None:
            self._retire(present, now + account.token_ttl * OVERLAP)
        return self._issue(self.classic, account, now)

    def authorised_token(self, account: Account, component: str, now: float) -> Token:
        """A new token for a third-party platform; the one before lives on for the overlap."""
        present = self.authorised.get(f"{account.appid} {component}")
        if present is not None:
            self._retire(present, now + account.token_ttl * OVERLAP)
        token = self._issue({}, account, now)
        token.component = component
        self.authorised[f"{account.appid} {component}"] = token
        return token

    def end_authorised(self, appid: str, component: str, now: float) -> None:
        """Ends what a third-party platform holds in the account's name."""
        for token in self.issued.values():
            if token.appid == appid and token.component == component:
                self._retire(token, now)

    def holder(self, value: str, now: float) -> str:
        """The appid a token belongs to. Raises as ``token`` does."""
        return self.token(value, now).appid

    def token(self, value: str, now: float) -> Token:
        """The live token. Raises ``Refused`` with 41001, 40014, 40001 or 42001."""
        if not value:
            raise Refused(41001)
        token = self.issued.get(value)
        if token is None:
            raise Refused(40001 if WELL_FORMED.fullmatch(value) else 40014)
        if now >= token.expires_at:
            raise Refused(token.code)
        return token

    def expire(self, appid: str, code: int, now: float) -> int:
        """Ends all live tokens of an account; calls with them get ``code``. The number of tokens ended."""
        ended = [token for token in self.issued.values() if token.appid == appid and token.expires_at > now]
        for token in ended:
            token.expires_at, token.code = now, code
        return len(ended)

    def _may_force(self, appid: str, now: float) -> bool:
        """Whether a forced refresh happens: 20 a day, 30 seconds apart; else the token stays what it is."""
        times = self.forced.setdefault(appid, deque())
        while times and times[0] <= now - 86400:
            times.popleft()
        if len(times) >= FORCED_PER_DAY or (times and now - times[-1] < FORCED_GAP):
            return False
        times.append(now)
        return True

    def _replace(self, present: Token | None, account: Account, now: float) -> None:
        """The present stable token gets the usual overlap; the one replaced before it ends at once."""
        older = self.replaced.pop(account.appid, None)
        if older is not None:
            self._retire(older, now)
        if present is not None:
            self._retire(present, now + account.token_ttl * OVERLAP)
            self.replaced[account.appid] = present

    @staticmethod
    def _retire(token: Token, moment: float) -> None:
        token.expires_at, token.code = min(token.expires_at, moment), 40001

    def _issue(self, latest: dict[str, Token], account: Account, now: float) -> Token:
        self._forget_before(now - KEEP_EXPIRED)
        token = Token("SANDBOX_" + secrets.token_urlsafe(96), account.appid, now + account.token_ttl)
        self.issued[token.value] = latest[account.appid] = token
        return token

    def _forget_before(self, moment: float) -> None:
        for value in [value for value, token in self.issued.items() if token.expires_at < moment]:
            del self.issued[value]
