"""Codes that stand for a person for five minutes and serve once: of a web page, of a login, of a phone number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sandbox.errors import Refused

LIFE = 300.0


@dataclass(slots=True, kw_only=True)
class Code:
    """For whom, at which account, until when (seconds since the epoch)."""

    appid: str
    openid: str
    expires_at: float
    scope: str = ""
    """What a person has allowed a web page: ``snsapi_base`` or ``snsapi_userinfo``."""
    component: str = ""
    """The third-party platform that asked, and alone may use it."""
    session_key: str = ""
    """What the login of a mini program will answer."""
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Codes:
    """The codes of one kind, and the numbers that are said where one doesn't serve."""

    missing: int = 41008
    used: int = 40163
    expired: int = 40029
    foreign: int = 40029
    issued: dict[str, Code] = field(default_factory=dict)

    def issue(self, code: Code) -> str:
        value = f"0{secrets.token_hex(15)}c"
        self.issued[value] = code
        return value

    def find(self, value: str, appid: str, now: float, component: str = "") -> Code:
        """The code, if it may still be used. Raises ``Refused`` with 40029 or what its kind says."""
        if not value:
            raise Refused(self.missing)
        code = self.issued.get(value)
        if code is None or code.component != component:
            raise Refused(40029)
        if code.appid != appid:
            raise Refused(self.foreign)
        if code.used:
            raise Refused(self.used)
        if now >= code.expires_at:
            raise Refused(self.expired)
        return code

    def expire(self, appid: str, now: float) -> int:
        """Ends the unused codes of an account before their time. The number ended."""
        ended = [code for code in self.issued.values() if code.appid == appid and code.expires_at > now]
        for code in ended:
            code.expires_at = now
        return len(ended)
