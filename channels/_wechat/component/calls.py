"""The platform's calls for third-party platforms, as exchanges: tokens, invitations, what accounts have granted.

All but the first two are made with the platform's own token, which the gateway adds and renews.
"""

from __future__ import annotations

from urllib.parse import urlencode

from channels._wechat.answer import Answer, is_whole
from channels._wechat.api import ask, token_in
from channels._wechat.codes import (
    AUTHORISATION_MISSING,
    REFRESH_TOKEN_INVALID,
    TICKET_MISSING,
    TICKET_OLD,
    Operation,
    unreadable,
)
from channels._wechat.component.settings import Component
from ums.sdk.call import Call, Exchange, Json, json_body
from ums.sdk.errors import BadChannel, SendError
from ums.sdk.platform import AuthorisedAccount, Granted, Invitation, VerifyTicket
from ums.sdk.tokens import Token

TICKET_LIFE = 12 * 3600.0
"""Seconds for which a component_verify_ticket is good; a new one comes every ten minutes."""
RENEW_BEFORE = 600.0
"""Seconds before its end: the platform wants its token renewed at 1 h 50 of its two hours."""
LIST_PAGE = 500
MOST_PAGES = 200
LONGEST_TEXT = 2048
LONGEST_LINK = 1800.0

ACCOUNT_KINDS = {"wechatoa": "1", "wechatmp": "2"}
ANY_KIND = "3"
"""`auth_type`: official accounts, mini programs, or both."""

MINI_PROGRAM, OFFICIAL_ACCOUNT = "mini program", "official account"


def fetch_token(component: Component, ticket: VerifyTicket | None) -> Exchange[Token]:
    """The platform's own token. Raises `BadChannel` without a ticket that can be good."""
    if ticket is None:
        raise BadChannel(TICKET_MISSING)
    if ticket.age > TICKET_LIFE:
        raise BadChannel(TICKET_OLD, provider_message=f"it came {ticket.age / 3600:.0f} hours ago")
    body: Json = {
        "component_appid": component.appid,
        "component_appsecret": component.secret,
        "component_verify_ticket": ticket.value,
    }
    answer = yield from ask(_plain(component, "api_component_token", body), Operation.PLATFORM)
    return token_in(answer, "component_access_token", renew_before=RENEW_BEFORE)


def start_tickets(component: Component) -> Exchange[None]:
    """Have tickets pushed again."""
    body: Json = {"component_appid": component.appid, "component_secret": component.secret}
    yield from ask(_plain(component, "api_start_push_ticket", body), Operation.PLATFORM)


def invite(component: Component, kinds: frozenset[str], return_url: str) -> Exchange[Invitation]:
    """The two pages; each invitation has a code of its own, which serves once."""
    answer = yield from _ask(component, "api_create_preauthcode", {})
    code, life = answer.get("pre_auth_code"), answer.get("expires_in")
    if not isinstance(code, str) or not code or not is_whole(life) or life <= 0:
        raise unreadable(Operation.PLATFORM, "The answer has no pre_auth_code.")
    known = [ACCOUNT_KINDS[kind] for kind in kinds]
    query = urlencode({
        "component_appid": component.appid,
        "pre_auth_code": code,
        "redirect_uri": return_url,
        "auth_type": known[0] if len(known) == 1 else ANY_KIND,
    })  # fmt: skip
    mobile = f"{component.mobile_base}/wxaopen/safe/bindcomponent?action=bindcomponent&no_scan=1&{query}"
    return Invitation(
        desktop_url=f"{component.desktop_base}/cgi-bin/componentloginpage?{query}",
        mobile_url=f"{mobile}#wechat_redirect",
        lifetime=min(float(life), LONGEST_LINK),
    )


def redeem(component: Component, code: str) -> Exchange[Granted]:
    """What an authorisation code stands for; it serves once."""
    answer = yield from _ask(component, "api_query_auth", {"authorization_code": code})
    info = answer.get("authorization_info")
    if not isinstance(info, dict):
        raise unreadable(Operation.PLATFORM, "The answer has no authorization_info.")
    return _granted(info, _text(info, "authorizer_appid"), frozenset(_sets(info.get("func_info"))))


def renew(component: Component, account: str, refresh_token: str) -> Exchange[Granted]:
    """A new token of an account; a refresh token that is lost or refused is looked for in the list, once."""
    if refresh_token:
        try:
            return (yield from _authorizer_token(component, account, refresh_token))
        except SendError as error:
            if error.provider_code != REFRESH_TOKEN_INVALID:
                raise
    found = yield from _listed_refresh_token(component, account)
    if found is None:
        raise BadChannel(AUTHORISATION_MISSING)
    return (yield from _authorizer_token(component, account, found))


def describe(component: Component, account: str) -> Exchange[AuthorisedAccount]:
    """Who an account is, and how it stands."""
    answer = yield from _ask(component, "api_get_authorizer_info", {"authorizer_appid": account})
    info = answer.get("authorizer_info")
    if not isinstance(info, dict):
        raise unreadable(Operation.PLATFORM, "The answer has no authorizer_info.")
    facts: dict[str, Json] = {
        "kind": MINI_PROGRAM if info.get("MiniProgramInfo") else OFFICIAL_ACCOUNT,
        "service_type": _id(info.get("service_type_info")),
        "verify_type": _id(info.get("verify_type_info")),
        "status": _whole(info.get("account_status")),
        "principal": _text(info, "principal_name"),
        "alias": _text(info, "alias"),
    }
    return AuthorisedAccount(
        account=account, name=_text(info, "nick_name")[:255], address=_text(info, "user_name")[:64], facts=facts
    )


def _authorizer_token(component: Component, account: str, refresh_token: str) -> Exchange[Granted]:
    body: dict[str, Json] = {"authorizer_appid": account, "authorizer_refresh_token": refresh_token}
    return _granted((yield from _ask(component, "api_authorizer_token", body)), account)


def _listed_refresh_token(component: Component, account: str) -> Exchange[str | None]:
    for page in range(MOST_PAGES):
        body: dict[str, Json] = {"offset": page * LIST_PAGE, "count": LIST_PAGE}
        answer = yield from _ask(component, "api_get_authorizer_list", body)
        listed = answer.get("list")
        if not isinstance(listed, list):
            raise unreadable(Operation.PLATFORM, "The answer has no list.")
        for entry in listed:
            if isinstance(entry, dict) and entry.get("authorizer_appid") == account:
                return _text(entry, "refresh_token") or None
        if len(listed) < LIST_PAGE:
            break
    return None


def _ask(component: Component, name: str, body: dict[str, Json]) -> Exchange[Answer]:
    """A call with the platform's own token."""
    call = _plain(component, name, {"component_appid": component.appid, **body})._replace(token=True)
    return ask(call, Operation.PLATFORM)


def _plain(component: Component, name: str, body: Json) -> Call:
    return Call(
        "POST",
        f"{component.base_url}/cgi-bin/component/{name}",
        body=json_body(body),
        repeatable=True,
        proxy=component.proxy,
    )


def _granted(answer: Answer, account: str, permissions: frozenset[int] | None = None) -> Granted:
    refresh_token = answer.get("authorizer_refresh_token")
    if not isinstance(refresh_token, str) or not 0 < len(refresh_token) <= LONGEST_TEXT:
        raise unreadable(Operation.PLATFORM, "The answer has no authorizer_refresh_token.")
    if not account:
        raise unreadable(Operation.PLATFORM, "The answer has no authorizer_appid.")
    token = token_in(answer, "authorizer_access_token")
    return Granted(account=account, token=token, refresh_token=refresh_token, permissions=permissions)


def _sets(entries: Json) -> list[int]:
    """The numbers of the permission sets in a func_info."""
    listed = entries if isinstance(entries, list) else []
    found = [_id(entry.get("funcscope_category")) for entry in listed if isinstance(entry, dict)]
    return [number for number in found if number is not None]


def _id(member: Json) -> int | None:
    return _whole(member.get("id")) if isinstance(member, dict) else None


def _whole(value: Json) -> int | None:
    return value if is_whole(value) else None


def _text(members: Answer, name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""
