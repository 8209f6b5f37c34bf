"""Third-party platforms: how they are configured, and what happens to them and their accounts."""

from __future__ import annotations

import time
from dataclasses import replace

from sandbox.accounts import Account
from sandbox.calls import HIDDEN
from sandbox.component import COMPONENT, OFFERED, Component, event_members
from sandbox.control.accounts import aes_key_in, allowed_ips_in
from sandbox.control.fields import Fields
from sandbox.control.order import Missing, Order, account_named
from sandbox.control.receipts import shown_outcome
from sandbox.events import Event
from sandbox.sealing import push_of
from sandbox.state import State

Shown = dict[str, object]
ENDS = ("tickets", "pre_auth_codes", "codes", "refresh_tokens")


async def put_component(state: State, order: Order) -> Shown:
    """Configures a third-party platform; what is not given stays."""
    world, fields = state.world, order.fields
    known = world.components.get(order.name) or Component(account=Account(appid=order.name, kind=COMPONENT))
    account = known.account
    changed = replace(
        known,
        account=replace(
            account,
            secret=fields.text("secret", account.secret),
            callback=fields.url("callback", account.callback),
            token=fields.text("token", account.token),
            encoding_aes_key=aes_key_in(fields, account.encoding_aes_key),
            push_format="xml",
            push_mode="safe",
            token_ttl=fields.whole("token_ttl", account.token_ttl, least=1) or account.token_ttl,
            denied_paths=fields.texts("denied_paths", account.denied_paths),
            daily_quota=fields.wholes("daily_quota") or account.daily_quota,
            allowed_ips=allowed_ips_in(fields, account.allowed_ips),
            ip_refused=fields.flag("ip_refused", account.ip_refused),
            web_domain=fields.text("web_domain", account.web_domain),
        ),
        account_callback=fields.url("account_callback", known.account_callback),
        start_domain=fields.text("start_domain", known.start_domain),
        published=fields.flag("published", known.published),
        valid=fields.flag("valid", known.valid),
        testers=fields.texts("testers", known.testers),
        offered=_numbers(fields, "offered", known.offered),
    )
    fields.end()
    if not (changed.account.secret and changed.account.token and changed.account.encoding_aes_key):
        raise fields.refuse("secret", "is required, and so are token and encoding_aes_key")
    world.components[order.name] = changed
    return shown(changed)


async def get_component(state: State, order: Order) -> Shown:
    """One third-party platform as it is configured, and who has authorised it."""
    return shown(component_named(state, order.name))


async def list_components(state: State, order: Order) -> Shown:
    """All third-party platforms."""
    return {"components": [shown(one) for one in state.world.components.values()]}


async def push_ticket(state: State, order: Order) -> Shown:
    """Pushes a component_verify_ticket, as the platform does every ten minutes."""
    component, now = _component(state, order.fields, "component"), time.time()
    event = component.event("component_verify_ticket", now, ComponentVerifyTicket=component.new_ticket(now))
    return await _pushed(state, component, event)


async def authorise(state: State, order: Order) -> Shown:
    """An account's administrator agrees, without a browser; pushes what the platform would push."""
    fields, now = order.fields, time.time()
    component = _component(state, fields, "component", "appid", "permissions", "event")
    account = account_named(state, fields.text("appid"))
    offered = frozenset(OFFERED.get(account.kind, ())) & component.offered
    permissions = _numbers(fields, "permissions", offered)
    code, told = component.authorise(account, permissions, now)
    told = fields.choice("event", ("", "none", "authorized", "updateauthorized"), "") or told
    outcome: Shown = {}
    if told and told != "none":
        outcome = await _pushed(
            state, component, component.event(told, now, **event_members(account.appid, code, "", now))
        )
    return {"auth_code": code, "event": told, **outcome}


async def unauthorise(state: State, order: Order) -> Shown:
    """An account's administrator takes the authorisation back; its tokens end, and it is pushed."""
    fields, now = order.fields, time.time()
    component = _component(state, fields, "component", "appid")
    appid = fields.text("appid")
    if component.consents.pop(appid, None) is None:
        raise Missing(f"{appid!r} has not authorised {component.appid!r}")
    state.world.desk.end_authorised(appid, component.appid, now)
    return await _pushed(state, component, component.event("unauthorized", now, AuthorizerAppid=appid))


async def expire(state: State, order: Order) -> Shown:
    """Ends tickets, codes or refresh tokens before their time."""
    fields, now = order.fields, time.time()
    component = _component(state, fields, "component", "what")
    what = fields.choice("what", ENDS, "tickets")
    if what == "tickets":
        component.tickets = dict.fromkeys(component.tickets, now)
    elif what == "pre_auth_codes":
        component.pre_auth_codes = dict.fromkeys(component.pre_auth_codes, now)
    elif what == "codes":
        for code in component.codes.values():
            code.expires_at = now
    else:
        for consent in component.consents.values():
            consent.refresh_token += "_"
    return {"ok": True}


def component_named(state: State, appid: str) -> Component:
    component = state.world.components.get(appid)
    if component is None:
        known = ", ".join(state.world.components) or "none yet"
        raise Missing(f"no component {appid!r}; known components: {known}")
    return component


def shown(component: Component) -> Shown:
    """The component as JSON, its secrets hidden."""
    return {
        "appid": component.appid,
        "secret": HIDDEN,
        "callback": component.account.callback,
        "account_callback": component.account_callback,
        "start_domain": component.start_domain,
        "web_domain": component.account.web_domain,
        "published": component.published,
        "valid": component.valid,
        "testers": sorted(component.testers),
        "offered": sorted(component.offered),
        "token_ttl": component.account.token_ttl,
        "authorised": {appid: sorted(one.permissions) for appid, one in component.consents.items()},
    }


def _component(state: State, fields: Fields, *members: str) -> Component:
    """The component a request is about, once its members are known to be these."""
    for name in members:
        fields.gives(name)
    fields.end()
    return component_named(state, fields.text("component"))


async def _pushed(state: State, component: Component, event: Event) -> Shown:
    ending = state.pushes.put(component.account, push_of(component.account, event), 0.0)
    return shown_outcome(await ending)


def _numbers(fields: Fields, name: str, present: frozenset[int]) -> frozenset[int]:
    if not fields.has(name):
        return present
    return frozenset(int(text) for text in fields.texts(name, ()) if text.isdecimal())
