from __future__ import annotations

import pytest

from sandbox import paths
from sandbox.calls import RECORD_BYTES, Call, Calls, Wanted
from sandbox.client import SandboxClient
from tests.sandbox.letters import SUBSCRIBE, TEMPLATE, Way


def send(sandbox: SandboxClient, way: Way, openid: str, appid: str = "wx1") -> dict[str, object]:
    answer = sandbox.send(way.path, sandbox.token(appid), openid, way.template_id, way.values)
    parsed: dict[str, object] = answer.json()
    return parsed


def test_every_call_can_be_read_back_with_its_body_and_answer(sandbox: SandboxClient) -> None:
    answer = send(sandbox, SUBSCRIBE, "o1")
    read = sandbox.control("GET", "calls", path=SUBSCRIBE.path).json()
    assert (read["total"], read["forgotten"]) == (1, 0)
    call = read["calls"][0]
    assert set(call) >= {"at", "appid", "path", "body", "answer", "http_status"}
    assert call["body"]["touser"] == "o1"
    assert call["answer"] == answer
    assert (call["appid"], call["path"], call["openid"]) == ("wx1", SUBSCRIBE.path, "o1")
    assert (call["errcode"], call["http_status"], call["behaviour"]) == (0, 200, None)


def test_secrets_are_hidden_when_calls_are_read_back(sandbox: SandboxClient) -> None:
    sandbox.token("wx1", "s3cret")
    read = sandbox.control("GET", "calls")
    assert "s3cret" not in read.text
    assert read.json()["calls"][0]["body"]["secret"] == "***"


def test_a_body_that_is_no_json_is_shown_as_text_and_an_empty_one_as_null(sandbox: SandboxClient) -> None:
    token = sandbox.token("wx1")
    for body in (b"{\xff", b""):
        sandbox.post_raw(SUBSCRIBE.path, body, token)
    read = sandbox.control("GET", "calls", path=SUBSCRIBE.path).json()
    assert [call["body"] for call in read["calls"]] == ["{\ufffd", None]


def test_refused_calls_are_kept_with_their_openid(sandbox: SandboxClient) -> None:
    sandbox.send(SUBSCRIBE.path, "x" * 140, "o1", SUBSCRIBE.template_id, SUBSCRIBE.values)
    call = sandbox.control("GET", "calls", openid="o1").json()["calls"][0]
    assert (call["errcode"], call["appid"]) == (40001, "")


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"path": TEMPLATE.path}, 2),
        ({"openid": "o1"}, 3),
        ({"openid": "o1", "path": SUBSCRIBE.path}, 1),
        ({"appid": "wx1", "path": SUBSCRIBE.path}, 1),
        ({"appid": "wx2", "path": SUBSCRIBE.path}, 1),
        ({"appid": "wx2", "path": TEMPLATE.path}, 0),
        ({"errcode": "0", "openid": "o2"}, 1),
        ({"errcode": "-1"}, 0),
        ({"since": "9999999999"}, 0),
        ({"since": "1", "openid": "o1"}, 3),
    ],
)
def test_calls_are_found_by_path_openid_appid_errcode_and_time(
    sandbox: SandboxClient, query: dict[str, str], number: int
) -> None:
    for appid, way, openid in (
        ("wx1", TEMPLATE, "o1"),
        ("wx1", TEMPLATE, "o1"),
        ("wx1", SUBSCRIBE, "o2"),
        ("wx2", SUBSCRIBE, "o1"),
    ):
        send(sandbox, way, openid, appid)
    assert sandbox.control("GET", "calls", **query).json()["total"] == number
    assert sandbox.control("GET", "calls/count", **query).json()["count"] == number


def test_calls_are_counted_by_group(sandbox: SandboxClient) -> None:
    for openid in ("o1", "o1", "o2"):
        send(sandbox, TEMPLATE, openid)
    counted = sandbox.control("GET", "calls/count", path=TEMPLATE.path, group="openid").json()
    assert counted == {"count": 3, "groups": {"o1": 2, "o2": 1}, "forgotten": 0}
    by_path = sandbox.control("GET", "calls/count", group="path").json()["groups"]
    assert by_path == {TEMPLATE.path: 3, paths.STABLE: 3}
    assert sandbox.control("GET", "calls/count", group="errcode").json()["groups"] == {"0": 6}
    assert sandbox.control("GET", "calls/count", group="appid").json()["groups"] == {"wx1": 6}


def test_calls_come_in_pages_oldest_first(sandbox: SandboxClient) -> None:
    for openid in ("o1", "o2", "o3"):
        send(sandbox, TEMPLATE, openid)
    page = sandbox.control("GET", "calls", path=TEMPLATE.path, limit=1, offset=1).json()
    assert [call["openid"] for call in page["calls"]] == ["o2"]
    assert page["total"] == 3


def test_calls_can_be_forgotten(sandbox: SandboxClient) -> None:
    sandbox.token("wx1")
    assert sandbox.control("DELETE", "calls").json() == {"removed": 1}
    assert sandbox.control("GET", "calls/count").json()["count"] == 0


def call(number: int, size: int = 1) -> Call:
    return Call(float(number), "wx1", "/p", f"o{number}", 0, 200, "", b"x" * size, b"", "127.0.0.1")


def test_only_the_last_calls_are_kept_and_the_rest_counted() -> None:
    calls = Calls(keep=2)
    for number in range(5):
        calls.add(call(number))
    assert [kept.openid for kept in calls.select(Wanted())] == ["o3", "o4"]
    assert calls.forgotten == 3


def test_large_bodies_are_forgotten_sooner() -> None:
    calls = Calls(keep=1000, keep_bytes=3 * RECORD_BYTES)
    for number in range(5):
        calls.add(call(number, size=RECORD_BYTES // 3))
    assert len(calls.kept) == 2
    assert calls.kept_bytes == sum(kept.weight for kept in calls.kept)
