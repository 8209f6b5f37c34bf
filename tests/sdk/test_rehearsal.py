"""Exchanges run without a network, and the contract's own teeth."""

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.sdk.channels.sms import Provider, ShortMessages, Text
from tests.sdk.channels.sms.tests.test_contract import GoodDay
from ums.sdk.call import Call, Exchange, Json, Reply, Talk, json_body
from ums.sdk.errors import Accepted, BadContent, Transient
from ums.sdk.plugin import Outbound
from ums.sdk.testing import ChannelContract, HookContract, play, rehearse

OK = Reply(200, b"ok")


def ask_twice() -> Exchange[int]:
    first = yield Call("GET", "http://localhost/1")
    second = yield Call("GET", "http://localhost/2").renewed()
    return first.status + second.status


def ask_for_ever() -> Exchange[None]:
    while True:
        yield Call("GET", "http://localhost/")


def ask_nothing() -> Exchange[str]:
    yield from ()
    return "at once"


def forgive() -> Exchange[str]:
    try:
        yield Call("GET", "http://localhost/")
    except Transient:
        return "forgiven"
    return "taken"


def test_answers_are_given_in_order_and_calls_are_kept() -> None:
    calls: list[Call] = []
    assert play(ask_twice(), Reply(200, b""), Reply(500, b""), calls=calls) == 700
    assert [(call.url[-1], call.renew) for call in calls] == [("1", False), ("2", True)]


def test_an_exchange_may_end_without_a_call() -> None:
    assert play(ask_nothing()) == "at once"


def test_an_exception_stands_for_a_call_without_an_answer() -> None:
    assert play(forgive(), Transient("refused")) == "forgiven"
    assert play(forgive(), OK) == "taken"
    with pytest.raises(ZeroDivisionError):
        play(forgive(), ZeroDivisionError())


@pytest.mark.parametrize(("answers", "words"), [([OK], "one call more"), ([OK, OK, OK], "ended before")])
def test_a_wrong_number_of_answers_fails(answers: list[Reply], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        play(ask_twice(), *answers)


def test_an_exchange_without_an_end_is_ended() -> None:
    with pytest.raises(AssertionError, match="wants more"):
        rehearse(ask_for_ever(), GoodDay())


def test_a_talk_has_no_result_before_its_end() -> None:
    talk = Talk(ask_twice())
    with pytest.raises(IndexError):
        _ = talk.result
    assert talk.call is not None


def test_json_goes_out_as_raw_utf_8() -> None:
    assert json_body({"a": "茶", "b": [1, None]}) == '{"a":"茶","b":[1,null]}'.encode()


class Telltale(ShortMessages):
    """Shows its key when it fails, and takes every answer for a yes."""

    def send(self, settings: Provider, outbound: Outbound[Text]) -> Exchange[Accepted]:
        reply = yield Call("POST", settings.url, body=b"{}")
        if reply.status != 200:
            raise BadContent("refused", provider_message=f"with key {settings.key}")
        return Accepted()


class Broken(ChannelContract[Provider, Text]):
    plugin = Telltale()
    simulator = GoodDay()
    example_settings: ClassVar[dict[str, Json]] = {"url": "https://provider.example/send", "key": "k-4711"}
    example_content: ClassVar[dict[str, Json]] = {"content": "x"}


class Pretending(Broken, HookContract[Provider, Text]):
    """Has the contract of a capability that the plugin lacks."""


@pytest.mark.parametrize(
    "fault",
    [
        Broken().test_it_shows_no_secret,
        Broken().test_a_send_is_accepted_and_carries_the_address,
        Broken().test_too_many_requests_are_a_wait,
        Pretending().test_it_inherits_the_contract_of_each_capability,
    ],
    ids=lambda fault: fault.__name__,
)
def test_the_contract_catches(fault: object) -> None:
    assert callable(fault)
    with pytest.raises(AssertionError):
        fault()


def test_the_contract_catches_a_yes_that_was_none() -> None:
    with pytest.raises(pytest.fail.Exception):
        Broken().test_an_unreadable_answer_leaves_a_send_uncertain(Reply(200, b"<html>"))
