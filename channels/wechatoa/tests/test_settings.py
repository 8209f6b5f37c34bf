"""What an operator may enter for an official account beyond what every account has."""

from __future__ import annotations

import pytest
from marshmallow import ValidationError

from channels._wechat.account import AccountSchema
from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatmp import channel as mini_program
from channels.wechatoa import channel
from channels.wechatoa.settings import SEND_LINK, OfficialAccountSettings
from ums.sdk.call import Json

LEAST: dict[str, Json] = {"appid": APPID, "secret": SECRET}


def loaded(**more: Json) -> OfficialAccountSettings:
    made = channel.settings_schema().load({**LEAST, **more})
    assert isinstance(made, OfficialAccountSettings)
    return made


def test_an_appid_and_its_secret_are_enough() -> None:
    assert loaded() == OfficialAccountSettings(appid=APPID, secret=SECRET)


def test_what_a_form_sends_empty_is_left_out() -> None:
    left_out = ("page_base", "bind_keys", "bind_words", "bind_reply", "taken_reply", "expired_reply", "link_reply")
    assert loaded(**dict.fromkeys((*left_out, "known_reply"), "")) == loaded()


@pytest.mark.parametrize("given", ["绑定,Bind", "绑定，Bind", " 绑定 \r\n Bind\n\n", "绑定,Bind,绑定,,"])
def test_a_list_has_commas_or_line_breaks(given: str) -> None:
    assert (loaded(bind_words=given).bind_words, loaded(bind_keys=given).bind_keys) == (("绑定", "Bind"),) * 2


@pytest.mark.parametrize(("field", "kind"), [
    ("bind_reply", "bound"), ("taken_reply", "taken"), ("expired_reply", "expired"), ("known_reply", "known"),
    ("link_reply", "link"),
])  # fmt: skip
def test_what_people_are_told_is_the_operators_to_say(field: str, kind: str) -> None:
    own = "自定义：{url}\n第二行"
    assert channel.words_for(loaded(**{field: own}), kind) == own
    assert len(channel.words_for(loaded(), kind).encode()) <= 600
    assert channel.words_for(loaded(**{field: "{url}" + "茶" * 198}), kind)


def test_the_link_may_stand_anywhere_but_must_stand() -> None:
    assert channel.words_for(loaded(link_reply='<a href="{url}">绑定</a>'), "link").count("{url}") == 1
    assert channel.words_for(loaded(), "link") == SEND_LINK


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("login_scope", "snsapi_base"),
        ("page_base", "open.weixin.qq.com"),
        ("bind_keys", ",".join(map(str, range(21)))),
        ("bind_keys", "x" * 129),
        ("bind_words", "茶" * 43),
        ("bind_words", "a\tb"),
        ("bind_words", "\ud800"),
        ("bind_reply", "茶" * 201),
        ("bind_reply", "a\0b"),
        ("known_reply", "\ud800"),
        ("link_reply", "Come and bind."),
        ("link_reply", 7),
        ("link_reply", None),
    ],
)
def test_a_wrong_value_is_refused_by_name(field: str, value: Json) -> None:
    with pytest.raises(ValidationError) as caught:
        channel.settings_schema().load({**LEAST, field: value})
    assert list(caught.value.messages) == [field]


def test_each_kind_of_account_has_its_own_beside_what_all_have() -> None:
    common = set(AccountSchema().fields)
    own = [set(plugin.settings_schema().fields) - common for plugin in (mini_program, channel)]
    assert own == [
        {"phone_numbers"},
        {"login_scope", "page_base", "bind_keys", "bind_words", "bind_application", "bind_reply", "taken_reply",
         "expired_reply", "known_reply", "link_reply"},
    ]  # fmt: skip
