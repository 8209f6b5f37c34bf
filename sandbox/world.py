"""Everything the sandbox remembers, as one value without I/O and without a clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.accounts import STRANGER, Account, User
from sandbox.calls import Calls
from sandbox.codes import Codes
from sandbox.component import NEEDED, Component
from sandbox.errors import Refused
from sandbox.faults import Faults
from sandbox.latencies import Latencies, Latency
from sandbox.options import Options
from sandbox.qr import QrCodes
from sandbox.tokens import Desk
from sandbox.web_grants import WebGrants

MSGIDS_PER_SECOND = 30
"""Bits: msgids begin at the start time shifted by this, so they pass 2^53 and never come twice."""


@dataclass(slots=True, kw_only=True)
class World:
    """The platform's state.

    While no account is configured (``strict`` is False) any appid is an account with the built-in templates
    that accepts any secret and knows every openid; once one is, other appids get 40013.
    """

    options: Options
    last_msgid: int
    strict: bool = False
    accounts: dict[str, Account] = field(default_factory=dict)
    components: dict[str, Component] = field(default_factory=dict)
    listed_openids: set[str] = field(default_factory=set)
    desk: Desk = field(default_factory=Desk)
    web: WebGrants = field(default_factory=WebGrants)
    logins: Codes = field(default_factory=Codes)
    phone_codes: Codes = field(default_factory=lambda: Codes(missing=40029, used=40029, foreign=40013))
    qr_codes: QrCodes = field(default_factory=QrCodes)
    browsing: dict[str, str] = field(default_factory=dict)
    """Who visits an account's web pages next: openid, by appid."""
    faults: Faults = field(default_factory=Faults)
    latencies: Latencies = field(default_factory=Latencies)
    calls: Calls
    last_rid: int = 0

    @classmethod
    def begin(cls, options: Options, now: float) -> World:
        """The world as the command line describes it."""
        last_msgid = int(now) << MSGIDS_PER_SECOND
        world = cls(options=options, last_msgid=last_msgid, calls=Calls(options.keep_calls))
        world.latencies.put(Latency(ms=options.latency_ms))
        for appid, callback in options.callbacks.items():
            world.account(appid).callback = callback
        return world

    def account(self, appid: str) -> Account:
        """The account, made on the spot while none is configured. Raises ``Refused`` with 40013."""
        known = self.accounts.get(appid)
        if known is not None:
            return known
        if self.strict:
            raise Refused(40013)
        return self.open_account(appid)

    def open_account(self, appid: str) -> Account:
        """A new account with the signing words of the command line."""
        account = Account(appid=appid, token=self.options.token, encoding_aes_key=self.options.encoding_aes_key)
        self.accounts[appid] = account
        return account

    def component(self, appid: str) -> Component:
        """The third-party platform. Raises ``Refused`` with 40013."""
        found = self.components.get(appid)
        if found is None:
            raise Refused(40013)
        return found

    def check_consent(self, account: Account, component_appid: str, path: str, ip: str) -> None:
        """Whether a third-party platform may make this call for an account: 61003, 61004, 61007."""
        component = self.component(component_appid)
        if not component.account.admits(ip):
            raise Refused(61004)
        needed = NEEDED.get(path, frozenset())
        if needed and not needed & component.consent(account.appid).permissions:
            raise Refused(61007)

    def listening(self, account: Account) -> Account:
        """An account as its pushes see it: those of an account that has authorised a component go there."""
        for component in self.components.values():
            if account.appid in component.consents and component.account_callback:
                return component.listening(account)
        return account

    def user(self, account: Account, openid: str) -> User:
        """Whom an openid stands for. Raises ``Refused`` with 40003 for strangers and other accounts' users."""
        known = account.users.get(openid)
        if known is not None:
            return known
        if not openid or account.known_users_only or openid in self.listed_openids:
            raise Refused(40003)
        return STRANGER

    def next_msgid(self) -> int:
        self.last_msgid += 1
        return self.last_msgid

    def next_rid(self, now: float) -> str:
        """The mark in an error text by which the call can be looked up."""
        self.last_rid += 1
        return f"{int(now):08x}-{self.last_rid:08x}-{self.last_msgid & 0xFFFFFFFF:08x}"
