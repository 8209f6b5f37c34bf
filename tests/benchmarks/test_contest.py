"""Comparators take turns with the gateway, and none counts whose messages were not counted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from benchmarks.comparators.apprise_loop import apprise_loop
from benchmarks.comparators.celery_workers import Workers, celery_sends_and_notes
from benchmarks.comparators.clients import bare, threads
from benchmarks.comparators.contest import GATEWAY, Contestant, Turn, contest, counted_turn
from benchmarks.comparators.field import Field
from benchmarks.plan import quick
from benchmarks.services import Services
from benchmarks.stand_in import MESSAGE, SEND, StandIn, openid, standing_in
from tests.databases import SERVER

BROKER = "amqp://guest:guest@127.0.0.1:5672//"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with standing_in(1) as started:
        yield started


def contestant(key: str, *turns: Turn, unavailable: str = "") -> Contestant:
    left = iter(turns)
    return Contestant(
        key=key, label=key, lacks="", calls=100, take_turn=lambda: next(left), unavailable=unavailable
    )


def test_they_take_turns_and_each_ratio_is_of_one_round() -> None:
    gateway = contestant(GATEWAY, Turn(100, 1.0), Turn(100, 0.5))
    other = contestant("other", Turn(100, 2.0), Turn(100, 4.0))
    standings = contest([gateway, other], 2, go_on=str, told=lambda words: None)
    assert [standing.rates for standing in standings] == [[100, 200], [50, 25]]
    assert standings[1].document()["ratios"] == [2, 8]
    assert standings[0].document()["ratio"] is None


def test_every_turn_is_told() -> None:
    told: list[str] = []
    twice = Turn(1, 1.0), Turn(1, 1.0)
    contest([contestant(GATEWAY, *twice), contestant("b", *twice)], 2, go_on=str, told=told.append)
    assert told == ["gateway: 1 a second", "b: 1 a second"] * 2


def test_who_cannot_take_part_is_left_out_with_the_reason() -> None:
    [standing] = contest([contestant("celery", unavailable="no broker")], 1, go_on=str, told=lambda words: None)
    assert (standing.left_out, standing.rates) == ("no broker", [])


def test_one_contestants_trouble_stops_nobody_else() -> None:
    first, second = contest(
        [contestant("broken"), contestant("sound", Turn(5, 1.0))], 1, go_on=str, told=lambda words: None
    )
    assert first.faults == ["StopIteration: "]
    assert second.rates == [5]


def test_no_turn_is_begun_without_time_for_it() -> None:
    reasons = iter(["", "no time left", "no time left"])
    gateway, other = contestant(GATEWAY, Turn(1, 1.0)), contestant("other", Turn(1, 1.0))
    standings = contest([gateway, other], 2, go_on=lambda: next(reasons), told=lambda words: None)
    assert [(standing.rates, standing.left_out) for standing in standings] == [([1], ""), ([1], "")]


def test_who_never_had_time_is_left_out() -> None:
    gateway, other = contestant(GATEWAY, Turn(1, 1.0)), contestant("other")
    first, second = contest([gateway, other], 1, go_on=lambda: "no time left", told=lambda words: None)
    assert (first.rates, second.left_out) == ([1], "no time left")


def test_a_message_that_somebody_gets_twice_is_a_fault(stand_in: StandIn) -> None:
    def twice_to_one() -> float:
        for number in (1, 2, 2):
            body = {"touser": openid(number), **MESSAGE}
            requests.post(f"{stand_in.url}{SEND}", params={"access_token": stand_in.token}, json=body, timeout=5)
        return 1.0

    turn = counted_turn(stand_in, 3, twice_to_one)
    assert turn.fault == "the stand-in counted 3 messages to 2 people, not 3"


@pytest.mark.parametrize(("by_library", "processes"), [(False, 2), (True, 1)])
def test_a_bare_client_sends_each_message_once(stand_in: StandIn, by_library: bool, processes: int) -> None:
    turn = counted_turn(
        stand_in, 41, lambda: bare(stand_in, 41, processes=processes, in_flight=8, by_library=by_library)
    )
    assert (turn.fault, turn.rate > 0) == ("", True)


def test_threads_send_each_message_once(stand_in: StandIn) -> None:
    assert not counted_turn(stand_in, 41, lambda: threads(stand_in, 41, processes=1, in_flight=4)).fault


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_apprise_sends_each_message_once(stand_in: StandIn) -> None:
    assert not counted_turn(stand_in, 3, lambda: apprise_loop(stand_in, 3)).fault


@pytest.mark.rabbitmq
@pytest.mark.postgresql
def test_celery_sends_and_notes_each_message_once(stand_in: StandIn) -> None:
    workers = Workers(broker=BROKER, pool="threads", concurrency=4, keeps_connection=True)
    turn = counted_turn(stand_in, 9, lambda: celery_sends_and_notes(stand_in, 9, workers, f"{SERVER}/postgres"))
    assert (turn.fault, turn.rate > 0) == ("", True)


def test_each_says_what_it_lacks_and_those_without_a_broker_are_left_out(stand_in: StandIn) -> None:
    nowhere = Services("postgresql://127.0.0.1:1/none", "amqp://127.0.0.1:1//")
    field = Field(stand_in=stand_in, sizes=quick().sizes, processes=2, in_flight=64, services=nowhere)
    gateway, *others = field.contestants()
    assert gateway.key == GATEWAY
    assert all(other.lacks for other in others)
    left_out = {other.key for other in others if "nothing answers on 127.0.0.1:1" in other.unavailable}
    assert left_out == {other.key for other in others if other.key.startswith("celery")}
