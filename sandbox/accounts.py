"""Accounts of the platform and the people they know."""

from __future__ import annotations

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


@dataclass(slots=True, kw_only=True)
class User:
    """One person as one account sees them.

    ``each`` is the number of messages every template may still send (None: without limit); ``credits``
    are the exceptions, by template. ``outcome`` is what the receipt will say, or ``none`` for no receipt.
    """

    following: bool = True
    blocked: bool = False
    outcome: str = SUCCESS
    each: int | None = None
    credits: dict[str, int] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()

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
    in_flight: set[str] = field(default_factory=set)
    received: dict[str, int] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    consents: set[tuple[str, str, int]] = field(default_factory=set)
    """To one-time messages: openid, template, scene. The same once more doesn't add up."""

    def admits(self, ip: str) -> bool:
        return not self.ip_refused and (self.allowed_ips is None or ip in self.allowed_ips)

    def hand_over(self, openid: str) -> None:
        """Counts one message that reached the platform for this person."""
        self.received[openid] = self.received.get(openid, 0) + 1

    @property
    def mode(self) -> str:
        """How pushes are sealed: as chosen, else safe where there is a key and plain where there is none."""
        return self.push_mode or ("safe" if self.encoding_aes_key else "plain")
