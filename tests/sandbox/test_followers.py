"""Who follows an account: described one by one and by the hundred, listed page by page."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.followers import MOST_ASKED


def test_a_follower_is_described_and_others_are_not(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"known_users_only": True})
    users = [{"openid": "o1"}, {"openid": "o2", "following": False}]
    sandbox.control("PUT", "users", {"appid": "wx1", "users": users})
    token = sandbox.token("wx1")
    known = sandbox.read(paths.USER_INFO, token, openid="o1").json()
    assert (known["subscribe"], known["openid"]) == (1, "o1")
    assert "errcode" not in known
    assert sandbox.read(paths.USER_INFO, token, openid="o2").json() == {"subscribe": 0, "openid": "o2"}
    assert sandbox.read(paths.USER_INFO, token, openid="o3").json()["errcode"] == 40003
    assert sandbox.read(paths.USER_INFO, token).json()["errcode"] == 40003


def test_user_info_is_not_for_mini_programs(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatmp"})
    assert sandbox.read(paths.USER_INFO, sandbox.token("wx1"), openid="o1").json()["errcode"] == 48001


def known(sandbox: SandboxClient, *users: dict[str, Any], **settings: Any) -> str:
    """The token of an account that knows these people alone."""
    sandbox.control("PUT", "accounts/wx1", {"kind": "wechatoa", "known_users_only": True, **settings})
    sandbox.control("PUT", "users", {"appid": "wx1", "users": list(users)})
    return sandbox.token("wx1")


def infos(sandbox: SandboxClient, token: str, *openids: str) -> Any:
    asked = {"user_list": [{"openid": openid, "lang": "zh_CN"} for openid in openids]}
    return sandbox.post(paths.USER_INFOS, token, asked).json()


def test_a_follower_s_unionid_is_told_to_an_account_of_an_open_platform(sandbox: SandboxClient) -> None:
    people = ({"openid": "o1", "unionid": "u1"}, {"openid": "o2", "unionid": "u2", "following": False})
    token = known(sandbox, *people, {"openid": "o3"})
    assert "unionid" not in sandbox.read(paths.USER_INFO, token, openid="o1").json()
    sandbox.control("PUT", "accounts/wx1", {"open_platform": True})
    told = [sandbox.read(paths.USER_INFO, token, openid=openid).json() for openid in ("o1", "o2", "o3")]
    assert [one.get("unionid") for one in told] == ["u1", None, None]


def test_many_are_described_in_the_order_they_were_asked_for(sandbox: SandboxClient) -> None:
    people = [{"openid": f"o{number}", "unionid": f"u{number}"} for number in range(MOST_ASKED)]
    token = known(sandbox, *people, {"openid": "gone", "following": False}, open_platform="wxopen1")
    told = infos(sandbox, token, "o2", "gone", "o1")["user_info_list"]
    assert [(one["openid"], one["subscribe"], one.get("unionid")) for one in told] == [
        ("o2", 1, "u2"),
        ("gone", 0, None),
        ("o1", 1, "u1"),
    ]
    assert len(infos(sandbox, token, *(one["openid"] for one in people))["user_info_list"]) == MOST_ASKED
    assert infos(sandbox, token, *(one["openid"] for one in people), "gone")["errcode"] == 40032
    assert infos(sandbox, token)["errcode"] == 40032


def test_one_foreign_openid_fails_the_whole_call(sandbox: SandboxClient) -> None:
    token = known(sandbox, {"openid": "o1"})
    assert infos(sandbox, token, "o1", "oForeign")["errcode"] == 40003
    assert sandbox.post(paths.USER_INFOS, token, {"user_list": "o1"}).json()["errcode"] == 47001


def test_followers_are_listed_page_by_page_until_a_page_has_none(sandbox: SandboxClient) -> None:
    people = [{"openid": f"o{number}", "following": number != 2} for number in range(5)]
    token = known(sandbox, *people, followers_per_page=3)
    pages = [sandbox.read(paths.USER_LIST, token, next_openid=after).json() for after in ("", "o3", "o4")]
    assert pages == [
        {"total": 4, "count": 3, "data": {"openid": ["o0", "o1", "o3"]}, "next_openid": "o3"},
        {"total": 4, "count": 1, "data": {"openid": ["o4"]}, "next_openid": "o4"},
        {"total": 4, "count": 0, "next_openid": ""},
    ]
    assert sandbox.read(paths.USER_LIST, token, next_openid="oForeign").json()["errcode"] == 40003


def test_a_page_has_ten_thousand_followers(sandbox: SandboxClient) -> None:
    token = known(sandbox, *({"openid": f"o{number}"} for number in range(10_001)))
    first = sandbox.read(paths.USER_LIST, token).json()
    assert (first["total"], first["count"], first["next_openid"]) == (10_001, 10_000, "o9999")


@pytest.mark.parametrize("quota", [("daily_quota", 45009), ("minute_quota", 45011)])
def test_lists_and_descriptions_have_quotas(sandbox: SandboxClient, quota: tuple[str, int]) -> None:
    setting, errcode = quota
    token = known(sandbox, {"openid": "o1"}, **{setting: {paths.USER_LIST: 1, paths.USER_INFOS: 0}})
    assert "errcode" not in sandbox.read(paths.USER_LIST, token).json()
    assert sandbox.read(paths.USER_LIST, token).json()["errcode"] == errcode
    assert infos(sandbox, token, "o1")["errcode"] == errcode
