"""The people an account knows: put in bulk, shown one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from sandbox.accounts import STRANGER, Account, User
from sandbox.control.fields import Fields, Unfit
from sandbox.control.order import Order, account_named
from sandbox.state import State

Shown = dict[str, object]


async def put_users(state: State, order: Order) -> Shown:
    """Lists users of an account; what a user's object does not give stays as it was."""
    fields = order.fields
    account = account_named(state, fields.text("appid"))
    users = dict(_user(account, entry) for entry in fields.objects("users"))
    fields.end()
    account.users.update(users)
    state.world.listed_openids.update(users)
    return {"users": len(users), "listed": len(account.users)}


async def get_users(state: State, order: Order) -> Shown:
    """One user (``openid``), or a page of those listed."""
    order.known_query("appid", "openid", "limit", "offset")
    if "appid" not in order.query:
        raise Unfit("query: appid is required")
    account = account_named(state, order.query["appid"])
    if "openid" in order.query:
        return _shown(account, order.query["openid"])
    offset = order.whole("offset", 0)
    page = islice(account.users, offset, offset + order.whole("limit", 100))
    return {"users": [_shown(account, openid) for openid in page], "total": len(account.users)}


def _user(account: Account, fields: Fields) -> tuple[str, User]:
    openid = fields.text("openid")
    if not openid:
        raise fields.refuse("openid", "must not be empty")
    present = account.users.get(openid) or User()
    each, credits = _credits(fields, present)
    user = replace(
        _identified(fields, present),
        following=fields.flag("following", present.following),
        blocked=fields.flag("blocked", present.blocked),
        outcome=fields.text("outcome", present.outcome),
        each=each,
        credits=credits,
        switched_off=_switched_off(fields, present),
    )
    fields.end()
    return openid, user


def _identified(fields: Fields, present: User) -> User:
    """Who the person is beyond this account, and what is peculiar about him."""
    return replace(
        present,
        unionid=fields.text("unionid", present.unionid),
        unionid_known=fields.flag("unionid_known", present.unionid_known),
        nickname=fields.text("nickname", present.nickname),
        phone=fields.text("phone", present.phone),
        snapshot=fields.flag("snapshot", present.snapshot),
        refuses_userinfo=fields.flag("refuses_userinfo", present.refuses_userinfo),
        high_risk=fields.flag("high_risk", present.high_risk),
    )


def _credits(fields: Fields, present: User) -> tuple[int | None, dict[str, int]]:
    """A number is what every template may send, an object what each may, null is without limit."""
    if not fields.gives("credits"):
        return present.each, present.credits
    if not fields.has("credits"):
        return None, {}
    if fields.is_number("credits"):
        return fields.whole("credits", 0), {}
    return 0, fields.wholes("credits")


def _switched_off(fields: Fields, present: User) -> frozenset[str]:
    if fields.is_flag("switched_off"):
        return frozenset("*") if fields.flag("switched_off", False) else frozenset()
    return fields.texts("switched_off", present.switched_off)


def _shown(account: Account, openid: str) -> Shown:
    user = account.users.get(openid, STRANGER)
    return {
        "openid": openid,
        "listed": openid in account.users,
        "following": user.following,
        "blocked": user.blocked,
        "outcome": user.outcome,
        "credits": {"each": user.each, "by_template": user.credits},
        "switched_off": sorted(user.switched_off),
        "received": account.received.get(openid, 0),
        "unionid": user.unionid,
        "unionid_known": user.unionid_known,
        "nickname": user.nickname,
        "phone": user.phone,
        "snapshot": user.snapshot,
        "refuses_userinfo": user.refuses_userinfo,
        "high_risk": user.high_risk,
    }
