"""The calls about quotas: how many calls of a path are left, and counting anew."""

from __future__ import annotations

from sandbox.accounts import Account
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.paths import ALL
from sandbox.world import World

UNLIMITED = 100_000_000
DONE = {"errcode": 0, "errmsg": "ok"}


def quota(world: World, account: Account, asked: Asked) -> Answer:
    """How often a path may be called today, was called, and still may be."""
    path = _path_in(asked)
    tally = account.usage.turned(path, asked.now)
    daily = account.daily_quota.get(path, UNLIMITED)
    figures = {"daily_limit": daily, "used": tally.today, "remain": max(0, daily - tally.today)}
    pace = {"call_count": account.minute_quota.get(path, UNLIMITED), "refresh_second": 60}
    return Answer(as_json({**DONE, "quota": figures, "rate_limit": pace}))


def clear_path(world: World, account: Account, asked: Asked) -> Answer:
    """Counts the calls of one path anew."""
    account.usage.clear([_path_in(asked)], asked.now)
    return Answer(as_json(DONE))


def clear_all(world: World, account: Account, asked: Asked) -> Answer:
    """Counts all calls of the account anew, which the body, or for the secret's sake the query, must name."""
    named = text_in(document_in(asked.body), "appid") if asked.body else asked.query.get("appid", "")
    if named != account.appid:
        raise Refused(40013)
    account.usage.clear(list(account.usage.tallies), asked.now)
    return Answer(as_json(DONE))


def _path_in(asked: Asked) -> str:
    """The path that a call is about. Raises ``Refused`` with 76003, 76021 or 76022."""
    path = text_in(document_in(asked.body), "cgi_path")
    if not path.startswith("/") or "?" in path:
        raise Refused(76003)
    if path not in ALL:
        raise Refused(76022 if path.startswith("/sns/") else 76021)
    return path
