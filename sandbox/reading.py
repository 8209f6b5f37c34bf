"""Tokens handed out, template lists, a user, a call by its rid: everything that only reads, quotas apart."""

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


def user_info(world: World, account: Account, asked: Asked) -> Answer:
    """Whether a person follows; of someone who does not, nothing else is said."""
    openid = asked.query.get("openid", "")
    if not world.user(account, openid).following:
        return Answer(as_json({"subscribe": 0, "openid": openid}), openid=openid)
    known: dict[str, object] = {"subscribe": 1, "openid": openid, "language": "", "subscribe_time": 1_700_000_000}
    known |= {"remark": "", "groupid": 0, "tagid_list": [], "subscribe_scene": "ADD_SCENE_OTHERS"}
    return Answer(as_json(known), openid=openid)


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
