from __future__ import annotations

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.library import MOST_SUBSCRIPTION, MOST_TEMPLATE_MESSAGES

GOOD: dict[str, object] = {"tid": "1221", "kidList": [2, 1], "sceneDesc": "发货"}


@pytest.fixture
def token(sandbox: SandboxClient) -> str:
    return sandbox.token("wx1")


def test_the_categories_are_listed(sandbox: SandboxClient, token: str) -> None:
    assert sandbox.read(paths.CATEGORIES, token).json()["data"][0] == {"id": 616, "name": "电商平台"}


def test_the_titles_of_categories_come_in_pages(sandbox: SandboxClient, token: str) -> None:
    answer = sandbox.read(paths.TITLES, token, ids="616,307", start="1", limit="2").json()
    assert answer["count"] == 4
    assert [title["tid"] for title in answer["data"]] == [1458, 2003]
    assert answer["data"][0] == {"tid": 1458, "title": "订单支付成功通知", "type": 2, "categoryId": "616"}


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({"start": "0", "limit": "30"}, 200018),
        ({"ids": "616,x", "start": "0", "limit": "30"}, 200019),
        ({"ids": "617", "start": "0", "limit": "30"}, 200019),
        ({"ids": "616", "start": "-1", "limit": "30"}, 200016),
        ({"ids": "616", "start": "0", "limit": "31"}, 200017),
    ],
)
def test_titles_asked_for_wrongly_are_refused(
    sandbox: SandboxClient, token: str, query: dict[str, str], errcode: int
) -> None:
    assert sandbox.read(paths.TITLES, token, **query).json()["errcode"] == errcode


def test_the_keywords_of_a_title_have_a_rule(sandbox: SandboxClient, token: str) -> None:
    answer = sandbox.read(paths.KEYWORDS, token, tid="2003").json()
    assert answer["count"] == 3
    assert answer["data"][1] == {"kid": 2, "name": "取件地址", "example": "东门驿站", "rule": "thing"}
    assert sandbox.read(paths.KEYWORDS, token, tid="9").json()["errcode"] == 200014


def test_an_added_template_is_listed_with_its_keywords_in_order(sandbox: SandboxClient, token: str) -> None:
    added = sandbox.post(paths.ADD_SUBSCRIPTION, token, GOOD).json()["priTmplId"]
    listed = {item["priTmplId"]: item for item in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()["data"]}
    assert listed[added]["content"] == "商品名称:{{thing2.DATA}}\n订单号:{{character_string1.DATA}}\n"
    assert sandbox.post(paths.ADD_SUBSCRIPTION, token, GOOD).json()["errcode"] == 200022
    assert sandbox.post(paths.DELETE_SUBSCRIPTION, token, {"priTmplId": added}).json()["errcode"] == 0
    assert sandbox.post(paths.DELETE_SUBSCRIPTION, token, {"priTmplId": added}).json()["errcode"] == 20002
    assert len(sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()["data"]) == 3


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"tid": "9"}, 200014),
        ({"kidList": [1]}, 200020),
        ({"kidList": [1, 2, 3, 4, 5, 6]}, 200020),
        ({"kidList": [1, 1]}, 200020),
        ({"kidList": [1, 99]}, 200020),
        ({"kidList": "1,2"}, 200020),
        ({"kidList": [[], {}]}, 200020),
        ({"sceneDesc": "发" * 16}, 200021),
        ({"tid": "10000001", "kidList": [1, 2]}, 200020),
        ({"tid": "10000001", "kidList": []}, 0),
    ],
)
def test_what_is_added_must_fit_the_library(
    sandbox: SandboxClient, token: str, change: dict[str, object], errcode: int
) -> None:
    assert sandbox.post(paths.ADD_SUBSCRIPTION, token, {**GOOD, **change}).json()["errcode"] == errcode


def test_an_account_has_only_so_many_templates(sandbox: SandboxClient, token: str) -> None:
    own = [{"priTmplId": f"T{n}", "title": "x", "content": "", "type": 2} for n in range(MOST_SUBSCRIPTION)]
    official = [{"template_id": f"T{n}", "title": "x", "content": ""} for n in range(MOST_TEMPLATE_MESSAGES)]
    sandbox.control("PUT", "accounts/wx1", {"subscription_templates": own, "templates": official})
    assert sandbox.post(paths.ADD_SUBSCRIPTION, token, GOOD).json()["errcode"] == 200012
    message = {"template_id_short": "1221", "keyword_name_list": ["订单号"]}
    assert sandbox.post(paths.ADD_PRIVATE, token, message).json()["errcode"] == 45026


def test_template_messages_are_added_by_the_names_of_keywords(sandbox: SandboxClient, token: str) -> None:
    body = {"template_id_short": "1221", "keyword_name_list": ["商品名称", "订单号"]}
    added = sandbox.post(paths.ADD_PRIVATE, token, body).json()["template_id"]
    listed = sandbox.read(paths.PRIVATE_TEMPLATES, token).json()["template_list"]
    assert [item["content"] for item in listed if item["template_id"] == added] == [
        "商品名称:{{thing2.DATA}}\n订单号:{{character_string1.DATA}}\n"
    ]
    assert sandbox.post(paths.DELETE_PRIVATE, token, {"template_id": added}).json()["errcode"] == 0
    assert sandbox.post(paths.DELETE_PRIVATE, token, {"template_id": added}).json()["errcode"] == 40037


@pytest.mark.parametrize(
    ("wrong", "errcode"),
    [
        ({"template_id_short": "TM1"}, 40247),
        ({"keyword_name_list": ["x"]}, 40246),
        ({"keyword_name_list": [[]]}, 40246),
        ({"keyword_name_list": []}, 40246),
    ],
)
def test_template_messages_must_fit_the_library(
    sandbox: SandboxClient, token: str, wrong: dict[str, object], errcode: int
) -> None:
    body = {"template_id_short": "1221", "keyword_name_list": ["订单号"], **wrong}
    assert sandbox.post(paths.ADD_PRIVATE, token, body).json()["errcode"] == errcode


def test_template_messages_are_not_for_mini_programs(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp"})
    answer = sandbox.post(paths.ADD_PRIVATE, sandbox.token("wx1"), {"template_id_short": "1221"})
    assert answer.json()["errcode"] == 48001
