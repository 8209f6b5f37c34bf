"""Who is browsing, and what a person's own program hands over: codes, sealed profiles; and the end of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sandbox.accounts import Account, Lasting
from sandbox.codes import LIFE, Code
from sandbox.control.fields import Fields
from sandbox.control.order import Order, account_named
from sandbox.errors import Refused
from sandbox.profiles import handed_over, profile
from sandbox.state import State
from sandbox.web_grants import SCOPES, expire
from sandbox.world import World

Shown = dict[str, object]


async def put_browser(state: State, order: Order) -> Shown:
    """Who visits an account's web pages from now on; "" for nobody: then the page asks."""
    fields = order.fields
    account, openid = account_named(state, fields.text("appid")), fields.text("openid")
    fields.end()
    state.world.browsing.pop(account.appid, None)
    if openid:
        _check_known(state, account, openid, fields)
        state.world.browsing[account.appid] = openid
    return await get_browser(state, order)


async def get_browser(state: State, order: Order) -> Shown:
    """Who is browsing, by account."""
    return {"browsing": dict(state.world.browsing)}


async def login_code(state: State, order: Order) -> Shown:
    """What ``wx.login`` gives a mini program's page."""
    fields, now = order.fields, time.time()
    account, openid = _person(state, fields)
    fields.end()
    code = Code(appid=account.appid, openid=openid, expires_at=now + LIFE)
    code.session_key = account.session_key(openid, now)
    return {"code": state.world.logins.issue(code)}


async def web_code(state: State, order: Order) -> Shown:
    """A code of a web page without a browser: the person has allowed what ``scope`` says."""
    fields = order.fields
    account, openid = _person(state, fields)
    scope, component = fields.choice("scope", SCOPES, SCOPES[0]), fields.text("component", "")
    fields.end()
    expires_at = time.time() + LIFE
    code = Code(appid=account.appid, openid=openid, expires_at=expires_at, scope=scope, component=component)
    return {"code": state.world.web.codes.issue(code)}


async def phone_code(state: State, order: Order) -> Shown:
    """What the button that asks for a phone number gives a mini program's page."""
    fields = order.fields
    account, openid = _person(state, fields)
    fields.end()
    if not state.world.user(account, openid).phone:
        raise fields.refuse("openid", "names somebody without a phone: put one first")
    code = Code(appid=account.appid, openid=openid, expires_at=time.time() + LIFE)
    return {"code": state.world.phone_codes.issue(code)}


async def sealed(state: State, order: Order) -> Shown:
    """What ``wx.getUserInfo`` gives a page; ``data`` changes the profile, null takes a member out."""
    fields, now = order.fields, time.time()
    account, openid = _person(state, fields)
    data = fields.members("data")
    watermark = {
        "appid": fields.text("watermark_appid", account.appid),
        "timestamp": int(fields.amount("at", now, most=1e11)),
    }
    fields.end()
    members = {**profile(account, openid), **data, "watermark": watermark}
    given = {name: value for name, value in members.items() if value is not None}
    return {**handed_over(given, account.session_key(openid, now))}


async def end(state: State, order: Order) -> Shown:
    """Ends codes, tickets, web tokens or session keys of an account before their time."""
    fields = order.fields
    account, what = account_named(state, fields.text("appid")), fields.choice("what", tuple(ENDS), "")
    fields.end()
    return {"ended": ENDS[what](state.world, account, time.time())}


def _end_all(lasting: Mapping[str, Lasting], now: float) -> int:
    ended = [one for one in lasting.values() if one.expires_at > now]
    for one in ended:
        one.expires_at = now
    return len(ended)


ENDS: Mapping[str, Callable[[World, Account, float], int]] = {
    "web_codes": lambda world, account, now: world.web.codes.expire(account.appid, now),
    "web_tokens": lambda world, account, now: expire(world.web.tokens, account.appid, now),
    "web_refresh_tokens": lambda world, account, now: expire(world.web.refresh_tokens, account.appid, now),
    "login_codes": lambda world, account, now: world.logins.expire(account.appid, now),
    "phone_codes": lambda world, account, now: world.phone_codes.expire(account.appid, now),
    "session_keys": lambda world, account, now: _end_all(account.sessions, now),
    "js_tickets": lambda world, account, now: _end_all(account.tickets, now),
    "qr_codes": lambda world, account, now: world.qr_codes.expire(account.appid, now),
}


def _person(state: State, fields: Fields) -> tuple[Account, str]:
    account, openid = account_named(state, fields.text("appid")), fields.text("openid")
    _check_known(state, account, openid, fields)
    return account, openid


def _check_known(state: State, account: Account, openid: str, fields: Fields) -> None:
    try:
        state.world.user(account, openid)
    except Refused:
        raise fields.refuse("openid", f"is nobody {account.appid!r} knows") from None
