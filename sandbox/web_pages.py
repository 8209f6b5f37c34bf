"""The page on which a person lets an account's web page know who he is, so that a browser can walk it.

Who is browsing has been said beforehand (``PUT /_sandbox/browser``), or is asked: a button for each person that the
account knows. No openid ever stands in these pages or their addresses: people have a nickname, buttons a mark.
"""

from __future__ import annotations

from html import escape
from itertools import islice
from urllib.parse import urlsplit

from sandbox.accounts import MINI_PROGRAM, Account, mark_of
from sandbox.codes import LIFE, Code
from sandbox.component import WEB_SET
from sandbox.errors import Refused
from sandbox.visits import Page, Visit, html, leading_back, refused
from sandbox.web_grants import SCOPES, USERINFO
from sandbox.world import World

AUTHORISE = "/connect/oauth2/authorize"
ORDER = ("appid", "redirect_uri", "response_type", "scope", "state")
"""The platform looks at it; the two that may be left out come behind these."""
OPTIONAL = {"forcePopup", "component_appid"}
SERVICE_ACCOUNT = 2
BANNED = 16
MOST_SHOWN = 50
LONGEST_STATE = 128


def visit(world: World, visit: Visit) -> Page:
    """Asks who is there and what he allows, or sends the browser back with a code."""
    try:
        _check_form(visit)
        account = _account(world, visit)
        openid = _person(world, account, visit)
        if not openid:
            return Page(html("Who is browsing?", _choice(account)))
        return _decided(world, account, openid, visit)
    except Refused as refusal:
        return refused(refusal)


def _check_form(visit: Visit) -> None:
    query = visit.query
    for name, errcode in (("appid", 10012), ("redirect_uri", 10011), ("scope", 10010)):
        if not query.get(name):
            raise Refused(errcode)
    if not _in_order(tuple(query)):
        raise Refused(40097, f"the parameters must be {', '.join(ORDER)}, in this order")
    if query["response_type"] != "code":
        raise Refused(40097, "response_type must be code")
    if query["scope"] not in SCOPES:
        raise Refused(10005)
    state = query.get("state", "")
    if len(state) > LONGEST_STATE or (state and not (state.isascii() and state.isalnum())):
        raise Refused(40097, "state must be up to 128 letters and digits")


def _in_order(names: tuple[str, ...]) -> bool:
    wanted = tuple(name for name in names if name not in OPTIONAL)
    return wanted in (ORDER, ORDER[:-1]) and names[: len(wanted)] == wanted and len(set(names)) == len(names)


def _account(world: World, visit: Visit) -> Account:
    """The account whose page asks, if it may, for the domain it is to lead back to."""
    account = world.account(visit.query["appid"])
    if account.status == BANNED:
        raise Refused(10004)
    verified_service = account.service_type == SERVICE_ACCOUNT and account.verify_type >= 0
    if account.kind == MINI_PROGRAM or not verified_service or AUTHORISE in account.denied_paths:
        raise Refused(10005)
    if "component_appid" in visit.query:
        _check_component(world, account, visit)
    else:
        _check_domain(account, visit)
    return account


def _check_component(world: World, account: Account, visit: Visit) -> None:
    """A component asks in the account's place, and leads back to its own domain."""
    component = world.component(visit.query["component_appid"])
    if account.appid not in component.consents:
        raise Refused(10015)
    if WEB_SET not in component.consents[account.appid].permissions:
        raise Refused(10005)
    _check_domain(component.account, visit)


def _check_domain(owner: Account, visit: Visit) -> None:
    back = urlsplit(visit.query["redirect_uri"])
    if back.scheme not in ("http", "https") or not back.hostname:
        raise Refused(10003)
    if owner.web_domain and owner.web_domain not in (back.netloc, back.hostname):
        raise Refused(10003)


def _person(world: World, account: Account, visit: Visit) -> str:
    """Who is browsing: who was chosen on the page, else who was named beforehand; "" for nobody."""
    mark, named = visit.pressed("person"), world.browsing.get(account.appid, "")
    if not mark:
        return named
    return next((openid for openid in (named, *account.users) if openid and mark_of(openid) == mark), "")


def _decided(world: World, account: Account, openid: str, visit: Visit) -> Page:
    query, back = visit.query, visit.query["redirect_uri"]
    asks = query["scope"] == USERINFO or query.get("forcePopup") == "true"
    said = "refuse" if world.user(account, openid).refuses_userinfo else visit.pressed("answer")
    if asks and said == "refuse":
        return Page(status=302, location=leading_back(back, state=query.get("state", "")))
    if asks and said != "allow":
        return Page(html(f"{account.nick_name or account.appid} asks who you are", _consent(account, openid)))
    code = Code(
        appid=account.appid,
        openid=openid,
        expires_at=visit.now + LIFE,
        scope=query["scope"],
        component=query.get("component_appid", ""),
    )
    members = {"code": world.web.codes.issue(code), "state": query.get("state", "")}
    if code.component:
        members["appid"] = account.appid
    return Page(status=302, location=leading_back(back, **members))


def _choice(account: Account) -> str:
    buttons = "".join(
        f'<p><button name="person" value="{mark_of(openid)}">{escape(account.nickname(openid))}</button>'
        for openid in islice(account.users, MOST_SHOWN)
    )
    return f'<form method="post">{buttons or "<p>This account knows nobody."}</form>'


def _consent(account: Account, openid: str) -> str:
    return (
        f'<form method="post"><input type="hidden" name="person" value="{mark_of(openid)}">'
        f"<p>You are {escape(account.nickname(openid))}."
        '<p><button name="answer" value="allow">Allow</button> <button name="answer" value="refuse">Refuse</button>'
        "</form>"
    )
