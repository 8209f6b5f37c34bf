"""Tokens and tickets handed out, template lists, a call by its rid: what only reads, quotas and people apart."""

from __future__ import annotations

import math
import re

from sandbox.accounts import Account
from sandbox.calls import Call
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.tokens import Token
from sandbox.world import World

RID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")
KEPT_DAYS = 7
TICKET_TYPES = ("jsapi", "wx_card")


def stable_token(world: World, account: Account, asked: Asked) -> Answer:
    """The account's one token with its remaining life; ``force_refresh`` asks for a new one."""
    force = document_in(asked.body).get("force_refresh") is True
    return _handed_out(world.desk.stable_token(account, asked.now, force=force), asked.now)


def classic_token(world: World, account: Account, asked: Asked) -> Answer:
    """A new token each time."""
    return _handed_out(world.desk.classic_token(account, asked.now), asked.now)


def _handed_out(token: Token, now: float) -> Answer:
    life = max(1, math.ceil(token.expires_at - now))
    return Answer(as_json({"access_token": token.value, "expires_in": life}))


def private_templates(world: World, account: Account, asked: Asked) -> Answer:
    """The official account's template messages; the answer has no errcode."""
    return Answer(as_json({"template_list": [template.listed for template in account.templates.values()]}))


def subscription_templates(world: World, account: Account, asked: Asked) -> Answer:
    """The templates of subscription messages and notices; the answer has no errcode."""
    return Answer(as_json({"data": [template.listed for template in account.subscription_templates.values()]}))


def js_ticket(world: World, account: Account, asked: Asked) -> Answer:
    """The ticket by which a web page's scripts are signed: the same one until its end."""
    if asked.query.get("type") not in TICKET_TYPES:
        raise Refused(40097)
    ticket = account.ticket(asked.query["type"], asked.now)
    life = math.ceil(ticket.expires_at - asked.now)
    return Answer(as_json({"errcode": 0, "errmsg": "ok", "ticket": ticket.value, "expires_in": life}))


def call_by_rid(world: World, account: Account, asked: Asked) -> Answer:
    """The call an error text speaks of; only one's own."""
    rid = text_in(document_in(asked.body), "rid")
    if not RID.fullmatch(rid):
        raise Refused(76002)
    if asked.now - int(rid[:8], 16) > KEPT_DAYS * 86400:
        raise Refused(76004)
    call = world.calls.with_rid(rid)
    if call is None:
        raise Refused(76001)
    if call.appid != account.appid:
        raise Refused(76003)
    return Answer(as_json({"errcode": 0, "errmsg": "ok", "request": _remembered(call)}))


def _remembered(call: Call) -> dict[str, object]:
    return {
        "invoke_time": int(call.at),
        "cost_in_ms": 1,
        "request_url": call.path,
        "request_body": call.body.decode("utf-8", "replace"),
        "response_body": call.answer.decode("utf-8", "replace"),
        "client_ip": call.ip,
    }
