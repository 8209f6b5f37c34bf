"""The ledger of credits: what two processes tell of one delivery counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories import create_application, create_channel, create_gateway, create_user
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.credit import CreditPlace, Fate, Source
from ums.domain.rule import ALL_AT_ONCE
from ums.services import accounts, sending
from ums.services.gateway import Gateway
from ums.store import credit_holds, credits
from ums.store.credit_holds import Held

pytestmark = pytest.mark.both_databases

NOW = 1_800_000_000.0


def place_of(gateway: Gateway) -> CreditPlace:
    """Where one user's credits stand, to whom a message is queued."""
    application = create_application(gateway)
    create_channel(gateway, grants=["shop"])
    create_user(gateway, userid="zhangsan", bindings=[("app", "app1", "a1")])
    sending.send(
        gateway,
        SendMessage(
            application_id=application.id,
            audience=Audience(userids=("zhangsan",)),
            contents={"app": {"text": "Hello"}},
            rule_id=ALL_AT_ONCE,
        ),
    )
    return CreditPlace(accounts.account(gateway, "app1").id, "a1", "t1")


def test_a_delivery_that_two_have_found_holding_a_credit_spends_it_once(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path / "home")
    place = place_of(gateway)
    with gateway.database.write() as session:
        credits.allow(session, place, Source.EVENT, NOW)
        credits.allow(session, place, Source.EVENT, NOW)
        assert credit_holds.reserve(session, {(place.channel_id, "t1"): [("a1", 1)]}, NOW) == {1}
        credit_holds.hold(session, "t1", [1])
        found = credit_holds.held(session, [1])
        assert len(found) == 1
        # the receipt's process and the sender's, each with what it had read before the other wrote
        credit_holds.settle(session, dict.fromkeys(found, Fate.SPENT), NOW)
        credit_holds.settle(session, dict.fromkeys(found, Fate.SPENT), NOW)
        assert credits.known(session, place) == 1
        assert [one.change for one in credits.movements(session, place, 0, 9)] == [1, 1, -1]
    gateway.close()


def test_two_deliveries_to_one_address_hold_a_credit_each_as_long_as_there_are_any(tmp_path: Path) -> None:
    gateway = create_gateway(home=tmp_path / "home")
    place = place_of(gateway)
    wanted = [Held(number, place) for number in (1, 2, 3)]
    with gateway.database.write() as session:
        for _ in range(2):
            credits.allow(session, place, Source.EVENT, NOW)
        of_address = [(place.address, one.delivery_id) for one in wanted]
        assert credit_holds.reserve(session, {(place.channel_id, "t1"): of_address}, NOW) == {1, 2}
        assert credits.known(session, place) == 0
        credit_holds.book(session, {wanted[0]: Fate.SPENT, wanted[1]: Fate.SPENT}, NOW)
        assert [(one.change, one.balance) for one in credits.movements(session, place, 0, 9)][2:] == [
            (-1, 1),
            (-1, 0),
        ]
    gateway.close()
