"""Calls whose answer is lost: repeated only where the platform drops repeats, and never twice to a person."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.acceptance.wechat.letters import NOTICE, SUBSCRIPTION
from tests.acceptance.wechat.shop import BIZSEND, SUBSCRIBE_SEND, TEMPLATE_SEND, Account, Shop, open_shop, openid
from tests.acceptance.wechat.town import Document, Town
from ums.domain.commands import Json

TAKEN: dict[str, dict[str, Json]] = {
    "reset": {"behaviour": "reset_after_accept"},
    "cut": {"behaviour": "cut_json"},
    "html": {"behaviour": "html", "accepted": True},
    "empty": {"behaviour": "empty", "accepted": True},
    "gateway": {"behaviour": "html", "http_status": 502, "accepted": True},
    "hang": {"behaviour": "hang", "accepted": True, "seconds": 12},
}
"""Troubles in which the message has reached the platform, each for one person."""
NOT_TAKEN: dict[str, dict[str, Json]] = {
    "reset-early": {"behaviour": "reset_before_answer"},
    "page": {"behaviour": "html"},
    "empty-early": {"behaviour": "empty"},
}
ALL = {**TAKEN, **NOT_TAKEN}


class Lost(NamedTuple):
    """A shop that has written to everyone by both channels, each first answer lost, and what became of it."""

    shop: Shop
    rows: list[Document]

    def of(self, account: Account) -> dict[str, Document]:
        """The deliveries on one channel, by userid."""
        return {str(row["userid"]): row for row in self.rows if row["channel"] == account.code}


@pytest.fixture(scope="module")
def lost(place: Town) -> Lost:
    shop = open_shop(place)
    for account, path, outcome in ((shop.mp, SUBSCRIBE_SEND, "none"), (shop.oa, TEMPLATE_SEND, "success")):
        for name, fault in ALL.items():
            shop.knows(account, name, outcome=outcome)
            shop.trouble(account, path=path, openid=openid(account, name), times=1, **fault)
    shop.upload([*ALL], [shop.mp, shop.oa])
    return Lost(shop, shop.ended(shop.send([*ALL], rule_id=0)))


def test_a_mini_programs_message_is_never_repeated(lost: Lost) -> None:
    shop, found = lost.shop, lost.of(lost.shop.mp)
    assert {(row["status"], row["attempts"]) for row in found.values()} == {("unconfirmed", 1)}
    reasons = {userid: row["reason"] for userid, row in found.items()}
    assert (reasons["reset"], reasons["cut"]) == ("connection_lost", "answer_cut")
    assert (reasons["html"], reasons["hang"]) == ("unreadable_answer", "answer_timeout")
    for name in ALL:
        assert len(shop.calls(shop.mp, SUBSCRIBE_SEND, name)) == 1
        assert shop.received(shop.mp, name) == (name in TAKEN)


def test_a_template_message_is_repeated_under_its_own_number_and_arrives_once(lost: Lost) -> None:
    shop, found = lost.shop, lost.of(lost.shop.oa)
    ends = {(row["status"], row["attempts"], row["reason"]) for row in found.values()}
    assert ends == {("delivered", 2, "")}
    for name in ALL:
        bodies = [call["body"] for call in shop.calls(shop.oa, TEMPLATE_SEND, name)]
        assert len(bodies) == 2
        assert bodies[0] == bodies[1]
        assert shop.received(shop.oa, name) == 1


def test_an_unknown_end_never_falls_over_to_the_other_channel(shop: Shop) -> None:
    shop.knows(shop.mp, "zhangsan", outcome="none")
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, behaviour="reset_after_accept", times=1)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp, shop.oa)]))
    assert (row["status"], row["channel"]) == ("unconfirmed", shop.mp.code)
    assert shop.calls(shop.oa) == []


@pytest.mark.parametrize("behaviour", ["reset_after_accept", "cut_json"])
def test_a_subscription_notice_is_not_repeated(shop: Shop, behaviour: str) -> None:
    shop.knows(shop.oa, "zhangsan", outcome="none")
    shop.trouble(shop.oa, path=BIZSEND, behaviour=behaviour, times=1)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.oa)], oa=NOTICE))
    assert (row["status"], row["attempts"]) == ("unconfirmed", 1)
    assert shop.received(shop.oa, "zhangsan") == 1


@pytest.mark.parametrize("behaviour", ["dirty_text", "slow_body"])
def test_an_odd_answer_is_understood(shop: Shop, behaviour: str) -> None:
    shop.trouble(shop.mp, path=SUBSCRIBE_SEND, behaviour=behaviour, seconds=0.3)
    (row,) = shop.ended(shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION))
    assert (row["status"], row["attempts"]) == ("delivered", 1)


def test_a_platform_that_can_not_be_reached_for_a_token_costs_no_attempt(shop: Shop) -> None:
    shop.trouble(shop.mp, path="/cgi-bin/stable_token", behaviour="reset_before_answer", times=1)
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    shop.standing(msgid, "queued", "connection_lost")
    shop.town.clock.leap(8)
    (row,) = shop.ended(msgid)
    assert (row["status"], row["attempts"]) == ("delivered", 1)
    assert shop.received(shop.mp, "zhangsan") == 1
