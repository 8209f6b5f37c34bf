"""The list in memory is the one in the database, in every thread and every process."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.factories import create_gateway
from ums.domain.words import WordMatcher
from ums.services import words
from ums.services.gateway import Gateway
from ums.store.words import revision


def matcher(gateway: Gateway) -> WordMatcher:
    with gateway.database.read() as session:
        return gateway.word_list.matcher(session, revision(session))


def test_it_is_made_anew_only_when_it_has_changed(gateway: Gateway) -> None:
    assert matcher(gateway) is matcher(gateway)
    words.add(gateway, "casino")
    changed = matcher(gateway)
    assert changed.word_in("casino") == "casino"
    assert matcher(gateway) is changed
    # nothing new is no change
    words.add_many(gateway, ["CASINO"])
    assert matcher(gateway) is changed
    words.add(gateway, "poker")
    assert len(matcher(gateway)) == 2


def test_another_process_sees_a_change_at_once(gateway: Gateway) -> None:
    other = create_gateway(home=gateway.settings.home, clock=gateway.clock)
    assert matcher(other).word_in("casino") is None
    words.add(gateway, "casino")
    assert matcher(other).word_in("casino") == "casino"
    words.remove(other, words.like(other, "casino").id)
    assert matcher(gateway).word_in("casino") is None
    other.close()


def test_threads_that_come_at_once_share_one_list(gateway: Gateway) -> None:
    words.add_many(gateway, [f"word{number}" for number in range(5000)])
    threads = 8
    together = threading.Barrier(threads)

    def look(_: int) -> WordMatcher:
        together.wait(10)
        return matcher(gateway)

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(look, range(threads)))
    assert all(one is found[0] for one in found)
    assert len(found[0]) == 5000
