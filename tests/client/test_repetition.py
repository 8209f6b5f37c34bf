"""When the client asks again, how long it waits, and when it must not."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest

from tests.client.gateway import Reply, Scripted, answering
from ums.client import ApiError, Client, NoAnswer
from ums.client.door import Repetition
from ums.domain.commands import Json

SENT = Reply(body={"code": 0, "msgid": "m1"})
BATCH = Reply(body={"code": 0, "message": "success", "data": {"success": ["a"], "fail": []}})
DROPPED = Reply(status=None)


def refused(status: int, code: int, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status=status, body={"code": code, "message": "Not now."}, headers=named)


def client_of(script: Scripted, pauses: list[float] | None = None, times: int = 4) -> Client:
    waited = pauses if pauses is not None else []
    repetition = Repetition(times=times, first=0.5, pause=waited.append)
    return Client(script.address, "key", "secret", timeout=10, repetition=repetition)


def send(client: Client) -> str:
    return client.sent(aud_userid=["zhangsan"], msg_app=[{"text": "Hello"}])["msgid"]


@pytest.mark.parametrize("trouble", [refused(503, 5030), refused(429, 1015030), refused(502, 0), DROPPED])
def test_a_send_is_repeated_under_the_same_key(trouble: Reply) -> None:
    with answering(trouble, trouble, SENT) as script, client_of(script) as client:
        assert send(client) == "m1"
    keys = {asked.headers["idempotency-key"] for asked in script.asked}
    assert (len(script.asked), len(keys)) == (3, 1)
    assert len({asked.body for asked in script.asked}) == 1


def test_two_sends_have_two_keys_unless_the_caller_chooses() -> None:
    with answering(SENT, SENT, SENT) as script, client_of(script) as client:
        send(client)
        send(client)
        client.sent(aud_userid=["a"], msg_app=[{"text": "x"}], idempotency_key="order-7")
    first, second, third = (asked.headers["idempotency-key"] for asked in script.asked)
    assert first != second
    assert third == "order-7"


def test_pauses_double_and_heed_what_the_gateway_asks_for() -> None:
    pauses: list[float] = []
    replies = (refused(503, 5030), refused(429, 1015030, Retry_After="7"), refused(503, 5030, Retry_After="9999"))
    with answering(*replies, SENT) as script, client_of(script, pauses) as client:
        send(client)
    assert pauses == [0.5, 7.0, 60.0]


def test_after_the_last_attempt_the_trouble_is_raised() -> None:
    with (
        answering(*[refused(503, 5030, Retry_After="2", X_Request_Id="r1")] * 2) as script,
        client_of(script, times=2) as client,
        pytest.raises(ApiError) as caught,
    ):
        send(client)
    error = caught.value
    assert (error.status, error.code, error.message) == (503, 5030, "Not now.")
    assert (error.retry_after, error.request_id) == (2, "r1")
    assert "5030" in str(error)


def test_a_send_without_an_answer_gives_back_its_key() -> None:
    with (
        answering(DROPPED, DROPPED) as script,
        client_of(script, times=2) as client,
        pytest.raises(NoAnswer) as caught,
    ):
        send(client)
    assert caught.value.idempotency_key == script.asked[0].headers["idempotency-key"]


def test_a_first_try_that_is_still_under_way_is_waited_for() -> None:
    with answering(refused(409, 4090, Retry_After="1"), SENT) as script, client_of(script) as client:
        assert send(client) == "m1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 500])
def test_what_waiting_does_not_mend_is_raised_at_once(status: int) -> None:
    with answering(refused(status, 4004)) as script, client_of(script) as client, pytest.raises(ApiError):
        send(client)
    assert len(script.asked) == 1


CALLS: dict[str, Callable[[Client], object]] = {
    "delete": lambda client: client.user_delete(["a"]),
    "retract": lambda client: client.retract("m1"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_may_have_been_done_already_is_not_done_twice(call: Callable[[Client], object]) -> None:
    for trouble in (DROPPED, refused(502, 0)):
        with (
            answering(trouble, BATCH) as script,
            client_of(script) as client,
            pytest.raises((NoAnswer, ApiError)),
        ):
            call(client)
        assert len(script.asked) == 1


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_the_gateway_has_not_done_is_asked_again(call: Callable[[Client], object]) -> None:
    with answering(refused(503, 5030), BATCH) as script, client_of(script) as client:
        call(client)
    assert len(script.asked) == 2


def test_uploads_and_reads_are_repeated_whatever_happened() -> None:
    user: Json = {"code": 0, "userid": "a", "properties": {}, "bindings": []}
    with answering(DROPPED, BATCH, DROPPED, Reply(body=user)) as script, client_of(script) as client:
        assert client.user_opt([{"userid": "a"}])["data"]["success"] == ["a"]
        assert client.user("a")["userid"] == "a"
    assert json.loads(script.asked[1].body) == [{"userid": "a"}]


def test_nobody_at_the_address_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    pauses: list[float] = []
    repetition = Repetition(times=3, first=0.5, pause=pauses.append)
    with (
        Client(f"http://127.0.0.1:{port}", "key", "secret", repetition=repetition) as client,
        pytest.raises(NoAnswer, match=f"127.0.0.1:{port}"),
    ):
        client.user("a")
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize("reply", [Reply(text="<html>"), Reply(body=[])])
def test_another_server_is_not_taken_for_a_gateway(reply: Reply) -> None:
    with (
        answering(reply) as script,
        client_of(script, times=1) as client,
        pytest.raises(NoAnswer, match="not as a gateway"),
    ):
        client.user("a")


def test_a_refusal_that_is_no_json_has_the_proxys_words() -> None:
    with (
        answering(Reply(status=413, text="<html>too large</html>")) as script,
        client_of(script) as client,
        pytest.raises(ApiError) as caught,
    ):
        send(client)
    assert (caught.value.status, caught.value.code) == (413, 413)
    assert caught.value.message.startswith("HTTP 413")


def test_what_stands_in_a_path_stays_one_part_of_it() -> None:
    with answering(refused(404, 4040)) as script, client_of(script) as client, pytest.raises(ApiError):
        client.user("a/b?c#d%")
    assert script.asked[0].path == "/v1/user/a%2Fb%3Fc%23d%25"
