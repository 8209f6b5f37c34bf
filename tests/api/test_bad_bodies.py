"""Bodies that nobody should send, on every operation that takes JSON: a clear refusal, and nothing is done."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.api.operations import Operation, call, operations
from tests.api.site import Site, told
from ums.domain.commands import Json

LISTS = {"POST /v1/user/opt", "POST /v1/user/delete", "POST /v1/sent/batch"}
"""Bodies of which each item is judged by itself, so that a bad one is a failure among successes."""

UNREADABLE = {
    "empty": (b"", "The body is empty"),
    "blank": (b" \n", "The body is empty"),
    "broken off": (b'{"a": ', "line 1"),
    "NaN": (b'{"a": NaN}', "NaN is no JSON value"),
    "infinity": (b'{"a": -Infinity}', "-Infinity is no JSON value"),
    "a member twice": (b'{"a": 1, "a": 1}', "the member a stands twice"),
    "a member twice, deep": (b'[{"b": [{"a": 1, "a": 2}]}]', "the member 0.b.0.a stands twice"),
    "deep": (b"[" * 100_000, "nested more than 64 deep"),
    "not UTF-8": (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
    "zeros": (b"\x00" * 1000, "line 1"),
}
UNSTORABLE = {
    "half of a pair": b'"\\ud800"',
    "the other half": b'"a\\udfffb"',
    "NUL": b'"a\\u0000b"',
    "huge": b"9" * 5000,
    "beyond 64 bits": b"9223372036854775808",
    "beyond all bounds": b"1e999",
}
MUST_HAVE = {"required", "items"}
"""What the schema of a body has that can't be empty."""
SCALARS: list[Json] = [None, True, 0, -1, 1.5, "", "text", [], {}]


def taking_json(site: Site) -> Iterator[Operation]:
    return (operation for operation in operations(site) if operation.media == "application/json")


@pytest.mark.parametrize(("body", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_json_is_400_and_says_where(shared_site: Site, body: bytes, said: str) -> None:
    for operation in taking_json(shared_site):
        if not body and not operation.needs_body:
            continue
        status, code, message = told(call(shared_site, operation, body=body))
        assert (status, code) == (400, 4004), operation.name
        assert said in message, operation.name


@pytest.mark.parametrize("value", UNSTORABLE.values(), ids=UNSTORABLE)
def test_a_value_that_cannot_be_kept_is_400_wherever_it_stands(shared_site: Site, value: bytes) -> None:
    for operation in taking_json(shared_site):
        if operation.name in LISTS:
            continue
        good = json.dumps(operation.body()).encode()
        assert good.startswith(b"{"), operation.name
        for body in (b'{"a": ' + value + b"}", good[:-1] + b', "zz": ' + value + b"}", b"[" + value + b"]", value):
            assert told(call(shared_site, operation, body=body))[:2] == (400, 4004), (operation.name, body[:80])


@pytest.mark.parametrize("value", UNSTORABLE.values(), ids=UNSTORABLE)
def test_in_a_list_it_spoils_its_own_item_alone(shared_site: Site, value: bytes) -> None:
    body = b'[{"userid": "beside"}, {"userid": ' + value + b"}, " + value + b"]"
    operation = next(each for each in operations(shared_site) if each.name == "POST /v1/user/opt")
    answer = call(shared_site, operation, body=body).get_json()
    assert answer["data"]["success"] == ["beside"]
    assert [failure["errcode"] for failure in answer["data"]["fail"]] == ["4004", "4004"]


def test_ten_megabytes_are_413(shared_site: Site) -> None:
    body = b'{"a": "' + b"x" * 10_000_000 + b'"}'
    for operation in taking_json(shared_site):
        assert told(call(shared_site, operation, body=body))[:2] == (413, 4130), operation.name


@pytest.mark.parametrize("value", SCALARS, ids=json.dumps)
def test_another_kind_of_value_than_the_body_is_refused(shared_site: Site, value: Json) -> None:
    for operation in taking_json(shared_site):
        if value == {} and not MUST_HAVE & operation.body_schema(shared_site).keys():
            continue
        status, code, _ = told(call(shared_site, operation, body=json.dumps(value).encode()))
        assert (status, code) == (400, 4004), operation.name


ASKING = {
    "POST /v1/admin/channels/{code}/templates",
    "POST /v1/admin/channels/{code}/quotas/clear",
    "POST /v1/bind/qr",
    "POST /v1/bind/{type}/{code}/login",
    "POST /v1/bind/{type}/{code}/decrypt",
}
"""What asks the provider, which this site doesn't reach."""


@pytest.mark.parametrize("value", [*SCALARS, {"a": [None]}], ids=json.dumps)
def test_no_member_may_be_of_any_kind(shared_site: Site, value: Json) -> None:
    """Each member of a good body in turn: taken, or refused by name; never a fault of ours."""
    for operation in taking_json(shared_site):
        good = operation.body()
        for name in good if isinstance(good, dict) else ():
            assert isinstance(good, dict)
            answer = call(
                shared_site, operation, body=json.dumps({**operation_body(operation), name: value}).encode()
            )
            asks = {503} if operation.name in ASKING else set()
            assert answer.status_code in {200, 400, 403, 404, 409} | asks, (operation.name, name, answer.get_json())


def operation_body(operation: Operation) -> dict[str, Json]:
    body = operation.body()
    assert isinstance(body, dict)
    return body


SPECIAL = [
    "';DROP-TABLE-users;--",
    "%",
    "_",
    "a%",
    '"',
    "\\",
    "`x`",
    "$1",
    ":x",
    "?",
    "${x}",
    "{{7*7}}",
    "<b>",
    "😀",
]


@pytest.mark.parametrize("userid", SPECIAL)
def test_what_is_special_to_others_is_plain_data_in_a_userid(site: Site, userid: str) -> None:
    address: Json = {"userid": userid, "set": {"app": {"app1": ["fake-special"]}}}
    assert site.post("/v1/user/opt", [address]).get_json()["data"]["success"] == [userid]
    assert [user["userid"] for user in site.get("/v1/user").get_json()["users"]] == sorted(
        [userid, "lisi", "zhangsan"]
    )
    sent = site.send({"aud_userid": [userid]}).get_json()
    (delivery,) = site.get(f"/v1/message/{sent['msgid']}/deliveries").get_json()["deliveries"]
    assert (delivery["userid"], delivery["status"]) == (userid, "queued")
    assert site.post("/v1/user/delete", [userid], auth=site.staff).get_json()["data"]["success"] == [userid]
    assert site.get("/v1/user/zhangsan").status_code == 200


@pytest.mark.parametrize("tag", ["_", "*", "=", "|", "$1", "a.b", "a_b", "￥", "@@", "#1", "!"])
def test_what_is_special_to_others_is_plain_data_in_a_tag(site: Site, tag: str) -> None:
    users: Json = [
        {"userid": "tagged", "set": {"tag": {"all": [tag]}}},
        {"userid": "b", "set": {"tag": {"all": ["aXb"]}}},
    ]
    assert site.post("/v1/user/opt", users).get_json()["data"]["fail"] == []
    found = site.http.get("/v1/user", query_string={"tag": tag}, auth=site.shop).get_json()
    assert [user["userid"] for user in found["users"]] == ["tagged"]
    assert found["users"][0]["properties"] == {"tag": {"all": [tag]}}


@pytest.mark.parametrize("query", ["tag=%27%20OR%201%3D1%20--", "tag=%25", "cursor=%27%3B--", "limit=1%20OR%201"])
def test_a_query_that_speaks_sql_gets_nothing(shared_site: Site, query: str) -> None:
    answer = shared_site.get(f"/v1/user?{query}")
    assert told(answer)[:2] == (400, 4004) if answer.status_code != 200 else answer.get_json()["users"] == []
