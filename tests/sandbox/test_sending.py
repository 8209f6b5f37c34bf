from __future__ import annotations

import json

import pytest
import requests

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.quotas import Usage
from sandbox.repeats import Repeats
from tests.sandbox.letters import NOTICE, SUBSCRIBE, TEMPLATE, WAYS, Way

EVERY_WAY = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.path.rsplit("/", 1)[1])
CREDITED = pytest.mark.parametrize("way", [NOTICE, SUBSCRIBE], ids=["bizsend", "send"])


def send(sandbox: SandboxClient, way: Way, openid: str = "o1", **more: object) -> requests.Response:
    return sandbox.send(way.path, sandbox.token("wx1"), openid, way.template_id, way.values, **more)


def errcode_of(sandbox: SandboxClient, way: Way, openid: str = "o1", **more: object) -> int:
    return int(send(sandbox, way, openid, **more).json()["errcode"])


def put_user(sandbox: SandboxClient, **user: object) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    sandbox.control("PUT", "users", {"appid": "wx1", "users": [{"openid": "o1", **user}]})


@EVERY_WAY
def test_while_nothing_is_configured_every_openid_has_unlimited_credit(sandbox: SandboxClient, way: Way) -> None:
    for _ in range(3):
        answer = send(sandbox, way, "o-whoever")
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.json().items() >= {"errcode": 0, "errmsg": "ok"}.items()


@EVERY_WAY
def test_msgids_are_int64_beyond_2_to_the_53rd_and_unique(sandbox: SandboxClient, way: Way) -> None:
    msgids = [send(sandbox, way).json()["msgid"] for _ in range(3)]
    assert len(set(msgids)) == 3
    assert all(2**53 < msgid < 2**63 for msgid in msgids)


@EVERY_WAY
def test_a_template_that_is_not_in_the_list_is_40037(sandbox: SandboxClient, way: Way) -> None:
    answer = sandbox.send(way.path, sandbox.token("wx1"), "o1", "no-such-template", way.values)
    assert (answer.status_code, answer.json()["errcode"]) == (200, 40037)


@EVERY_WAY
@pytest.mark.parametrize(
    ("body", "errcode"), [(b"", 44002), (b"{", 47001), (b"[]", 47001), (b"\xff\xfe", 47001), (b"{}", 40003)]
)
def test_a_body_that_is_no_message_is_refused(sandbox: SandboxClient, way: Way, body: bytes, errcode: int) -> None:
    assert sandbox.post_raw(way.path, body, sandbox.token("wx1")).json()["errcode"] == errcode


@EVERY_WAY
def test_a_get_is_43002(sandbox: SandboxClient, way: Way) -> None:
    assert sandbox.read(way.path, sandbox.token("wx1")).json()["errcode"] == 43002


@EVERY_WAY
def test_values_that_do_not_fit_the_template_are_47003_and_cost_nothing(sandbox: SandboxClient, way: Way) -> None:
    put_user(sandbox, credits=1)
    key = next(iter(way.values))
    token = sandbox.token("wx1")
    for wrong in (way.values | {key: ""}, way.values | {key: "two\nlines"}, {}):
        answer = sandbox.send(way.path, token, "o1", way.template_id, wrong).json()
        assert answer["errcode"] == 47003
        assert answer["errmsg"].startswith(f"argument invalid! data.{key}.value ")
    assert errcode_of(sandbox, way) == 0


@EVERY_WAY
def test_data_must_be_an_object(sandbox: SandboxClient, way: Way) -> None:
    document = {"touser": "o1", "template_id": way.template_id, "data": json.dumps(way.values)}
    assert sandbox.post(way.path, sandbox.token("wx1"), document).json()["errcode"] == 47003


@EVERY_WAY
def test_an_unknown_openid_is_40003_where_only_listed_users_are_known(sandbox: SandboxClient, way: Way) -> None:
    sandbox.control("PUT", "accounts/wx1", {"known_users_only": True})
    assert errcode_of(sandbox, way) == 40003


@EVERY_WAY
def test_an_openid_listed_for_another_account_is_40003(sandbox: SandboxClient, way: Way) -> None:
    sandbox.control("PUT", "accounts/wx1", {})
    sandbox.control("PUT", "accounts/wx2", {})
    sandbox.control("PUT", "users", {"appid": "wx2", "users": [{"openid": "o1"}]})
    assert errcode_of(sandbox, way) == 40003


def test_a_template_message_to_somebody_who_does_not_follow_is_43004(sandbox: SandboxClient) -> None:
    put_user(sandbox, following=False)
    assert errcode_of(sandbox, TEMPLATE) == 43004


@CREDITED
def test_subscription_messages_need_no_follower(sandbox: SandboxClient, way: Way) -> None:
    put_user(sandbox, following=False)
    assert errcode_of(sandbox, way) == 0


@CREDITED
def test_one_accepted_message_costs_one_credit_then_43101(sandbox: SandboxClient, way: Way) -> None:
    put_user(sandbox, credits=2)
    assert [errcode_of(sandbox, way) for _ in range(4)] == [0, 0, 43101, 43101]


@CREDITED
def test_credits_are_kept_by_template(sandbox: SandboxClient, way: Way) -> None:
    put_user(sandbox, credits={way.template_id: 1})
    other = "sandbox_mp_appointment_00000000000000000002"
    values = {"thing1": "体检", "date2": "2026年1月1日", "number3": "2"}
    assert sandbox.send(way.path, sandbox.token("wx1"), "o1", other, values).json()["errcode"] == 43101
    assert [errcode_of(sandbox, way) for _ in range(2)] == [0, 43101]


@EVERY_WAY
@pytest.mark.parametrize("whole", [True, False])
def test_a_template_the_user_switched_off_is_43101(sandbox: SandboxClient, way: Way, whole: bool) -> None:
    put_user(sandbox, switched_off=True if whole else [way.template_id])
    assert errcode_of(sandbox, way) == 43101


def test_credits_do_not_matter_to_template_messages(sandbox: SandboxClient) -> None:
    put_user(sandbox, credits=0)
    assert errcode_of(sandbox, TEMPLATE) == 0


def received(sandbox: SandboxClient) -> int:
    return int(sandbox.control("GET", "users", appid="wx1", openid="o1").json()["received"])


def test_a_repeated_client_msg_id_is_not_delivered_a_second_time(sandbox: SandboxClient) -> None:
    first = send(sandbox, TEMPLATE, client_msg_id="m1").json()
    again = send(sandbox, TEMPLATE, client_msg_id="m1").json()
    assert again == first
    assert received(sandbox) == 1


def test_another_client_msg_id_or_none_is_delivered(sandbox: SandboxClient) -> None:
    for more in ({"client_msg_id": "m1"}, {"client_msg_id": "m2"}, {}, {}):
        assert errcode_of(sandbox, TEMPLATE, **more) == 0
    assert errcode_of(sandbox, TEMPLATE, "o2", client_msg_id="m1") == 0
    assert received(sandbox) == 4


@CREDITED
def test_subscription_messages_know_no_client_msg_id(sandbox: SandboxClient, way: Way) -> None:
    for _ in range(2):
        send(sandbox, way, client_msg_id="m1")
    assert received(sandbox) == 2


def test_a_client_msg_id_counts_for_ten_minutes() -> None:
    repeats = Repeats()
    repeats.remember("o1", "m1", 7, 1000.0)
    assert repeats.msgid_of("o1", "m1", 1599.0) == 7
    assert repeats.msgid_of("o1", "m1", 1600.0) is None
    repeats.remember("o1", "m2", 8, 1700.0)
    assert list(repeats.seen) == [("o1", "m2")]


@pytest.mark.parametrize(
    ("kind", "way", "errcode"),
    [
        ("wechatmp", TEMPLATE, 48001),
        ("wechatmp", NOTICE, 48001),
        ("wechatmp", SUBSCRIBE, 0),
        ("wechatoa", TEMPLATE, 0),
        ("wechatoa", NOTICE, 0),
        ("wechatoa", SUBSCRIBE, 48001),
    ],
)
def test_a_kind_of_account_has_only_its_own_ways_to_send(
    sandbox: SandboxClient, kind: str, way: Way, errcode: int
) -> None:
    sandbox.control("PUT", "accounts/wx1", {"kind": kind})
    assert errcode_of(sandbox, way) == errcode


@EVERY_WAY
def test_a_denied_path_is_48001(sandbox: SandboxClient, way: Way) -> None:
    sandbox.control("PUT", "accounts/wx1", {"denied_paths": [way.path]})
    assert errcode_of(sandbox, way) == 48001


@EVERY_WAY
@pytest.mark.parametrize(("quota", "errcode"), [("daily_quota", 45009), ("minute_quota", 45011)])
@pytest.mark.parametrize("by_path", [True, False])
def test_a_quota_that_is_used_up_refuses(
    sandbox: SandboxClient, way: Way, quota: str, errcode: int, by_path: bool
) -> None:
    sandbox.control("PUT", "accounts/wx1", {quota: {way.path: 2} if by_path else 2})
    assert [errcode_of(sandbox, way) for _ in range(3)] == [0, 0, errcode]
    sandbox.control("PUT", "accounts/wx1", {quota: None})
    assert errcode_of(sandbox, way) == 0


def test_the_day_turns_at_midnight_in_shanghai_and_the_minute_each_minute() -> None:
    usage, midnight = Usage(), 20_000 * 86400 - 8 * 3600
    usage.count("/p", midnight - 61, {}, {})
    usage.count("/p", midnight - 1, {}, {})
    before = usage.turned("/p", midnight - 1)
    assert (before.today, before.this_minute) == (2, 1)
    after = usage.turned("/p", midnight)
    assert (after.today, after.this_minute) == (0, 0)


def test_own_templates_take_the_place_of_the_built_in_ones(sandbox: SandboxClient) -> None:
    own = {"template_id": "T1", "title": "t", "content": "{{first.DATA}}\n名:{{name1.DATA}}\n{{remark.DATA}}"}
    sandbox.control("PUT", "accounts/wx1", {"templates": [own]})
    token = sandbox.token("wx1")
    assert sandbox.read(paths.PRIVATE_TEMPLATES, token).json() == {"template_list": [own]}
    assert sandbox.send(paths.TEMPLATE_SEND, token, "o1", "T1", {"name1": "张三"}).json()["errcode"] == 0
    assert sandbox.send(paths.TEMPLATE_SEND, token, "o1", "T1", {}).json()["errcode"] == 47003
    assert errcode_of(sandbox, TEMPLATE) == 40037
