"""The control side, under ``/_sandbox/``: JSON in, JSON out, without authentication (listen on loopback).

Mistakes get 400, 404 or 405 with ``{"error": "what is wrong, and what is allowed"}``. Unknown members are
named, never ignored. Bodies are objects; ``[…]`` marks members that may be left out.

======  =============================  ================================================================
GET     /_sandbox/                     this list
POST    /_sandbox/reset                back to the state of the command line → {"ok": true}
GET     /_sandbox/accounts             → {"accounts": [account], "any_appid": bool}
GET     /_sandbox/accounts/{appid}     → account
PUT     /_sandbox/accounts/{appid}     [kind: "wechatmp" | "wechatoa" | "" (both), secret, callback, token,
                                       encoding_aes_key, push_format: "json" | "xml" (mini programs),
                                       push_mode: "plain" | "safe" | "compat" | "" (by the key),
                                       token_ttl (seconds), templates: [{template_id, content, …}],
                                       subscription_templates: [{priTmplId, content, …}],
                                       known_users_only, denied_paths: [path] (48001),
                                       allowed_ips: [ip] | null, ip_refused (40164),
                                       daily_quota, minute_quota: n | {path: n} | null (45009, 45011)]
                                       nick_name, service_type (0, 1, 2), verified, status (1, 14, 16, 18, 19),
                                       web_domain ("": any), open_platform: bool | text (unionids are told),
                                       followers_per_page (10000)
                                       → account; what is not given stays
GET     /_sandbox/components           → {"components": [component]}
GET     /_sandbox/components/{appid}   → component, with who has authorised it
PUT     /_sandbox/components/{appid}   secret, token, encoding_aes_key, [callback (its own events),
                                       account_callback (with $APPID$), start_domain, web_domain, published,
                                       testers: [appid],
                                       valid (61011), offered: ["7"] (permission sets), token_ttl, denied_paths,
                                       daily_quota: {path: n}, allowed_ips, ip_refused (61004)] → component
POST    /_sandbox/component/ticket     {component} pushes a component_verify_ticket → as push
POST    /_sandbox/component/authorise  {component, appid, [permissions: ["7"], event: "authorized" |
                                       "updateauthorized" | "none"]} → {auth_code, event, …}
POST    /_sandbox/component/unauthorise  {component, appid} → as push
POST    /_sandbox/component/expire     {component, [what: "tickets" | "pre_auth_codes" | "codes" |
                                       "refresh_tokens"]} → {"ok": true}
GET     /_sandbox/users                ?appid=&[openid=]|[limit=&offset=] → user | {"users", "total"}
PUT     /_sandbox/users                {appid, users: [{openid, [following, blocked,
                                       credits: n (each template) | {template_id: n} | null (unlimited),
                                       outcome: "success" | "failed:user block" | … | "none" (no receipt),
                                       switched_off: bool | [template_id] (43101), unionid, nickname, phone,
                                       unionid_known (a login tells it), snapshot (a made-up person for web
                                       pages), refuses_userinfo, high_risk (40226)]}]}
                                       → {"users": n, "listed": n}
POST    /_sandbox/users/act            {appid, openid, act: "message" | "menu" | "scan" | "enter" | "follow" |
                                       "unfollow" | "consent", [at, fields: {}, wait, template_id, scene,
                                       content (of a message), key (of a menu), ticket (of a QR code: who
                                       doesn't follow yet does then)]}
                                       → {left (customer-service messages he takes), push: {acknowledged,
                                       http_status, answer, reply (opened) | null} | null}
POST    /_sandbox/users/code           {appid, openid} → {code}, as of wx.login
POST    /_sandbox/users/web-code       {appid, openid, [scope: "snsapi_base" | "snsapi_userinfo", component]}
                                       → {code}, as of a web page
POST    /_sandbox/users/phone-code     {appid, openid} → {code}, for getuserphonenumber
POST    /_sandbox/users/sealed         {appid, openid, [data: {} (changes the profile; null takes out),
                                       watermark_appid, at]} → {encryptedData, iv, rawData, signature}
POST    /_sandbox/users/expire         {appid, what: "web_codes" | "web_tokens" | "web_refresh_tokens" |
                                       "login_codes" | "phone_codes" | "session_keys" | "js_tickets" |
                                       "qr_codes"} → {"ended": n}
GET     /_sandbox/browser              → {"browsing": {appid: openid}}
PUT     /_sandbox/browser              {appid, openid ("": nobody: the page asks)} → as GET
GET     /_sandbox/latency              → {"latencies": [{ms, jitter_ms, appid, path}]}
PUT     /_sandbox/latency              {ms, [jitter_ms, appid, path]} → as GET
GET     /_sandbox/faults               → {"faults": [fault]}
POST    /_sandbox/faults               {errcode | http_status | behaviour, [errmsg, appid, path, openid,
                                       accepted, share: 0..1, times: n | null, seconds]}
                                       → fault, with its id; behaviours: see ``sandbox.faults.BEHAVIOURS``
DELETE  /_sandbox/faults               [?id=] → {"ended": n}
POST    /_sandbox/tokens/expire        {appid, [errcode: 42001 | 40001]} → {"ended": n}
GET     /_sandbox/calls                [?path=&openid=&appid=&errcode=&since=&limit=&offset=] →
                                       {"calls": [{at, appid, path, openid, body, answer, errcode,
                                       http_status, behaviour}], "total": n, "forgotten": n}
DELETE  /_sandbox/calls                → {"removed": n}
GET     /_sandbox/calls/count          [?path=&openid=&appid=&errcode=&since=&group=openid|errcode|path|appid]
                                       → {"count": n, "groups": {name: n}, "forgotten": n}
GET     /_sandbox/pushes               → {sent, attempts, acknowledged, failed, pending, dropped, delay_ms,
                                       retry_delay_ms, timeout_ms, last_failure}
PUT     /_sandbox/pushes               [delay_ms, retry_delay_ms, timeout_ms] → as GET
POST    /_sandbox/push                 {appid, event, [openid, fields: {}, items: [{}], form: "xml" | "json",
                                       wait]} or {appid, raw, [openid, form, wait]} →
                                       {acknowledged, attempts, http_status, answer, reply} or
                                       {"queued": bool}
POST    /_sandbox/callback-check       {appid} → as push
======  =============================  ================================================================
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from aiohttp import web

from sandbox.control import accounts, acts, components, history, identities, receipts, troubles, users
from sandbox.control.fields import Unfit
from sandbox.control.order import Missing, Order
from sandbox.exchange import as_json
from sandbox.platform import ROUTES
from sandbox.state import State

MOST_BYTES = 64 * 1024 * 1024
Handler = Callable[[State, Order], Awaitable[dict[str, object]]]


async def describe(state: State, order: Order) -> dict[str, object]:
    """This list."""
    controls = [
        {"method": method, "path": f"/_sandbox/{place}", "does": (handler.__doc__ or "").split("\n")[0]}
        for place, handlers in CONTROLS.items()
        for method, handler in handlers.items()
    ]
    platform = [{"method": route.method, "path": path} for path, route in ROUTES.items()]
    return {"name": "WeChat sandbox", "controls": controls, "platform": platform}


async def reset(state: State, order: Order) -> dict[str, object]:
    """Forgets everything but what the command line said."""
    state.reset()
    return {"ok": True}


CONTROLS: Mapping[str, Mapping[str, Handler]] = {
    "": {"GET": describe},
    "reset": {"POST": reset},
    "accounts": {"GET": accounts.list_accounts},
    "accounts/{appid}": {"GET": accounts.get_account, "PUT": accounts.put_account},
    "components": {"GET": components.list_components},
    "components/{appid}": {"GET": components.get_component, "PUT": components.put_component},
    "component/ticket": {"POST": components.push_ticket},
    "component/authorise": {"POST": components.authorise},
    "component/unauthorise": {"POST": components.unauthorise},
    "component/expire": {"POST": components.expire},
    "users": {"GET": users.get_users, "PUT": users.put_users},
    "users/act": {"POST": acts.act},
    "users/code": {"POST": identities.login_code},
    "users/web-code": {"POST": identities.web_code},
    "users/phone-code": {"POST": identities.phone_code},
    "users/sealed": {"POST": identities.sealed},
    "users/expire": {"POST": identities.end},
    "browser": {"GET": identities.get_browser, "PUT": identities.put_browser},
    "latency": {"GET": troubles.get_latency, "PUT": troubles.put_latency},
    "faults": {
        "GET": troubles.list_faults,
        "POST": troubles.add_fault,
        "DELETE": troubles.remove_faults,
    },
    "tokens/expire": {"POST": accounts.expire_tokens},
    "calls": {"GET": history.list_calls, "DELETE": history.forget_calls},
    "calls/count": {"GET": history.count_calls},
    "pushes": {"GET": receipts.get_pushes, "PUT": receipts.put_pushes},
    "push": {"POST": receipts.push_event},
    "callback-check": {"POST": receipts.check_callback},
}


class Control:
    """Finds the handler of a control path and turns its complaints into answers."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def answer(self, request: web.BaseRequest) -> web.Response:
        place = request.path.removeprefix("/_sandbox").strip("/")
        group, _, name = place.partition("/")
        handlers = CONTROLS.get(place) or (CONTROLS.get(f"{group}/{{appid}}", {}) if name else {})
        handler = handlers.get(request.method)
        if handler is None:
            return _unknown(request.method, place, handlers)
        try:
            order = Order(request.query, name, await _document(request))
            return _said(HTTPStatus.OK, await handler(self._state, order))
        except Unfit as error:
            return _said(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        except Missing as error:
            return _said(HTTPStatus.NOT_FOUND, {"error": str(error)})


async def _document(request: web.BaseRequest) -> object:
    body = await request.clone(client_max_size=MOST_BYTES).read()
    if not body:
        return {}
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"the body is not JSON: {error}") from None
    return document


def _unknown(method: str, place: str, handlers: Mapping[str, Handler]) -> web.Response:
    if handlers:
        allowed = ", ".join(handlers)
        said = _said(HTTPStatus.METHOD_NOT_ALLOWED, {"error": f"{method} is not allowed here; allowed: {allowed}"})
        said.headers["Allow"] = allowed
        return said
    known = ", ".join(f"/_sandbox/{known}" for known in CONTROLS)
    return _said(HTTPStatus.NOT_FOUND, {"error": f"no control /_sandbox/{place}; there are: {known}"})


def _said(status: HTTPStatus, document: Mapping[str, object]) -> web.Response:
    return web.Response(status=status, body=as_json(document), content_type="application/json")
