"""Many clients posting to the real server while messages go out."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.acceptance.wechat.letters import SUBSCRIPTION
from tests.acceptance.wechat.shop import Shop, message
from ums.domain.commands import Json

CLIENTS = 20
ROUNDS = 6


def posted(shop: Shop, body: dict[str, Json], key: str | None = None) -> requests.Response:
    return shop.ask("POST", "/v1/sent", body, None if key is None else {"Idempotency-Key": key})


def test_one_key_is_one_message_however_often_it_is_sent_while_sends_run(shop: Shop) -> None:
    userids = shop.crowd(100, shop.mp)
    shop.slow(shop.mp, 20)
    keys = [f"order-{number}" for number in range(10)]
    bodies = {key: message(userids[number * 10 :][:10], mp=SUBSCRIPTION) for number, key in enumerate(keys)}
    tries = keys * 8
    random.Random(3).shuffle(tries)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda key: (key, posted(shop, bodies[key], key)), tries))
    assert {answer.status_code for _, answer in answers} <= {200, 409}
    msgids = {(key, answer.json()["msgid"]) for key, answer in answers if answer.status_code == 200}
    assert len(msgids) == len(keys)
    for key, msgid in msgids:
        assert posted(shop, bodies[key], key).json()["msgid"] == msgid
        assert {row["status"] for row in shop.ended(msgid)} == {"delivered"}
    assert set(shop.send_calls(shop.mp).values()) == {1}


def test_the_same_key_with_another_body_is_refused_even_after_the_message_has_ended(shop: Shop) -> None:
    shop.crowd(2, shop.mp)
    first = posted(shop, message(["u0"], mp=SUBSCRIPTION), "order-1")
    shop.ended(str(first.json()["msgid"]))
    other = posted(shop, message(["u1"], mp=SUBSCRIPTION), "order-1")
    assert (other.status_code, other.json()["code"]) == (409, 4090)
    assert shop.received(shop.mp, "u1") == 0


def test_whatever_was_taken_exists_and_arrives_while_many_post_at_once(shop: Shop) -> None:
    userids = shop.crowd(60, shop.mp, shop.oa)
    shop.without_receipts(shop.mp)
    shop.without_receipts(shop.oa)

    def client(number: int) -> list[tuple[requests.Response, list[str]]]:
        dice = random.Random(number)
        found = []
        for _ in range(ROUNDS):
            some = dice.sample(userids, 5)
            found.append((posted(shop, message(some)), some))
        return found

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pair for found in pool.map(client, range(CLIENTS)) for pair in found]
    assert {reply.status_code for reply, _ in answers} == {200}
    expected: Counter[str] = Counter()
    for reply, some in answers:
        rows = shop.ended(reply.json()["msgid"])
        assert sorted(str(row["userid"]) for row in rows) == sorted(some)
        assert {(row["status"], row["channel"]) for row in rows} == {("accepted", shop.mp.code)}
        expected.update(some)
    assert len({reply.json()["msgid"] for reply, _ in answers}) == CLIENTS * ROUNDS
    assert all(shop.received(shop.mp, userid) == count for userid, count in expected.items())
