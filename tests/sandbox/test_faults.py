from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import Future

import aiohttp
import pytest
import requests

from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.exchange import Asked
from sandbox.faults import Fault, draw
from sandbox.inprocess import running
from tests.sandbox.callback import Callback
from tests.sandbox.letters import NOTICE, SUBSCRIBE, TEMPLATE, Way

CUT_OFF = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def send(sandbox: SandboxClient, way: Way = SUBSCRIBE, openid: str = "o1") -> requests.Response:
    return sandbox.send(way.path, sandbox.token("wx1"), openid, way.template_id, way.values)


def break_sends(sandbox: SandboxClient, **fault: object) -> dict[str, object]:
    added: dict[str, object] = sandbox.control("POST", "faults", {"path": SUBSCRIBE.path, **fault}).json()
    return added


def received(sandbox: SandboxClient) -> int:
    return int(sandbox.control("GET", "users", appid="wx1", openid="o1").json()["received"])


def calls(sandbox: SandboxClient) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = sandbox.control("GET", "calls", path=SUBSCRIBE.path).json()["calls"]
    return listed


@pytest.mark.parametrize("errcode", [-1, 45009, 45011, 40249, 43116, 43117, 12345])
def test_an_errcode_on_demand_comes_with_200_and_is_not_a_delivery(sandbox: SandboxClient, errcode: int) -> None:
    break_sends(sandbox, errcode=errcode)
    answer = send(sandbox)
    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)
    assert " rid: " in answer.json()["errmsg"]
    assert received(sandbox) == 0
    assert calls(sandbox)[0]["errcode"] == errcode


def test_a_fault_can_bring_its_own_words_and_status(sandbox: SandboxClient) -> None:
    break_sends(sandbox, errcode=-1, errmsg="busy", http_status=503)
    answer = send(sandbox)
    assert answer.status_code == 503
    assert answer.json()["errmsg"].startswith("busy rid: ")


def test_a_status_alone_is_a_web_page(sandbox: SandboxClient) -> None:
    break_sends(sandbox, http_status=502)
    answer = send(sandbox)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(("behaviour", "begins"), [("html", b"<html>"), ("empty", b"")])
def test_answers_that_are_no_json(sandbox: SandboxClient, behaviour: str, begins: bytes) -> None:
    break_sends(sandbox, behaviour=behaviour)
    answer = send(sandbox)
    assert answer.status_code == 200
    assert answer.content[:6] == begins
    assert received(sandbox) == 0


def test_an_unreadable_answer_may_hide_a_message_that_was_taken(sandbox: SandboxClient) -> None:
    break_sends(sandbox, behaviour="html", accepted=True)
    assert send(sandbox).content.startswith(b"<html>")
    assert received(sandbox) == 1


@pytest.mark.parametrize(("behaviour", "taken"), [("reset_before_answer", 0), ("reset_after_accept", 1)])
def test_a_reset_connection_leaves_no_answer(sandbox: SandboxClient, behaviour: str, taken: int) -> None:
    sandbox.token("wx1")
    break_sends(sandbox, behaviour=behaviour)
    with pytest.raises(CUT_OFF):
        send(sandbox)
    assert received(sandbox) == taken
    assert [call["behaviour"] for call in calls(sandbox)] == [behaviour]


def test_cut_json_ends_in_the_middle_after_the_message_was_taken(sandbox: SandboxClient) -> None:
    break_sends(sandbox, behaviour="cut_json")
    with pytest.raises(CUT_OFF):
        send(sandbox)
    assert received(sandbox) == 1


def test_a_slow_body_arrives_in_the_end(sandbox: SandboxClient) -> None:
    break_sends(sandbox, behaviour="slow_body", seconds=0.05)
    assert send(sandbox).json()["errcode"] == 0


def test_a_hanging_call_says_nothing_and_takes_nothing(sandbox: SandboxClient) -> None:
    break_sends(sandbox, behaviour="hang", seconds=0.05)
    with pytest.raises(CUT_OFF):
        send(sandbox)
    assert received(sandbox) == 0


def test_dirty_text_is_json_only_to_the_forgiving(sandbox: SandboxClient) -> None:
    break_sends(sandbox, behaviour="dirty_text")
    body = send(sandbox).content
    with pytest.raises(UnicodeDecodeError):
        json.loads(body)
    forgiving = json.loads(body.decode("utf-8", "ignore"), strict=False)
    assert forgiving["errcode"] == 0


def test_a_receipt_can_come_before_the_answer(sandbox: SandboxClient, callback: Callback) -> None:
    sandbox.control("PUT", "accounts/wx1", {"callback": callback.url})
    break_sends(sandbox, behaviour="push_before_answer")
    msgid = send(sandbox).json()["msgid"]
    assert len(callback.received) == 1
    assert str(msgid).encode() in callback.received[0].body


def test_a_receipt_can_come_twice_or_never(sandbox: SandboxClient, callback: Callback) -> None:
    sandbox.control("PUT", "accounts/wx1", {"callback": callback.url})
    break_sends(sandbox, behaviour="no_push", times=1)
    break_sends(sandbox, behaviour="push_twice", times=1)
    unheard, heard = send(sandbox).json()["msgid"], send(sandbox).json()["msgid"]
    first, second = callback.wait_for(2)
    assert first.body == second.body
    assert str(heard).encode() in first.body
    assert str(unheard).encode() not in first.body


def test_a_fault_strikes_as_often_as_it_should(sandbox: SandboxClient) -> None:
    break_sends(sandbox, errcode=-1, times=2)
    assert [send(sandbox).json()["errcode"] for _ in range(4)] == [-1, -1, 0, 0]
    fault = sandbox.control("GET", "faults").json()["faults"][0]
    assert (fault["struck"], fault["times"]) == (2, 2)


@pytest.mark.parametrize(
    ("aim", "struck"),
    [
        ({"path": paths.SUBSCRIBE_SEND}, True),
        ({"path": paths.BIZSEND}, False),
        ({"openid": "o1"}, True),
        ({"openid": "o2"}, False),
        ({"appid": "wx1", "path": paths.SUBSCRIBE_SEND}, True),
        ({"appid": "wx2"}, False),
    ],
)
def test_a_fault_strikes_only_what_it_is_aimed_at(
    sandbox: SandboxClient, aim: dict[str, str], struck: bool
) -> None:
    token = sandbox.token("wx1")
    sandbox.control("POST", "faults", {"errcode": -1, **aim})
    answer = sandbox.send(SUBSCRIBE.path, token, "o1", SUBSCRIBE.template_id, SUBSCRIBE.values)
    assert answer.json()["errcode"] == (-1 if struck else 0)


def test_the_token_call_can_be_struck_too(sandbox: SandboxClient) -> None:
    sandbox.control("POST", "faults", {"path": paths.STABLE, "appid": "wx1", "errcode": 40243})
    assert sandbox.stable_token("wx1").json()["errcode"] == 40243
    assert "access_token" in sandbox.stable_token("wx2").json()


def test_the_first_fault_that_strikes_wins(sandbox: SandboxClient) -> None:
    break_sends(sandbox, errcode=-1, times=1)
    break_sends(sandbox, errcode=45011)
    assert [send(sandbox).json()["errcode"] for _ in range(2)] == [-1, 45011]


def test_faults_can_be_ended_one_by_one_or_all_together(sandbox: SandboxClient) -> None:
    first, _ = break_sends(sandbox, errcode=-1), break_sends(sandbox, errcode=45011)
    assert sandbox.control("DELETE", "faults", id=str(first["id"])).json() == {"ended": 1}
    assert send(sandbox).json()["errcode"] == 45011
    assert sandbox.control("DELETE", "faults").json() == {"ended": 1}
    assert send(sandbox).json()["errcode"] == 0
    assert sandbox.ask("DELETE", "/_sandbox/faults?id=99").status_code == 404


def test_a_share_strikes_the_same_calls_in_every_run() -> None:
    asked = Asked("POST", paths.SUBSCRIBE_SEND, {}, b"{}", "127.0.0.1", 0.0)
    runs = []
    for _ in range(2):
        fault = Fault(id=1, errcode=-1, share=0.3)
        runs.append([fault.strikes("wx1", asked) for _ in range(2000)])
    assert runs[0] == runs[1]
    assert 500 < sum(runs[0]) < 700


def test_draws_lie_between_nought_and_one() -> None:
    drawn = [draw(1, number) for number in range(1000)]
    assert min(drawn) >= 0
    assert max(drawn) < 1
    assert len(set(drawn)) == 1000


class Waiting:
    """A message that was taken but is not answered yet."""

    def __init__(self, sandbox: SandboxClient, way: Way) -> None:
        self.sandbox, self.way, self.token = sandbox, way, sandbox.token("wx1")

    async def errcode_of_a_second_one_to(self, openid: str) -> int:
        """Sends a second message meanwhile; then the first one's client goes away."""
        async with aiohttp.ClientSession() as session:
            first = asyncio.create_task(self._send(session, "o1"))
            while not self.sandbox.control("GET", "calls/count", path=self.way.path).json()["count"]:
                await asyncio.sleep(0.005)
            self.sandbox.control("PUT", "latency", {"ms": 0, "path": self.way.path})
            errcode = await self._send(session, openid)
            assert not first.done()
            first.cancel()
        return errcode

    async def _send(self, session: aiohttp.ClientSession, openid: str) -> int:
        data = {key: {"value": value} for key, value in self.way.values.items()}
        document = {"touser": openid, "template_id": self.way.template_id, "data": data}
        url = f"{self.sandbox.url}{self.way.path}?access_token={self.token}"
        async with session.post(url, json=document) as response:
            answer = await response.json(content_type=None)
            return int(answer["errcode"])


@pytest.mark.parametrize(
    ("way", "second_openid", "errcode"),
    [(SUBSCRIBE, "o1", 43108), (SUBSCRIBE, "o2", 0), (NOTICE, "o1", 0), (TEMPLATE, "o1", 0)],
)
def test_two_subscribe_messages_at_once_to_one_openid_are_43108(
    sandbox: SandboxClient, way: Way, second_openid: str, errcode: int
) -> None:
    waiting = Waiting(sandbox, way)
    sandbox.control("PUT", "latency", {"ms": 600_000, "path": way.path})
    assert asyncio.run(waiting.errcode_of_a_second_one_to(second_openid)) == errcode


def test_a_client_that_goes_away_frees_the_openid(sandbox: SandboxClient) -> None:
    waiting = Waiting(sandbox, SUBSCRIBE)
    sandbox.control("PUT", "latency", {"ms": 600_000, "path": SUBSCRIBE.path})
    asyncio.run(waiting.errcode_of_a_second_one_to("o1"))
    while send(sandbox).json()["errcode"] == 43108:
        continue
    assert received(sandbox) == 2


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, "give an errcode"),
        ({"errcode": "x"}, "errcode must be a whole number"),
        ({"behaviour": "sulk"}, "behaviour must be one of"),
        ({"errcode": 1, "share": 2}, "share must be a number from 0 to 1"),
        ({"errcode": 1, "http_status": 700}, "http_status must be from 200 to 599"),
        ({"errcode": 1, "times": -1}, "times must be a whole number"),
        ({"errcode": 1, "colour": "red"}, "colour is not known; allowed members: accepted, appid"),
    ],
)
def test_a_fault_that_makes_no_sense_is_explained(
    sandbox: SandboxClient, fault: dict[str, object], words: str
) -> None:
    answer = sandbox.ask("POST", "/_sandbox/faults", fault)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert sandbox.control("GET", "faults").json() == {"faults": []}


def test_ending_cuts_off_the_calls_that_still_hang() -> None:
    cut: Future[bool] = Future()
    with running() as url, SandboxClient(url) as sandbox:
        sandbox.token("wx1")
        break_sends(sandbox, behaviour="hang", seconds=600)
        threading.Thread(target=_hang, args=(url, cut), daemon=True).start()
        while not sandbox.control("GET", "calls/count", path=SUBSCRIBE.path).json()["count"]:
            continue
    assert cut.result(15) is True


def _hang(url: str, cut: Future[bool]) -> None:
    with SandboxClient(url) as sandbox:
        try:
            send(sandbox)
        except CUT_OFF:
            cut.set_result(True)
        else:
            cut.set_result(False)
