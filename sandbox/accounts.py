"""Accounts of the platform and the people they know."""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.quotas import Usage
from sandbox.repeats import Repeats
from sandbox.templates import BUILT_IN_SUBSCRIPTION_TEMPLATES, BUILT_IN_TEMPLATES, Template
from sandbox.windows import Windows

OFFICIAL_ACCOUNT = "wechatoa"
MINI_PROGRAM = "wechatmp"
SUCCESS = "success"
USER_BLOCK = "failed:user block"
NO_RECEIPT = "none"
SESSION_LIFE = 3 * 86400.0
"""How long the sandbox keeps a person's session key; the platform doesn't say how long it does."""
FOLLOWERS_PER_PAGE = 10_000


@dataclass(slots=True, kw_only=True)
class User:
    """One person as one account sees them.

    ``each`` is the number of messages every template may still send (None: without limit); ``credits``
    are the exceptions, by template. ``outcome`` is what the receipt will say, or ``none`` for no receipt.
    ``unionid`` makes the same person out of users of several accounts.
    """

    following: bool = True
    blocked: bool = False
    outcome: str = SUCCESS
    each: int | None = None
    credits: dict[str, int] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()
    unionid: str = ""
    unionid_known: bool = True
    """Whether a login tells it: not before the person has dealt with an account of the same owner."""
    nickname: str = ""
    phone: str = ""
    """As it is dialled in China; with the country's number and a hyphen before it elsewhere."""
    snapshot: bool = False
    """Web pages see a made-up person, because this one only looks at a snapshot of them."""
    refuses_userinfo: bool = False
    high_risk: bool = False
    scene: str = ""
    """Of the QR code by which the person came to follow."""

    def refuses(self, template_id: str) -> bool:
        """Whether the user switched this template off in the settings (``*`` means all of them)."""
        return template_id in self.switched_off or "*" in self.switched_off

    def spend(self, template_id: str) -> bool:
        """Takes one credit; False when there is none."""
        left = self.credits.get(template_id, self.each)
        if left is None:
            return True
        if left < 1:
            return False
        self.credits[template_id] = left - 1
        return True

    @property
    def receipt(self) -> str:
        return USER_BLOCK if self.blocked else self.outcome


STRANGER = User()
"""Whoever was never listed: follows, and takes as many messages as you like."""


def mark_of(openid: str) -> str:
    """A name for a person that doesn't tell the openid: for pages and buttons."""
    return hashlib.sha256(f"mark {openid}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class Lasting:
    """Something that stays the same for a while: a person's session key, a ticket for scripts."""

    value: str
    expires_at: float


@dataclass(slots=True, kw_only=True)
class Account:
    """One mini program or official account; an empty ``kind`` is both, an empty ``secret`` is any.

    ``seal_appid`` stands at the end of its sealed pushes in the place of its own; ``nick_name`` and what follows is
    what a third-party platform is told of it.
    """

    appid: str
    kind: str = ""
    secret: str = ""
    callback: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    push_format: str = "json"
    push_mode: str = ""
    token_ttl: int = 7200
    templates: Mapping[str, Template] = field(default_factory=lambda: BUILT_IN_TEMPLATES)
    subscription_templates: Mapping[str, Template] = field(default_factory=lambda: BUILT_IN_SUBSCRIPTION_TEMPLATES)
    known_users_only: bool = False
    denied_paths: frozenset[str] = frozenset()
    allowed_ips: frozenset[str] | None = None
    ip_refused: bool = False
    daily_quota: Mapping[str, int] = field(default_factory=dict)
    minute_quota: Mapping[str, int] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    repeats: Repeats = field(default_factory=Repeats)
    seal_appid: str = ""
    nick_name: str = ""
    service_type: int = 2
    verify_type: int = 0
    status: int = 1
    web_domain: str = ""
    open_platform: str = ""
    followers_per_page: int = FOLLOWERS_PER_PAGE
    in_flight: set[str] = field(default_factory=set)
    received: dict[str, int] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    consents: set[tuple[str, str, int]] = field(default_factory=set)
    """To one-time messages: openid, template, scene. The same once more doesn't add up."""
    sessions: dict[str, Lasting] = field(default_factory=dict)
    """With a mini program, by openid: the keys, 16 bytes in base64."""
    tickets: dict[str, Lasting] = field(default_factory=dict)

    def unionid(self, openid: str) -> str:
        """The person's, where this account may be told it."""
        return self.users.get(openid, STRANGER).unionid if self.open_platform else ""

    def nickname(self, openid: str) -> str:
        return self.users.get(openid, STRANGER).nickname or f"Person {mark_of(openid)[:6]}"

    def session_key(self, openid: str, now: float) -> str:
        """The person's present key; a new one where there is none."""
        session = self.sessions.get(openid)
        if session is None or now >= session.expires_at:
            return self.new_session_key(openid, now)
        return session.value

    def new_session_key(self, openid: str, now: float) -> str:
        """A new key; what the one before has sealed can't be opened any more."""
        session = Lasting(b64encode(secrets.token_bytes(16)).decode(), now + SESSION_LIFE)
        self.sessions[openid] = session
        return session.value

    def ticket(self, kind: str, now: float) -> Lasting:
        """The present ticket of a kind; a new one where there is none."""
        ticket = self.tickets.get(kind)
        if ticket is None or now >= ticket.expires_at:
            ticket = self.tickets[kind] = Lasting("sM4A" + secrets.token_urlsafe(60), now + self.token_ttl)
        return ticket

    def admits(self, ip: str) -> bool:
        return not self.ip_refused and (self.allowed_ips is None or ip in self.allowed_ips)

    def hand_over(self, openid: str) -> None:
        """Counts one message that reached the platform for this person."""
        self.received[openid] = self.received.get(openid, 0) + 1

    @property
    def mode(self) -> str:
        """How pushes are sealed: as chosen, else safe where there is a key and plain where there is none."""
        return self.push_mode or ("safe" if self.encoding_aes_key else "plain")
