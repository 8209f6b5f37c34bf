"""Uploading users in every documented shape, removing them, looking at them."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json


def bindings(site: Site, userid: str) -> list[tuple[str, str, str]]:
    answer = site.get(f"/v1/user/{userid}", auth=site.staff)
    assert answer.status_code == 200
    return [(item["property"], item["bind_id"], item["value"]) for item in answer.get_json()["bindings"]]


def failures(answer: Json) -> dict[str, str]:
    assert isinstance(answer, dict)
    data = answer["data"]
    assert isinstance(data, dict)
    fail = data["fail"]
    assert isinstance(fail, list)
    return {str(item["userid"]): str(item["errcode"]) for item in fail if isinstance(item, dict)}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"set": {"app": {"app1": ["fake-1"]}}}, ("app", "app1", "fake-1")),
        ({"set": {"app1": "fake-1"}}, ("app", "app1", "fake-1")),
        ({"app": {"app1": ["fake-1"]}}, ("app", "app1", "fake-1")),
        ({"email": {"all": "fake-1"}}, ("email", "all", "fake-1")),
        ({"add": {"tag": {"all": ["vip"]}}}, ("tag", "all", "vip")),
        ({"set": {"app_regid": "fake-1"}}, ("app", "app1", "fake-1")),
    ],
)
def test_every_documented_shape_is_taken(site: Site, item: dict[str, Json], expected: tuple[str, str, str]) -> None:
    answer = site.post("/v1/user/opt", [{"userid": "wangwu", **item}])
    assert answer.get_json() == {
        "code": 0,
        "message": "success",
        "data": {"success": ["wangwu"], "fail": []},
    }
    assert bindings(site, "wangwu") == [expected]


def test_one_bad_user_of_a_thousand_spoils_nobody(shared_site: Site) -> None:
    batch: list[Json] = [{"userid": f"u-{index}", "app1": f"fake-{index}"} for index in range(999)]
    batch.insert(500, {"userid": "bad", "app1": "not an address"})
    answer = shared_site.post("/v1/user/opt", batch)
    assert answer.status_code == 200
    assert len(answer.get_json()["data"]["success"]) == 999
    assert failures(answer.get_json()) == {"bad": "4004"}
    assert bindings(shared_site, "u-998") == [("app", "app1", "fake-998")]


def test_a_bad_value_is_its_users_fault_alone(site: Site) -> None:
    body = rb"""[{"userid": "good", "app1": "fake-1"}, {"userid": "nul", "app1": "fake-\u0000"},
        {"userid": "half", "app1": "\ud800"}, {"userid": "huge", "app1": 123456789012345678901234567890},
        {"userid": "\ud800"}, {"userid": "list", "app1": ["a", {"b": null}]}, 7, null]"""
    answer = site.http.post("/v1/user/opt", data=body, headers={"Content-Type": "application/json"}, auth=site.shop)
    assert answer.get_json()["data"]["success"] == ["good"]
    assert len(answer.get_json()["data"]["fail"]) == 7
    assert {"nul", "half", "huge", "list"} <= failures(answer.get_json()).keys()


def test_a_foreign_channel_is_refused_user_by_user(site: Site) -> None:
    answer = site.post("/v1/user/opt", [{"userid": "a", "app2": "fake-1"}, {"userid": "b", "app1": "fake-2"}])
    assert answer.get_json()["data"]["success"] == ["b"]
    assert "a" in failures(answer.get_json())


@pytest.mark.parametrize("path", ["/v1/user/opt", "/v1/user/delete"])
@pytest.mark.parametrize("body", [{}, {"userid": "a"}, "a", 1, None, True, [], [{"userid": "a"}] * 1001])
def test_a_body_that_is_no_list_of_1_to_1000_is_400(shared_site: Site, path: str, body: Json) -> None:
    answer = shared_site.post(path, body, auth=shared_site.staff)
    assert told(answer)[:2] == (400, 4004)


def test_users_are_removed_with_all_their_bindings(site: Site) -> None:
    answer = site.post("/v1/user/delete", ["zhangsan", "nobody", "b c"], auth=site.staff)
    assert answer.get_json()["data"]["success"] == ["zhangsan"]
    assert failures(answer.get_json()) == {"nobody": "4040", "b c": "4004"}
    assert told(site.get("/v1/user/zhangsan"))[:2] == (404, 4040)


def test_a_user_is_shown_in_the_shape_of_an_upload(site: Site) -> None:
    answer = site.get("/v1/user/zhangsan").get_json()
    assert answer == {
        "code": 0,
        "userid": "zhangsan",
        "properties": {"app": {"app1": ["fake-zhangsan"]}, "tag": {"all": ["vip"]}},
        "bindings": [
            {"property": "app", "bind_id": "app1", "value": "fake-zhangsan", "state": "active", "cause": ""},
            {"property": "tag", "bind_id": "all", "value": "vip", "state": "active", "cause": ""},
        ],
    }
    again = site.post("/v1/user/opt", [{"userid": "zhangsan", "set": answer["properties"]}])
    assert again.get_json()["data"]["success"] == ["zhangsan"]
    assert site.get("/v1/user/zhangsan").get_json() == answer


def test_an_application_sees_of_a_user_only_what_is_its_own(site: Site) -> None:
    assert site.get("/v1/user/zhangsan", auth=site.bank).get_json()["properties"] == {"tag": {"all": ["vip"]}}
    site.post("/v1/user/opt", [{"userid": "secret", "app1": "fake-secret"}])
    assert told(site.get("/v1/user/secret", auth=site.bank))[:2] == (404, 4040)
    assert site.get("/v1/user/secret", auth=site.staff).status_code == 200


def test_a_userid_may_hold_what_a_url_must_escape(site: Site) -> None:
    site.post("/v1/user/opt", [{"userid": "张三?#%&+", "app1": "fake-1"}])
    answer = site.get("/v1/user/%E5%BC%A0%E4%B8%89%3F%23%25%26+")
    assert answer.get_json()["userid"] == "张三?#%&+"


def test_users_are_listed_in_pages(site: Site) -> None:
    site.post("/v1/user/opt", [{"userid": f"u{index}", "tag": {"all": ["even"]}} for index in range(5)])
    seen: list[str] = []
    cursor = ""
    while True:
        answer = site.get(f"/v1/user?tag=even&limit=2{cursor}").get_json()
        seen += [user["userid"] for user in answer["users"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == ["u0", "u1", "u2", "u3", "u4"]


@pytest.mark.parametrize(
    ("query", "path"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("limit=-1", "limit"), ("limit=1001", "limit"),
     ("limit=1&limit=2", "limit"), ("cursor=!", "cursor"), ("tga=vip", "tga"), ("tag=%20", "tag")],
)  # fmt: skip
def test_a_wrong_parameter_is_named(shared_site: Site, query: str, path: str) -> None:
    answer = shared_site.get(f"/v1/user?{query}")
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]
