"""The sandbox as the demo needs it: two accounts with their people, and the send calls it saw."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ums.cli.demo.client import Client
from ums.cli.demo.plan import MINI_PROGRAM, OFFICIAL_ACCOUNT, Acquaintance, Person
from ums.domain.commands import Json

SEND_PATHS = (
    "/cgi-bin/message/subscribe/send",
    "/cgi-bin/message/template/send",
    "/cgi-bin/message/subscribe/bizsend",
)
REFUSED_FOR_TOKEN = (40001, 40014, 41001, 42001)
"""A call answered so is repeated with another token, and the two count as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account of the platform behind one channel, with random credentials."""

    code: str
    kind: str
    appid: str = field(default_factory=lambda: f"wx{secrets.token_hex(8)}")
    secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)


def new_accounts() -> tuple[Account, Account]:
    """A mini program and an official account that nobody has seen before."""
    return Account(code=MINI_PROGRAM, kind="wechatmp"), Account(code=OFFICIAL_ACCOUNT, kind="wechatoa")


def seed(sandbox: Client, accounts: Iterable[Account], people: Sequence[Person], gateway_url: str) -> None:
    """Tell the sandbox its accounts, where their events go, and whom each of them knows and how."""
    for account in accounts:
        configured: dict[str, Json] = {
            "kind": account.kind,
            "secret": account.secret,
            "token": account.token,
            "callback": f"{gateway_url}/hooks/{account.code}",
            "known_users_only": True,
        }
        sandbox.put(f"/_sandbox/accounts/{account.appid}", configured)
        sandbox.put("/_sandbox/users", {"appid": account.appid, "users": [*_users(account.code, people)]})


def _users(code: str, people: Sequence[Person]) -> Iterable[Json]:
    for person in people:
        known = person.group.accounts.get(code)
        if known is not None and known.listed:
            yield _user(person.openids[code], known)


def _user(openid: str, known: Acquaintance) -> dict[str, Json]:
    return {
        "openid": openid,
        "credits": known.credits,
        "following": known.following,
        "outcome": known.outcome,
    }


def send_calls(sandbox: Client) -> Mapping[str, int]:
    """How many send calls came for each openid; a call refused for its token and repeated counts once."""
    seen: Counter[str] = Counter()
    for path in SEND_PATHS:
        seen.update(_counted(sandbox, {"path": path}))
        for code in REFUSED_FOR_TOKEN:
            seen.subtract(_counted(sandbox, {"path": path, "errcode": str(code)}))
    return +seen


def _counted(sandbox: Client, query: Mapping[str, str]) -> dict[str, int]:
    groups = sandbox.get("/_sandbox/calls/count", {**query, "group": "openid"})["groups"]
    return {openid: int(str(count)) for openid, count in groups.items()} if isinstance(groups, dict) else {}
