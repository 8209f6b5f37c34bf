"""QR codes with a scene."""

from __future__ import annotations

import json

import pytest

from channels._wechat.tests.simulator import APPID, SECRET, said
from channels.wechatoa import channel
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Json
from ums.sdk.errors import BadChannel, SendError, Throttled, Transient
from ums.sdk.people import Scene
from ums.sdk.testing import play

ACCOUNT = OfficialAccountSettings(appid=APPID, secret=SECRET)
MADE: dict[str, Json] = {
    "ticket": "gQH47joAAAA/+A==",
    "expire_seconds": 600,
    "url": "http://weixin.qq.com/q/kZgfwMTm72WWPkov",
}


def made(answer: Json, seconds: float = 600.0, account: OfficialAccountSettings = ACCOUNT) -> Scene:
    return play(channel.scene(account, "s-4711", seconds), said(answer))


def test_a_temporary_code_with_a_text_is_asked_for() -> None:
    calls: list[Call] = []
    play(channel.scene(ACCOUNT, "s-4711", 599.2), said(MADE), calls=calls)
    assert (calls[0].url, calls[0].token) == ("https://api.weixin.qq.com/cgi-bin/qrcode/create", True)
    assert json.loads(calls[0].body) == {
        "expire_seconds": 600,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "s-4711"}},
    }


def test_its_picture_is_found_by_the_ticket() -> None:
    assert made(MADE) == Scene(
        picture_url="https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47joAAAA%2F%2BA%3D%3D",
        content="http://weixin.qq.com/q/kZgfwMTm72WWPkov",
        lifetime=600.0,
    )


@pytest.mark.parametrize(
    ("account", "base"),
    [
        (OfficialAccountSettings(appid=APPID, base_url="https://hk.api.weixin.qq.com"), "https://mp.weixin.qq.com"),
        (OfficialAccountSettings(appid=APPID, base_url="http://127.0.0.1:9001"), "http://127.0.0.1:9001"),
        (
            OfficialAccountSettings(
                appid=APPID, base_url="https://relay.example", page_base="https://open.weixin.qq.com"
            ),
            "https://mp.weixin.qq.com",
        ),
    ],
)
def test_the_picture_is_where_the_platform_is(account: OfficialAccountSettings, base: str) -> None:
    assert made(MADE, account=account).picture_url.startswith(f"{base}/cgi-bin/showqrcode?ticket=")


@pytest.mark.parametrize(("seconds", "asked"), [(1.0, 60), (61.5, 62), (2_592_000.0, 2_592_000), (9e9, 2_592_000)])
def test_a_life_is_one_that_the_platform_takes(seconds: float, asked: int) -> None:
    calls: list[Call] = []
    answer: Json = {**MADE, "expire_seconds": asked}
    found = play(channel.scene(ACCOUNT, "s", seconds), said(answer), calls=calls)
    assert (json.loads(calls[0].body)["expire_seconds"], found.lifetime) == (asked, float(asked))


@pytest.mark.parametrize("told", [None, 0, "600", 10**9])
def test_a_life_that_is_not_told_is_the_one_asked_for(told: Json) -> None:
    assert made({**MADE, "expire_seconds": told}).lifetime == 600.0


@pytest.mark.parametrize("scene", ["", "a b", "茶", "x" * 65, "a\n"])
def test_a_scene_that_the_platform_would_not_take_is_a_defect(scene: str) -> None:
    with pytest.raises(ValueError, match="1 to 64"):
        play(channel.scene(ACCOUNT, scene, 600.0))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({**MADE, "ticket": ""}, Transient),
        ({**MADE, "url": 7}, Transient),
        ({"errcode": 48001, "errmsg": "api unauthorized"}, BadChannel),
        ({"errcode": 45009, "errmsg": "reach max api daily quota limit"}, Throttled),
        ({"errcode": 40053, "errmsg": "invalid action info"}, Transient),
    ],
)
def test_a_refusal_says_who_must_act(answer: Json, kind: type[SendError]) -> None:
    with pytest.raises(kind):
        made(answer)
