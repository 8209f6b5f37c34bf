"""The calls of third-party platforms: their token, what accounts have granted, and those accounts' tokens."""

from __future__ import annotations

from hmac import compare_digest
from typing import cast

from sandbox.access import account_to
from sandbox.accounts import MINI_PROGRAM, Account
from sandbox.component import PRE_AUTH_LIFE, Component, new_refresh_token
from sandbox.errors import Refused
from sandbox.events import original_id
from sandbox.exchange import Answer, Asked, as_json, document_in, text_in
from sandbox.world import World

MOST_LISTED = 500
OPTIONS = {
    "location_report": ("0", "1", "2"),
    "voice_recognize": ("0", "1"),
    "customer_service": ("0", "1"),
}


def by_component_secret(world: World, asked: Asked) -> Account:
    """The component of a call without a token."""
    document = document_in(asked.body)
    component = world.component(text_in(document, "component_appid"))
    given = text_in(document, "component_appsecret") or text_in(document, "component_secret")
    if not given:
        raise Refused(41004)
    if not compare_digest(given.encode(), component.account.secret.encode()):
        raise Refused(40125)
    return _admitted(component, asked).account


def by_component_token(world: World, asked: Asked) -> Account:
    """The component whose token stands in the query; the body must name the same one."""
    value = asked.query.get("access_token") or asked.query.get("component_access_token", "")
    component = _holder(world, value, asked)
    if text_in(document_in(asked.body), "component_appid") != component.appid:
        raise Refused(40013)
    return _admitted(component, asked).account


def for_code_by_component(world: World, asked: Asked) -> Account:
    """The account for which a component exchanges a person's code."""
    return _authorised(world, asked, "authorization_code")


def to_refresh_by_component(world: World, asked: Asked) -> Account:
    """The account for which a component renews a person's token."""
    return _authorised(world, asked, "refresh_token")


def _authorised(world: World, asked: Asked, grant: str) -> Account:
    component = _holder(world, asked.query.get("component_access_token", ""), asked)
    if asked.query.get("component_appid") != component.appid:
        raise Refused(40013)
    _admitted(component, asked)
    account = account_to(world, asked.query, grant)
    component.consent(account.appid)
    world.check_consent(account, component.appid, asked.path, asked.ip)
    return account


def _holder(world: World, value: str, asked: Asked) -> Component:
    held = world.desk.token(value, asked.now)
    if held.appid not in world.components:
        raise Refused(61014)
    return world.components[held.appid]


def _admitted(component: Component, asked: Asked) -> Component:
    if not component.valid:
        raise Refused(61011)
    if not component.account.admits(asked.ip):
        raise Refused(61004, f"access clientip is not registered requestIP: {asked.ip}")
    return component


def start_push_ticket(world: World, account: Account, asked: Asked) -> Answer:
    """A ticket is pushed."""
    component = world.components[account.appid]
    event = component.event(
        "component_verify_ticket", asked.now, ComponentVerifyTicket=component.new_ticket(asked.now)
    )
    return _ok({"errcode": 0, "errmsg": "ok"})._replace(event=event)


def component_token(world: World, account: Account, asked: Asked) -> Answer:
    """A new token at every call; there is no stable one."""
    component = world.components[account.appid]
    component.check_ticket(text_in(document_in(asked.body), "component_verify_ticket"), asked.now)
    token = world.desk.classic_token(account, asked.now)
    return _ok({"component_access_token": token.value, "expires_in": account.token_ttl})


def create_preauthcode(world: World, account: Account, asked: Asked) -> Answer:
    """A new code each time."""
    code = world.components[account.appid].new_pre_auth_code(asked.now)
    return _ok({"pre_auth_code": code, "expires_in": int(PRE_AUTH_LIFE)})


def query_auth(world: World, account: Account, asked: Asked) -> Answer:
    """What was granted, for the code; the account's tokens with it."""
    component = world.components[account.appid]
    appid = component.redeem(text_in(document_in(asked.body), "authorization_code"), asked.now)
    consent = component.consent(appid)
    sets = [{"funcscope_category": {"id": number}} for number in sorted(consent.permissions)]
    info = {"authorizer_appid": appid, **_tokens(world, component, appid, asked.now), "func_info": sets}
    return _ok({"authorization_info": info})


def authorizer_token(world: World, account: Account, asked: Asked) -> Answer:
    """A new token for an account, and with it a new refresh token: the one before is void."""
    component, document = world.components[account.appid], document_in(asked.body)
    appid = text_in(document, "authorizer_appid")
    consent = component.consent(appid)
    if not compare_digest(text_in(document, "authorizer_refresh_token").encode(), consent.refresh_token.encode()):
        raise Refused(61023)
    consent.refresh_token = new_refresh_token()
    return _ok(_tokens(world, component, appid, asked.now))


def authorizer_list(world: World, account: Account, asked: Asked) -> Answer:
    """The accounts that have authorised, each with its refresh token."""
    document = document_in(asked.body)
    offset, count = document.get("offset"), document.get("count")
    if not _is_whole(offset) or not _is_whole(count) or not 0 < cast("int", count) <= MOST_LISTED:
        raise Refused(47001)
    consents = sorted(world.components[account.appid].consents.items())
    listed = [
        {"authorizer_appid": appid, "refresh_token": consent.refresh_token, "auth_time": consent.since}
        for appid, consent in consents[cast("int", offset) :][: cast("int", count)]
    ]
    return _ok({"total_count": len(consents), "list": listed})


def authorizer_info(world: World, account: Account, asked: Asked) -> Answer:
    """Who an account is; ``MiniProgramInfo`` is there for mini programs alone."""
    component = world.components[account.appid]
    appid = text_in(document_in(asked.body), "authorizer_appid")
    component.consent(appid)
    found = world.account(appid)
    info: dict[str, object] = {
        "nick_name": found.nick_name or f"Account {appid}",
        "head_img": "",
        "service_type_info": {"id": 0 if found.kind == MINI_PROGRAM else found.service_type},
        "verify_type_info": {"id": found.verify_type},
        "user_name": original_id(appid),
        "principal_name": "Sandbox",
        "alias": "",
        "qrcode_url": "",
        "account_status": found.status,
    }
    if found.kind == MINI_PROGRAM:
        info["MiniProgramInfo"] = {"network": {}, "categories": [], "visit_status": 0}
    return _ok({"authorizer_info": info})


def get_option(world: World, account: Account, asked: Asked) -> Answer:
    """How an account has set one of its options."""
    component, document = world.components[account.appid], document_in(asked.body)
    appid, name = text_in(document, "authorizer_appid"), text_in(document, "option_name")
    consent = component.consent(appid)
    if name not in OPTIONS:
        raise Refused(40097)
    return _ok({
        "authorizer_appid": appid, "option_name": name, "option_value": consent.options.get(name, "0"),
    })  # fmt: skip


def set_option(world: World, account: Account, asked: Asked) -> Answer:
    """Sets one of an account's options."""
    component, document = world.components[account.appid], document_in(asked.body)
    name, value = text_in(document, "option_name"), text_in(document, "option_value")
    consent = component.consent(text_in(document, "authorizer_appid"))
    if value not in OPTIONS.get(name, ()):
        raise Refused(40097)
    consent.options[name] = value
    return _ok({"errcode": 0, "errmsg": "ok"})


def _tokens(world: World, component: Component, appid: str, now: float) -> dict[str, object]:
    account = world.account(appid)
    token = world.desk.authorised_token(account, component.appid, now)
    return {
        "authorizer_access_token": token.value,
        "expires_in": account.token_ttl,
        "authorizer_refresh_token": component.consent(appid).refresh_token,
    }


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _ok(document: dict[str, object]) -> Answer:
    return Answer(as_json(document))
