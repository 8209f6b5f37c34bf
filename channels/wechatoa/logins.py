"""Who opens a web page in WeChat, as its web authorisation (OAuth 2.0) tells an official account.

Source: WeChat, "web authorisation", and the same for third-party platforms.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlencode

from channels._wechat.api import ask, to
from channels._wechat.codes import Operation
from channels._wechat.component.settings import Component
from channels._wechat.logins import Way, acting, name_in, person_in, redeem
from channels.wechatoa.pages import LOGIN, page
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Exchange, Json
from ums.sdk.errors import SendError
from ums.sdk.people import Person

WEB = Way("/sns/oauth2/access_token", "/sns/oauth2/component/access_token", "code")
USER = "/sns/userinfo"
SCOPES = {False: "snsapi_base", True: "snsapi_userinfo"}
"""By whether people are asked openly."""


def login_url(
    account: OfficialAccountSettings, back: str, state: str, *, openly: bool, platform: Component | None
) -> str:
    """WeChat's page; it looks at the order of the parameters."""
    query = {
        "appid": account.appid,
        "redirect_uri": back,
        "response_type": "code",
        "scope": SCOPES[openly],
        "state": state,
    }
    if account.is_authorised:
        query["component_appid"] = acting(account, platform).appid
    return f"{page(account, LOGIN)}?{urlencode(query, quote_via=quote)}#wechat_redirect"


def identify(
    account: OfficialAccountSettings, code: str, *, openly: bool, platform: Component | None
) -> Exchange[Person]:
    """Who came back with a code; that his unionid can't be had is normal."""
    answer = yield from redeem(account, WEB, code, platform)
    person = person_in(answer)
    if answer.get("is_snapshotuser") in (1, "1"):
        return replace(person, union="", is_virtual=True)
    if person.union or not openly:
        return person
    return replace(person, union=(yield from _union(account, person.address, answer.get("access_token"))))


def _union(account: OfficialAccountSettings, openid: str, token: Json) -> Exchange[str]:
    """The unionid of who has just agreed to tell; `token` is his own, none of the account's."""
    query = {"access_token": str(token), "openid": openid, "lang": "zh_CN"}
    try:
        told = yield from ask(to(account, "GET", USER, query=query, token=False, repeatable=True), Operation.PEOPLE)
    except SendError:
        return ""
    return name_in(told, "unionid") if told.get("openid") == openid else ""
