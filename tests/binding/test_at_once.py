"""However many come at once, a ticket, a result and a leave serve exactly one of them."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.binding.phone import Town
from ums.domain.bind_ticket import Purpose, Ticket
from ums.domain.errors import Problem
from ums.domain.visit import Ending, Outcome
from ums.sdk.people import Person
from ums.services.binding import leaving, results, signing, visits
from ums.services.gateway import Gateway
from ums.store import bind_tickets, channels

THREADS, ROUNDS = 40, 25


def at_once(work: Callable[[int], str]) -> Counter[str]:
    """What comes of it when all threads do it in one moment."""
    ready = threading.Barrier(THREADS)

    def one(number: int) -> str:
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(one, range(THREADS)))


def ticket_in(link: str) -> str:
    return link.partition("ticket=")[2]


def channel_id(gateway: Gateway) -> int:
    with gateway.database.read() as session:
        channel = channels.by_code(session, "oa1")
    assert channel is not None
    return channel.id


@pytest.mark.parametrize("with_userid", [True, False])
def test_of_forty_phones_with_one_ticket_one_wins(town: Town, with_userid: bool) -> None:
    gateway = town.site.gateway
    for turn in range(ROUNDS):
        userid = f"newcomer{turn}" if with_userid else ""
        wanted = {"userid": userid} if with_userid else {}
        offered = visits.offered(gateway, "oa1", ticket_in(town.link(**wanted)))
        browsers = [signing.digest(secrets.token_hex(8)) for _ in range(THREADS)]
        states = [_state(visits.set_out(gateway, offered.errand, browser).url) for browser in browsers]
        for number in range(THREADS):
            town.knows(f"code-{turn}-{number}", openid=f"fake-openid-{turn:03}-{number:03}-0000")

        def comes_back(
            number: int, turn: int = turn, states: list[str] = states, browsers: list[str] = browsers
        ) -> str:
            came = visits.come_back(gateway, "oa1", states[number], browsers[number], f"code-{turn}-{number}")
            assert isinstance(came, Outcome)
            return came.ending.value

        won = Ending.BOUND if with_userid else Ending.RESULT
        assert at_once(comes_back) == {won.value: 1, Ending.OVER.value: THREADS - 1}
        if with_userid:
            assert len(town.bound(userid)) == 1


def test_of_forty_callers_with_one_result_one_completes_it(town: Town) -> None:
    gateway, oa1 = town.site.gateway, channel_id(town.site.gateway)
    for turn in range(ROUNDS):
        ticket = Ticket(purpose=Purpose.BIND, application_id=1, channel_id=oa1, expires_at=0.0)
        with gateway.database.write() as session:
            text = results.give(gateway, session, ticket, f"fake-openid-{turn:03}-0000000", "")

        def completes(number: int, text: str = text, turn: int = turn) -> str:
            try:
                return results.complete(gateway, 1, text, f"newcomer{turn}-{number}").channel
            except Problem as problem:
                return str(problem.status)

        assert at_once(completes) == {"oa1": 1, "404": THREADS - 1}


def test_of_forty_forms_with_one_ticket_one_unbinds(town: Town) -> None:
    gateway, oa1 = town.site.gateway, channel_id(town.site.gateway)
    for turn in range(ROUNDS):
        town.upload("zhangsan", f"fake-openid-{turn:03}-0000000")
        text, digest = signing.issue(gateway, Purpose.LEAVE)
        ticket = Ticket(
            purpose=Purpose.LEAVE,
            application_id=1,
            channel_id=oa1,
            expires_at=gateway.clock.now() + 300,
            userid="zhangsan",
            known=f"fake-openid-{turn:03}-0000000",
        )
        with gateway.database.write() as session:
            bind_tickets.add(session, digest, ticket)

        def leaves(number: int, text: str = text) -> str:
            try:
                return leaving.leave(gateway, text).userid
            except Problem as problem:
                return str(problem.status)

        assert at_once(leaves) == {"zhangsan": 1, "403": THREADS - 1}


def _state(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def test_one_person_coming_back_twice_in_one_moment_is_bound_once(town: Town) -> None:
    gateway = town.site.gateway
    for turn in range(ROUNDS):
        offered = visits.offered(gateway, "oa1", ticket_in(town.link(userid=f"newcomer{turn}")))
        state = _state(visits.set_out(gateway, offered.errand, "browser").url)
        town.people.codes[f"code{turn}"] = Person(address=f"fake-openid-{turn:03}-0000000")

        def comes_back(number: int, state: str = state, turn: int = turn) -> str:
            came = visits.come_back(gateway, "oa1", state, "browser", f"code{turn}")
            return came.ending.value if isinstance(came, Outcome) else "came before"

        assert at_once(comes_back) == {Ending.BOUND.value: 1, "came before": THREADS - 1}
