"""The pages on which an account's administrator authorises a third-party platform, so that a browser can walk them.

Where the platform shows a QR code, these show a button for each account there is: pressing it stands for the scan
and the administrator's consent. Ticked are the permission sets that are granted.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from sandbox.accounts import MINI_PROGRAM, Account
from sandbox.component import CODE_LIFE, OFFERED, Component, event_members, kinds_of
from sandbox.errors import Refused
from sandbox.visits import Page, Visit, html, leading_back, refused
from sandbox.world import World

DESKTOP = "/cgi-bin/componentloginpage"
MOBILE = "/wxaopen/safe/bindcomponent"
PATHS = (DESKTOP, MOBILE)


def visit(world: World, visit: Visit) -> Page:
    """Shows the page, or takes the consent and sends the browser back to the component."""
    try:
        component = _component(world, visit)
        if visit.form is None:
            return Page(_shown(component, _accounts(world, component, visit), visit))
        return _agreed(world, component, visit)
    except Refused as refusal:
        return refused(refusal)


def _component(world: World, visit: Visit) -> Component:
    """The component whose page it is, if everything in its address is right."""
    query = visit.query
    component = world.component(query.get("component_appid", ""))
    if visit.path == MOBILE and (query.get("action"), query.get("no_scan")) != ("bindcomponent", "1"):
        raise Refused(40097, "action and no_scan are wrong")
    if component.pre_auth_codes.get(query.get("pre_auth_code", ""), 0.0) <= visit.now:
        raise Refused(61009, "the pre_auth_code is used, expired or unknown")
    _check_domain(component, visit)
    return component


def _check_domain(component: Component, visit: Visit) -> None:
    """The page that was left, and the one to come back to, are of the domain the component has registered."""
    back = urlsplit(visit.query.get("redirect_uri", ""))
    if back.scheme not in ("http", "https") or not back.hostname:
        raise Refused(40097, "redirect_uri is no address")
    if not component.start_domain or visit.form is not None:
        return
    if {back.netloc, urlsplit(visit.referrer).netloc} != {component.start_domain}:
        raise Refused(40097, "the page must be entered by a click on the registered domain, and lead back to it")


def _accounts(world: World, component: Component, visit: Visit) -> list[Account]:
    kinds, only = kinds_of(visit.query.get("auth_type", "")), visit.query.get("biz_appid", "")
    return [
        account
        for account in world.accounts.values()
        if account.kind in kinds
        and (not only or account.appid == only)
        and (component.published or account.appid in component.testers)
    ]


def _agreed(world: World, component: Component, visit: Visit) -> Page:
    form, appid = visit.form or {}, visit.pressed("appid")
    account = next((one for one in _accounts(world, component, visit) if one.appid == appid), None)
    if account is None:
        raise Refused(61003, "this account cannot authorise here")
    pre_auth_code = visit.query["pre_auth_code"]
    del component.pre_auth_codes[pre_auth_code]
    ticked = frozenset(int(text) for text in form.get("set", ()) if text.isdecimal())
    code, told = component.authorise(account, ticked & component.offered, visit.now)
    members = event_members(account.appid, code, pre_auth_code, visit.now)
    return Page(
        status=302,
        location=leading_back(visit.query["redirect_uri"], auth_code=code, expires_in=str(int(CODE_LIFE))),
        component=component,
        event=component.event(told, visit.now, **members) if told else None,
    )


def _shown(component: Component, accounts: Iterable[Account], visit: Visit) -> str:
    forms = "".join(_form(component, account) for account in accounts) or "<p>No account fits."
    return html(f"Authorise {component.appid}", forms)


def _form(component: Component, account: Account) -> str:
    offered = [number for number in OFFERED[account.kind] if number in component.offered]
    boxes = "".join(
        f'<label><input type="checkbox" name="set" value="{number}" checked> {number}</label> '
        for number in offered
    )
    kind = "mini program" if account.kind == MINI_PROGRAM else "official account"
    return (
        f'<form method="post"><p>{escape(account.appid)} ({kind}) {boxes}'
        f'<button name="appid" value="{escape(account.appid, quote=True)}">Agree</button></form>'
    )
