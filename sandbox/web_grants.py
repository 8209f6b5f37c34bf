"""What people have allowed an account's web pages: codes, then tokens of two hours and of thirty days."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.codes import Code, Codes
from sandbox.errors import Refused

BASE = "snsapi_base"
USERINFO = "snsapi_userinfo"
SCOPES = (BASE, USERINFO)
TOKEN_LIFE = 7200
REFRESH_LIFE = 30 * 86400


@dataclass(slots=True)
class Grant:
    """One token: whose code it was made from, and until when it is good."""

    code: Code
    expires_at: float


@dataclass(slots=True)
class WebGrants:
    """All of them. A person's token is not an account's: neither serves in the place of the other."""

    codes: Codes = field(default_factory=lambda: Codes(expired=42003))
    tokens: dict[str, Grant] = field(default_factory=dict)
    refresh_tokens: dict[str, Grant] = field(default_factory=dict)

    def new_token(self, code: Code, now: float) -> str:
        return _issued(self.tokens, Grant(code, now + TOKEN_LIFE))

    def new_refresh_token(self, code: Code, now: float) -> str:
        return _issued(self.refresh_tokens, Grant(code, now + REFRESH_LIFE))

    def token(self, value: str, now: float) -> Code:
        """Whom a token is about. Raises ``Refused`` with 41001, 40001 or 42001."""
        if not value:
            raise Refused(41001)
        return _live(self.tokens, value, now, unknown=40001, expired=42001)

    def refreshed(self, value: str, now: float) -> Code:
        """Whom a refresh token is about. Raises ``Refused`` with 40030 or 42002."""
        return _live(self.refresh_tokens, value, now, unknown=40030, expired=42002)


def expire(grants: dict[str, Grant], appid: str, now: float) -> int:
    """Ends an account's tokens before their time. The number ended."""
    ended = [grant for grant in grants.values() if grant.code.appid == appid and grant.expires_at > now]
    for grant in ended:
        grant.expires_at = now
    return len(ended)


def _issued(grants: dict[str, Grant], grant: Grant) -> str:
    value = f"WEB_{secrets.token_urlsafe(66)}"
    grants[value] = grant
    return value


def _live(grants: dict[str, Grant], value: str, now: float, *, unknown: int, expired: int) -> Code:
    grant = grants.get(value)
    if grant is None:
        raise Refused(unknown)
    if now >= grant.expires_at:
        raise Refused(expired)
    return grant.code
