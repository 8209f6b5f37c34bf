"""Third-party platforms (components): their tickets, their codes, and the accounts that have authorised them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sandbox import paths
from sandbox.accounts import MINI_PROGRAM, OFFICIAL_ACCOUNT, Account
from sandbox.errors import Refused
from sandbox.events import Event, Value

COMPONENT = "component"
"""The kind of the account by which a component itself is known at the calls."""
TICKET_LIFE = 12 * 3600.0
CODE_LIFE = 600.0
PRE_AUTH_LIFE = 1800.0
OFFERED = {OFFICIAL_ACCOUNT: (1, 2, 3, 4, 7, 11, 15, 89), MINI_PROGRAM: (17, 18, 19)}
"""The permission sets a component asks for by default, by the kind of account."""
WEB_SET = 4
"""The set that lets a component authorise people on web pages."""
AUTH_TYPES: Mapping[str, tuple[str, ...]] = {
    "1": (OFFICIAL_ACCOUNT,),
    "2": (MINI_PROGRAM,),
    "3": (OFFICIAL_ACCOUNT, MINI_PROGRAM),
    "4": (),
    "5": (),
    "6": (),
    "8": (),
}
"""Which kinds of account each is for; the last ones are for kinds that there are none of here."""

_TEMPLATE_LIBRARY = frozenset({18, 89})
_USERS = frozenset({2, 100})
NEEDED: Mapping[str, frozenset[int]] = {
    paths.TEMPLATE_SEND: frozenset({7}),
    paths.PRIVATE_TEMPLATES: frozenset({7}),
    paths.ADD_PRIVATE: frozenset({7}),
    paths.DELETE_PRIVATE: frozenset({7}),
    paths.BIZSEND: frozenset({89}),
    paths.SUBSCRIBE_SEND: frozenset({18}),
    paths.SUBSCRIPTION_TEMPLATES: _TEMPLATE_LIBRARY,
    paths.CATEGORIES: _TEMPLATE_LIBRARY,
    paths.TITLES: _TEMPLATE_LIBRARY,
    paths.KEYWORDS: _TEMPLATE_LIBRARY,
    paths.ADD_SUBSCRIPTION: _TEMPLATE_LIBRARY,
    paths.DELETE_SUBSCRIPTION: _TEMPLATE_LIBRARY,
    paths.USER_INFO: _USERS,
    paths.USER_INFOS: _USERS,
    paths.USER_LIST: _USERS,
    paths.QR_CREATE: frozenset({3}),
    paths.JS_TICKET: frozenset({WEB_SET}),
    paths.COMPONENT_WEB_ACCESS: frozenset({WEB_SET}),
    paths.COMPONENT_WEB_REFRESH: frozenset({WEB_SET}),
    paths.COMPONENT_LOGIN: frozenset({18}),
    paths.PHONE_NUMBER: frozenset({18}),
    paths.CHECK_SESSION: frozenset({18}),
    paths.RESET_SESSION: frozenset({18}),
}
"""The sets of which a call needs one: 61007 without."""


@dataclass(slots=True)
class Consent:
    """What one account has granted."""

    permissions: frozenset[int]
    refresh_token: str
    since: int
    options: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """An authorisation code: for which account, and until when; it serves once."""

    appid: str
    expires_at: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Component:
    """One third-party platform; ``account`` carries its secret, its events' callback, its key, IPs and quotas.

    ``account_callback`` is where its accounts' pushes go, ``$APPID$`` standing for the account. While it is not
    ``published`` only the accounts of ``testers`` can authorise it.
    """

    account: Account
    account_callback: str = ""
    start_domain: str = ""
    published: bool = True
    valid: bool = True
    testers: frozenset[str] = frozenset()
    offered: frozenset[int] = frozenset({*OFFERED[OFFICIAL_ACCOUNT], *OFFERED[MINI_PROGRAM]})
    tickets: dict[str, float] = field(default_factory=dict)
    pre_auth_codes: dict[str, float] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)

    @property
    def appid(self) -> str:
        return self.account.appid

    def new_ticket(self, now: float) -> str:
        """A ticket, good for twelve hours; the older ones stay good until their end."""
        ticket = f"ticket@@@{secrets.token_urlsafe(48)}"
        self.tickets[ticket] = now + TICKET_LIFE
        return ticket

    def check_ticket(self, ticket: str, now: float) -> None:
        if ticket not in self.tickets:
            raise Refused(61006)
        if now >= self.tickets[ticket]:
            raise Refused(61005)

    def new_pre_auth_code(self, now: float) -> str:
        code = f"preauthcode@@@{secrets.token_urlsafe(32)}"
        self.pre_auth_codes[code] = now + PRE_AUTH_LIFE
        return code

    def consent(self, appid: str) -> Consent:
        """What an account has granted. Raises ``Refused`` with 61003 where it hasn't."""
        found = self.consents.get(appid)
        if found is None:
            raise Refused(61003)
        return found

    def authorise(self, account: Account, permissions: frozenset[int], now: float) -> tuple[str, str]:
        """The administrator agrees: an authorisation code, and which event tells of it ("" for none).

        ``updateauthorized`` isn't pushed where the sets are the same as before.
        """
        before = self.consents.get(account.appid)
        self.consents[account.appid] = Consent(permissions, new_refresh_token(), int(now))
        code = f"queryauthcode@@@{secrets.token_urlsafe(48)}"
        self.codes[code] = Code(account.appid, now + CODE_LIFE)
        if before is None:
            return code, "authorized"
        return code, "" if before.permissions == permissions else "updateauthorized"

    def redeem(self, value: str, now: float) -> str:
        """The account that an authorisation code is of; it serves once."""
        code = self.codes.get(value)
        if code is None:
            raise Refused(61009)
        if code.used or now >= code.expires_at:
            raise Refused(61010)
        code.used = True
        return code.appid

    def event(self, kind: str, now: float, **members: Value) -> Event:
        """A push to the component itself."""
        fields: dict[str, Value] = {"AppId": self.appid, "CreateTime": int(now), "InfoType": kind, **members}
        return Event("", kind, int(now), fields, whole=True)

    def listening(self, account: Account) -> Account:
        """An account of the component's as its pushes see it: sealed with the component's key, in XML."""
        return replace(
            account,
            callback=self.account_callback.replace("$APPID$", account.appid),
            token=self.account.token,
            encoding_aes_key=self.account.encoding_aes_key,
            push_format="xml",
            push_mode="safe",
            seal_appid=self.appid,
        )


def new_refresh_token() -> str:
    return f"refreshtoken@@@{secrets.token_urlsafe(32)}"


def kinds_of(auth_type: str) -> tuple[str, ...]:
    """Which kinds of account a page is for; both where it doesn't say. Raises ``Refused`` for what is no type."""
    if (auth_type or "3") not in AUTH_TYPES:
        raise Refused(40097, "auth_type must be 1 to 6, or 8")
    return AUTH_TYPES[auth_type or "3"]


def event_members(appid: str, code: str, pre_auth_code: str, now: float) -> dict[str, Value]:
    """What ``authorized`` and ``updateauthorized`` tell."""
    return {
        "AuthorizerAppid": appid,
        "AuthorizationCode": code,
        "AuthorizationCodeExpiredTime": int(now + CODE_LIFE),
        "PreAuthCode": pre_auth_code,
    }
