"""A public SDK, unchanged, takes the sandbox for the platform: wechatpy 1.8, which reads answers in its own way.

Its addresses stay as they are built in; only the connections to the platform's host end at the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, WeChatComponent, parse_message
from wechatpy.client.api import WeChatWxa
from wechatpy.crypto import WeChatCrypto, WeChatWxaCrypto
from wechatpy.exceptions import (
    APILimitedException,
    InvalidSignatureException,
    WeChatClientException,
    WeChatOAuthException,
)
from wechatpy.oauth import WeChatOAuth
from wechatpy.utils import check_signature

from sandbox.client import SandboxClient
from tests.sandbox.callback import Callback, Received
from tests.sandbox.letters import MP_TEMPLATE, MP_VALUES, OA_TEMPLATE, OA_VALUES

PLATFORM = "https://api.weixin.qq.com"
PAGES = "https://open.weixin.qq.com"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class _Diverted(HTTPAdapter):
    """Carries requests for the platform to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:
        assert request.url is not None
        request.url = self._url + request.url.removeprefix(PLATFORM)
        return super().send(request, *given, **named)


def data(values: dict[str, str]) -> dict[str, dict[str, str]]:
    return {key: {"value": value} for key, value in values.items()}


def diverted(made: Any, sandbox: SandboxClient) -> Any:
    """A client of the SDK's, its connections led to the sandbox."""
    made._http.mount(PLATFORM, _Diverted(sandbox.url))
    return made


@pytest.fixture
def client(sandbox: SandboxClient) -> Iterator[WeChatClient]:
    made = diverted(WeChatClient("wx1", "any"), sandbox)
    yield made
    made._http.close()


def received(sandbox: SandboxClient, openid: str = "o1") -> int:
    found = sandbox.control("GET", "users", None, appid="wx1", openid=openid).json()
    return int(found["received"])


def test_it_sends_template_messages(client: WeChatClient, sandbox: SandboxClient) -> None:
    answer = client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES), url="https://shop.example/1")
    assert answer["errcode"] == 0
    assert answer["msgid"] > 2**53
    assert received(sandbox) == 1


def test_it_sends_subscription_notices_and_a_mini_programs_messages(
    client: WeChatClient, sandbox: SandboxClient
) -> None:
    client.message.send_subscribe_message("o1", MP_TEMPLATE, data(MP_VALUES), page="https://shop.example/1")
    WeChatWxa(client).send_subscribe_message("o1", MP_TEMPLATE, data(MP_VALUES), page="pages/order")
    assert received(sandbox) == 2


def test_it_lists_templates_and_deletes_one(client: WeChatClient) -> None:
    listed = client.template.get_all_private_template()["template_list"]
    assert OA_TEMPLATE in [template["template_id"] for template in listed]
    assert client.template.del_private_template(OA_TEMPLATE)["errcode"] == 0
    assert len(client.template.get_all_private_template()["template_list"]) == len(listed) - 1


def test_it_looks_at_a_user(client: WeChatClient) -> None:
    user = client.user.get("o1")
    assert (user["openid"], user["subscribe"]) == ("o1", 1)


def test_it_fetches_another_token_where_its_own_has_ended(client: WeChatClient, sandbox: SandboxClient) -> None:
    client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    sandbox.control("POST", "tokens/expire", {"appid": "wx1"})
    client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    assert received(sandbox) == 2


@pytest.mark.parametrize(
    ("openid", "template_id", "values", "code"),
    [
        ("nobody", OA_TEMPLATE, OA_VALUES, 40003),
        ("o1", "no such template", OA_VALUES, 40037),
        ("o1", OA_TEMPLATE, {**OA_VALUES, "thing2": "two\nlines"}, 47003),
    ],
)
def test_it_raises_what_the_platform_refuses(
    client: WeChatClient, sandbox: SandboxClient, openid: str, template_id: str, values: dict[str, str], code: int
) -> None:
    sandbox.control("PUT", "accounts/wx1", {"known_users_only": True})
    sandbox.control("PUT", "users", {"appid": "wx1", "users": [{"openid": "o1"}]})
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_template(openid, template_id, data(values))
    assert refused.value.errcode == code


def test_it_knows_a_quota_that_is_used_up(client: WeChatClient, sandbox: SandboxClient) -> None:
    sandbox.control("POST", "faults", {"path": "/cgi-bin/message/template/send", "errcode": 45009})
    with pytest.raises(APILimitedException):
        client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))


def test_it_reads_a_plain_push(client: WeChatClient, sandbox: SandboxClient, callback: Callback) -> None:
    sandbox.control("PUT", "accounts/wx1", {"callback": callback.url, "token": "word"})
    sent = client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    push = callback.wait_for(1)[0]
    check_signature("word", push.query["signature"], push.query["timestamp"], push.query["nonce"])
    event = parse_message(push.body)
    assert (event.source, event.event, event.id) == ("o1", "templatesendjobfinish", sent["msgid"])
    assert event.status == "success"


def test_it_opens_an_encrypted_push_and_refuses_another_token(
    client: WeChatClient, sandbox: SandboxClient, callback: Callback
) -> None:
    settings = {"callback": callback.url, "token": "word", "encoding_aes_key": AES_KEY, "push_mode": "safe"}
    sandbox.control("PUT", "accounts/wx1", settings)
    client.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    push = callback.wait_for(1)[0]
    proof = push.query["msg_signature"], push.query["timestamp"], push.query["nonce"]
    opened = WeChatCrypto("word", AES_KEY, "wx1").decrypt_message(push.body, *proof)
    assert parse_message(opened).source == "o1"
    with pytest.raises(InvalidSignatureException):
        WeChatCrypto("another", AES_KEY, "wx1").decrypt_message(push.body, *proof)


def test_it_answers_whoever_has_written_and_is_told_when_the_window_is_used_up(
    client: WeChatClient, sandbox: SandboxClient
) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa"})
    sandbox.control("POST", "users/act", {"appid": "wx1", "openid": "o1", "act": "message"})
    for number in range(5):
        assert client.message.send_text("o1", f"Answer {number}")["errcode"] == 0
    with pytest.raises(WeChatClientException) as refused:
        client.message.send_text("o1", "One more")
    assert refused.value.errcode == 45047


def told(component: WeChatComponent, push: Received) -> Any:
    """What the SDK makes of a push to a third-party platform."""
    return component.parse_message(
        push.body, push.query["msg_signature"], push.query["timestamp"], push.query["nonce"]
    )


def test_it_acts_for_an_account_that_has_authorised_a_third_party_platform(
    sandbox: SandboxClient, callback: Callback
) -> None:
    settings = {"secret": "right", "token": "word", "encoding_aes_key": AES_KEY, "callback": callback.url}
    sandbox.control("PUT", "components/wxplatform", settings)
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa"})
    component = diverted(WeChatComponent("wxplatform", "right", "word", AES_KEY), sandbox)
    sandbox.control("POST", "component/ticket", {"component": "wxplatform"})
    assert told(component, callback.wait_for(1)[0]).type == "component_verify_ticket"
    assert component.create_preauthcode()["pre_auth_code"]
    sandbox.control("POST", "component/authorise", {"component": "wxplatform", "appid": "wx1"})
    granted = told(component, callback.wait_for(2)[1])
    assert (granted.type, granted.authorizer_appid) == ("authorized", "wx1")
    assert component.get_authorizer_info("wx1")["authorizer_info"]["user_name"].startswith("gh_")
    account = diverted(component.get_client_by_appid("wx1"), sandbox)
    account.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    sandbox.control("POST", "tokens/expire", {"appid": "wx1"})
    account.message.send_template("o1", OA_TEMPLATE, data(OA_VALUES))
    assert received(sandbox) == 2


def test_it_authorises_a_person_on_a_web_page(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa", "open_platform": True})
    sandbox.person({"wx1": "o1"}, "u1", nickname="Li Si")
    sandbox.browse_as("wx1", "o1")
    sdk = diverted(WeChatOAuth("wx1", "any", "http://shop.example/done", "snsapi_userinfo", "s1"), sandbox)
    back = sandbox.authorise(sdk.authorize_url.replace(PAGES, sandbox.url))
    code = parse_qs(urlsplit(back).query)["code"][0]
    assert sdk.fetch_access_token(code)["openid"] == "o1"
    assert (sdk.get_user_info()["nickname"], sdk.get_user_info()["unionid"]) == ("Li Si", "u1")
    assert sdk.check_access_token()
    assert sdk.refresh_access_token(sdk.refresh_token)["scope"] == "snsapi_userinfo"
    with pytest.raises(WeChatOAuthException) as refused:
        sdk.fetch_access_token(code)
    assert refused.value.errcode == 40163
    sdk._http.close()


def test_it_lists_followers_and_makes_qr_codes_and_tickets(client: WeChatClient, sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"followers_per_page": 2, "open_platform": True})
    for number in range(3):
        sandbox.person({"wx1": f"o{number}"}, f"u{number}")
    assert list(client.user.iter_followers()) == ["o0", "o1", "o2"]
    assert [one["unionid"] for one in client.user.get_batch(["o1", "o2"])] == ["u1", "u2"]
    scene = {"scene": {"scene_str": "bind_7"}}
    code = client.qrcode.create({"action_name": "QR_STR_SCENE", "expire_seconds": 60, "action_info": scene})
    assert sandbox.scan("wx1", "o1", code["ticket"])["left"] == 3
    assert client.jsapi.get_jsapi_ticket()


def test_it_logs_people_in_and_opens_their_sealed_profiles(client: WeChatClient, sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp"})
    sandbox.person({"wx1": "o1"}, "u1", nickname="Li Si")
    session = client.wxa.code_to_session(sandbox.login_code("wx1", "o1"))
    given = sandbox.sealed("wx1", "o1")
    opened = WeChatWxaCrypto(session["session_key"], given["iv"], "wx1").decrypt_message(given["encryptedData"])
    assert (session["openid"], opened["openId"], opened["nickName"]) == ("o1", "o1", "Li Si")
