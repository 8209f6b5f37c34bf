"""The platform's side of every call, as one pure step: the world and a call in, a decision out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sandbox import (
    answering,
    component_calls,
    figures,
    followers,
    library,
    login_calls,
    paths,
    qr_calls,
    reading,
    sending,
    web_calls,
)
from sandbox.access import (
    by_appid_to_refresh,
    by_appsecret,
    by_person_s_token,
    by_secret_for_code,
    by_secret_in_body,
    by_secret_in_query,
    by_token,
    permit,
)
from sandbox.accounts import Account
from sandbox.calls import Call
from sandbox.component_calls import (
    by_component_secret,
    by_component_token,
    for_code_by_component,
    to_refresh_by_component,
)
from sandbox.errors import Refused
from sandbox.exchange import Answer, Asked, as_json, openid_in
from sandbox.faults import Fault
from sandbox.world import World


class Route(NamedTuple):
    """How one path is called, how its caller is known, and what it does."""

    method: str
    caller: Callable[[World, Asked], Account]
    act: Callable[[World, Account, Asked], Answer]


ROUTES: Mapping[str, Route] = {
    paths.STABLE: Route("POST", by_secret_in_body, reading.stable_token),
    paths.CLASSIC: Route("GET", by_secret_in_query, reading.classic_token),
    paths.PRIVATE_TEMPLATES: Route("GET", by_token, reading.private_templates),
    paths.SUBSCRIPTION_TEMPLATES: Route("GET", by_token, reading.subscription_templates),
    paths.ADD_PRIVATE: Route("POST", by_token, library.add_template_message),
    paths.DELETE_PRIVATE: Route("POST", by_token, library.delete_template_message),
    paths.CATEGORIES: Route("GET", by_token, library.categories),
    paths.TITLES: Route("GET", by_token, library.titles),
    paths.KEYWORDS: Route("GET", by_token, library.keywords),
    paths.ADD_SUBSCRIPTION: Route("POST", by_token, library.add_subscription),
    paths.DELETE_SUBSCRIPTION: Route("POST", by_token, library.delete_subscription),
    paths.TEMPLATE_SEND: Route("POST", by_token, sending.send_template_message),
    paths.BIZSEND: Route("POST", by_token, sending.send_subscription_notice),
    paths.SUBSCRIBE_SEND: Route("POST", by_token, sending.send_subscribe_message),
    paths.CUSTOM_SEND: Route("POST", by_token, answering.send_customer_service),
    paths.ONE_TIME_SEND: Route("POST", by_token, answering.send_one_time),
    paths.USER_INFO: Route("GET", by_token, followers.user_info),
    paths.USER_INFOS: Route("POST", by_token, followers.many_infos),
    paths.USER_LIST: Route("GET", by_token, followers.followers),
    paths.QR_CREATE: Route("POST", by_token, qr_calls.create),
    paths.JS_TICKET: Route("GET", by_token, reading.js_ticket),
    paths.QUOTA_GET: Route("POST", by_token, figures.quota),
    paths.QUOTA_CLEAR: Route("POST", by_token, figures.clear_path),
    paths.CLEAR_ALL: Route("POST", by_token, figures.clear_all),
    paths.CLEAR_ALL_TOKENLESS: Route("POST", by_appsecret, figures.clear_all),
    paths.RID_GET: Route("POST", by_token, reading.call_by_rid),
    paths.START_PUSH_TICKET: Route("POST", by_component_secret, component_calls.start_push_ticket),
    paths.COMPONENT_ACCESS: Route("POST", by_component_secret, component_calls.component_token),
    paths.CREATE_PREAUTHCODE: Route("POST", by_component_token, component_calls.create_preauthcode),
    paths.QUERY_AUTH: Route("POST", by_component_token, component_calls.query_auth),
    paths.AUTHORIZER_ACCESS: Route("POST", by_component_token, component_calls.authorizer_token),
    paths.AUTHORIZER_LIST: Route("POST", by_component_token, component_calls.authorizer_list),
    paths.AUTHORIZER_INFO: Route("POST", by_component_token, component_calls.authorizer_info),
    paths.GET_OPTION: Route("POST", by_component_token, component_calls.get_option),
    paths.SET_OPTION: Route("POST", by_component_token, component_calls.set_option),
    paths.WEB_ACCESS: Route("GET", by_secret_for_code, web_calls.access_token),
    paths.WEB_REFRESH: Route("GET", by_appid_to_refresh, web_calls.refresh_token),
    paths.WEB_USERINFO: Route("GET", by_person_s_token, web_calls.userinfo),
    paths.WEB_CHECK: Route("GET", by_person_s_token, web_calls.check),
    paths.COMPONENT_WEB_ACCESS: Route("GET", for_code_by_component, web_calls.access_token),
    paths.COMPONENT_WEB_REFRESH: Route("GET", to_refresh_by_component, web_calls.refresh_token),
    paths.LOGIN: Route("GET", by_secret_for_code, login_calls.login),
    paths.COMPONENT_LOGIN: Route("GET", for_code_by_component, login_calls.login),
    paths.PHONE_NUMBER: Route("POST", by_token, login_calls.phone_number),
    paths.CHECK_SESSION: Route("GET", by_token, login_calls.check_session),
    paths.RESET_SESSION: Route("GET", by_token, login_calls.reset_session),
}


class Decision(NamedTuple):
    """What the platform made of a call: who called, what it answers, and the fault that strikes, if any."""

    answer: Answer
    account: Account | None = None
    fault: Fault | None = None

    @property
    def appid(self) -> str:
        return "" if self.account is None else self.account.appid

    @property
    def behaviour(self) -> str:
        return "" if self.fault is None else self.fault.behaviour

    def release(self) -> None:
        """Lets the next call to the same openid in, once this one is answered."""
        if self.account is not None and self.answer.holds:
            self.account.in_flight.discard(self.answer.holds)


def decide(world: World, asked: Asked) -> Decision:
    """Changes the world by one call, and remembers the call."""
    decision = _decided(world, asked)
    answer = decision.answer
    if decision.account is not None and answer.holds:
        decision.account.in_flight.add(answer.holds)
    world.calls.add(
        Call(
            asked.now,
            decision.appid,
            asked.path,
            answer.openid,
            answer.errcode,
            answer.status,
            decision.behaviour,
            asked.body,
            answer.body,
            asked.ip,
        )
    )
    return decision


def _decided(world: World, asked: Asked) -> Decision:
    account = fault = None
    try:
        route = _route(asked)
        account = route.caller(world, asked)
        if world.faults.listed:
            fault = world.faults.match(account.appid, asked)
            if fault is not None and not fault.accepts:
                return Decision(fault.answer(asked, world.next_rid(asked.now)), account, fault)
        permit(account, asked)
        answer = route.act(world, account, asked)
        if fault is not None and fault.masks:
            shown = fault.answer(asked, world.next_rid(asked.now))
            answer = shown._replace(event=answer.event, holds=answer.holds)
        return Decision(answer, account, fault)
    except Refused as refusal:
        return Decision(_refusal(world, asked, refusal), account, fault)


def _route(asked: Asked) -> Route:
    route = ROUTES.get(asked.path)
    if route is None:
        raise Refused(40066)
    if asked.method != route.method:
        raise Refused(43002 if route.method == "POST" else 43001)
    return route


def _refusal(world: World, asked: Asked, refusal: Refused) -> Answer:
    rid = world.next_rid(asked.now)
    body = as_json({"errcode": refusal.errcode, "errmsg": f"{refusal.errmsg} rid: {rid}"})
    return Answer(body, refusal.errcode, openid=openid_in(asked))
