"""Reading template lists: which values a template asks for, and what each may hold."""

from __future__ import annotations

import json

import pytest

from channels._wechat.templates import LIMITS, fields_of, key_type
from channels._wechat.tests.simulator import APPID, SECRET
from channels.wechatmp import channel as mini_program
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatoa import channel as official_account
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Call, Reply
from ums.sdk.errors import BadChannel, Fault, Transient
from ums.sdk.templates import RemoteTemplate, TemplateField
from ums.sdk.testing import play

OFFICIAL = OfficialAccountSettings(appid=APPID, secret=SECRET)
MINI = MiniProgramSettings(appid=APPID, secret=SECRET)

NOTICES = {
    "errcode": 0,
    "errmsg": "ok",
    "data": [
        {
            "priTmplId": "9Aw5ZV1j9xdWTFEkqCpZ7mIBbSC34khK55OtzUPl0rU",
            "title": "报名结果通知",
            "content": "会议时间:{{date2.DATA}}\n会议地点:{{thing1.DATA}}\n状态:{{enum_string3.DATA}}\n",
            "example": "会议时间:2016年8月8日\n会议地点:TIT会议室\n状态:通过\n",
            "type": 2,
            "keywordEnumValueList": [{"keywordCode": "enum_string3.DATA", "enumValueList": ["通过", "未通过"]}],
        }
    ],
}


def test_a_subscription_template_is_read_with_its_fields() -> None:
    calls: list[Call] = []
    reply = Reply(200, json.dumps(NOTICES).encode())
    page = play(mini_program.templates(MINI, "subscription", ""), reply, calls=calls)
    assert calls[0].url == "https://api.weixin.qq.com/wxaapi/newtmpl/gettemplate"
    assert page.next == ""
    assert page.templates == (
        RemoteTemplate(
            template_id="9Aw5ZV1j9xdWTFEkqCpZ7mIBbSC34khK55OtzUPl0rU",
            title="报名结果通知",
            kind="subscription",
            content="会议时间:{{date2.DATA}}\n会议地点:{{thing1.DATA}}\n状态:{{enum_string3.DATA}}\n",
            example="会议时间:2016年8月8日\n会议地点:TIT会议室\n状态:通过\n",
            fields=(
                TemplateField(key="date2", type="date", label="会议时间", limit=LIMITS["date"]),
                TemplateField(key="thing1", type="thing", label="会议地点", limit=LIMITS["thing"]),
                TemplateField(
                    key="enum_string3",
                    type="enum_string",
                    label="状态",
                    limit="one of: 通过, 未通过",
                    choices=("通过", "未通过"),
                ),
            ),
        ),
    )


def test_an_official_account_has_two_lists() -> None:
    calls: list[Call] = []
    private = {"template_list": [{"template_id": "T1", "title": "x", "content": "{{first.DATA}}"}]}
    play(
        official_account.templates(OFFICIAL, "template", ""), Reply(200, json.dumps(private).encode()), calls=calls
    )
    play(
        official_account.templates(OFFICIAL, "subscription", ""),
        Reply(200, json.dumps(NOTICES).encode()),
        calls=calls,
    )
    assert [call.url.removeprefix("https://api.weixin.qq.com") for call in calls] == [
        "/cgi-bin/template/get_all_private_template",
        "/wxaapi/newtmpl/gettemplate",
    ]


@pytest.mark.parametrize(("kind", "long_term"), [(2, False), (3, True), (None, False)])
def test_a_long_term_template_is_told_apart(kind: int | None, long_term: bool) -> None:
    listed = {"data": [{"priTmplId": "T1", "title": "x", "content": "{{thing1.DATA}}", "type": kind}]}
    page = play(mini_program.templates(MINI, "subscription", ""), Reply(200, json.dumps(listed).encode()))
    assert [template.long_term for template in page.templates] == [long_term]


def test_a_missing_permission_concerns_only_its_list() -> None:
    refused = Reply(200, b'{"errcode":48001,"errmsg":"api unauthorized"}')
    with pytest.raises(BadChannel) as caught:
        play(official_account.templates(OFFICIAL, "subscription", ""), refused)
    assert caught.value.scope is Fault.ENDPOINT


def test_a_list_that_the_account_does_not_have_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="has no template list 'template'"):
        mini_program.templates(MINI, "template", "")


def test_a_template_without_an_id_spoils_the_list_rather_than_vanish() -> None:
    with pytest.raises(Transient):
        play(mini_program.templates(MINI, "subscription", ""), Reply(200, b'{"errcode":0,"data":[{"title":"x"}]}'))


def test_an_empty_list_is_a_list() -> None:
    page = play(mini_program.templates(MINI, "subscription", ""), Reply(200, b'{"errcode":0,"data":[]}'))
    assert page.templates == ()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("名称:{{thing1.DATA}}\n", [("thing1", "名称")]),
        ("名称：{{thing1.DATA}}\n时间：{{time2.DATA}}", [("thing1", "名称"), ("time2", "时间")]),
        ("{{first.DATA}}\n{{remark.DATA}}", [("first", "first"), ("remark", "remark")]),
        ("从{{thing1.DATA}}到{{thing2.DATA}}", [("thing1", "从"), ("thing2", "到")]),
        ("{{ thing1.DATA }} 和 {{thing1.DATA}}", [("thing1", "thing1")]),
        ("没有参数", []),
        ("", []),
        ("{{}} {{.DATA}} {{thing1}}", []),
    ],
)
def test_places_are_found_in_their_order(content: str, found: list[tuple[str, str]]) -> None:
    assert [(field.key, field.label) for field in fields_of(content)] == found


@pytest.mark.parametrize(
    ("key", "kind"),
    [("thing12", "thing"), ("character_string1", "character_string"), ("const", "const"), ("12", "12")],
)
def test_a_type_is_a_key_without_its_number(key: str, kind: str) -> None:
    assert key_type(key) == kind


def test_an_unknown_type_passes_through_without_a_limit() -> None:
    (field,) = fields_of("{{short_thing3.DATA}}")
    assert (field.type, field.limit) == ("short_thing", "")
