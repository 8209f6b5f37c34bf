"""A person who withdraws his consent is forgotten on that channel, and nowhere is his address left."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text, update

from tests.factories import create_application, create_channel, create_user
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.credit import Cause, CreditChange
from ums.domain.delivery import DeliveryStatus
from ums.domain.erasure import ERASED
from ums.domain.follow import Follow
from ums.domain.push import ProviderEvent, Push
from ums.domain.receipt import Receipt
from ums.domain.rule import ALL_AT_ONCE
from ums.domain.window import Opening, Trigger
from ums.services import accounts, audits, erasing, expanding, messages, pushes, sending, users
from ums.services.gateway import Gateway
from ums.store import binding_changes, erasures
from ums.store.models import DeliveryRow, MessageRow

pytestmark = pytest.mark.both_databases

ADDRESS = "fake-withdrawn-consent"
OTHER = "fake-another-person"
NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def people(gateway: Gateway) -> int:
    application = create_application(gateway)
    create_channel(gateway, grants=["shop"])
    create_channel(gateway, code="app2")
    for userid, address in (("zhangsan", ADDRESS), ("lisi", OTHER)):
        create_user(gateway, userid=userid, bindings=[("app", code, address) for code in ("app1", "app2")])
    return application.id


def event(kind: str, address: str = ADDRESS, *, erases: bool = False) -> ProviderEvent:
    return ProviderEvent(
        kind=kind,
        address=address,
        event_id=f"{kind} {address == ADDRESS}",
        at=NOW,
        details={"FromUserName": address},
        credits=() if erases else (CreditChange(address, "t1", Cause.ALLOWED),),
        follow=None if erases else Follow(address, following=True, at=NOW),
        erases=erases,
    )


def push(gateway: Gateway, *events: ProviderEvent, openings: Sequence[Opening] = ()) -> None:
    channel_id = accounts.account(gateway, "app1").id
    pushes.store(gateway, Push(channel_id=channel_id, received_at=NOW, events=events, openings=tuple(openings)))


def withdraw(gateway: Gateway) -> None:
    push(gateway, event("user_authorization_revoke", erases=True))


def send(gateway: Gateway, application_id: int) -> str:
    command = SendMessage(
        application_id=application_id,
        audience=Audience(userids=("zhangsan", "lisi")),
        contents={"app": {"text": "Hello"}},
        rule_id=ALL_AT_ONCE,
    )
    return sending.send(gateway, command).msgid


def stand_at(gateway: Gateway, status: str) -> None:
    with gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(status=status, open=status == "sending"))


def told(gateway: Gateway, msgid: str) -> list[tuple[str | None, str, str]]:
    found = messages.deliveries(gateway, None, msgid).items
    return [(one.address, one.status.value, one.reason) for one in found]


def leave_the_other_channel(gateway: Gateway) -> None:
    """Of another channel's address, which only looks alike, nothing is asked: it goes, as does its history."""
    users.opt(gateway, None, [{"userid": "zhangsan", "del": {"app": {"app2": [ADDRESS]}}}])
    with gateway.database.write() as session:
        binding_changes.erase(session, "app", "app2", ADDRESS, ERASED)


def everywhere(home: Path) -> str:
    """All that the database holds, as text."""
    with sqlite3.connect(home / "ums.db") as connection:
        return "\n".join(connection.iterdump())


def test_his_binding_goes_with_a_note_that_does_not_name_his_address(gateway: Gateway) -> None:
    withdraw(gateway)
    assert users.show(gateway, None, "zhangsan").properties == {"app": {"app2": [ADDRESS]}}
    assert users.show(gateway, None, "lisi").properties == {"app": {"app1": [OTHER], "app2": [OTHER]}}
    (note,) = audits.page(gateway).items
    assert (note.operator, note.action, note.thing) == ("(provider)", "ERASE", "/v1/user/zhangsan")
    assert note.detail == "user_authorization_revoke on app1: the binding of app was removed"


def test_what_is_known_of_him_and_what_events_said_is_gone_and_of_others_it_stays(gateway: Gateway) -> None:
    openings = [Opening(address, Trigger.MESSAGE, NOW) for address in (ADDRESS, OTHER)]
    push(gateway, event("subscribe"), event("subscribe", OTHER), openings=openings)
    withdraw(gateway)
    with gateway.database.read() as session:
        for table in ("credits", "credit_movements", "follows"):
            assert list(session.scalars(text(f"SELECT address FROM {table}"))) == [OTHER]  # noqa: S608
        kept = session.execute(text("SELECT kind, address, details FROM provider_events ORDER BY id")).all()
    assert [row[:2] for row in kept] == [("subscribe", ""), ("subscribe", OTHER), ("user_authorization_revoke", "")]
    assert [ADDRESS in str(row[2]) for row in kept] == [False, False, False]


def test_finished_deliveries_keep_no_address_and_queued_ones_are_cancelled(gateway: Gateway, people: int) -> None:
    finished = send(gateway, people)
    stand_at(gateway, "delivered")
    queued = send(gateway, people)
    withdraw(gateway)
    erasing.walk(gateway)
    assert told(gateway, finished) == [("(erased)", "delivered", ""), (OTHER, "delivered", "")]
    assert told(gateway, queued) == [("(erased)", "cancelled", "consent_withdrawn"), (OTHER, "queued", "")]


def test_a_delivery_that_is_being_sent_is_waited_for(gateway: Gateway, people: int) -> None:
    msgid = send(gateway, people)
    stand_at(gateway, "sending")
    withdraw(gateway)
    erasing.walk(gateway)
    assert told(gateway, msgid)[0][:2] == (ADDRESS, "sending")
    stand_at(gateway, "accepted")
    erasing.walk(gateway)
    assert told(gateway, msgid)[0][:2] == ("(erased)", "accepted")
    with gateway.database.read() as session:
        assert erasures.pending(session) == []


def test_many_deliveries_are_gone_through_step_by_step(
    gateway: Gateway, people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "SPAN", 3)
    monkeypatch.setattr(erasing, "STEPS", 2)
    msgids = [send(gateway, people) for _ in range(10)]
    stand_at(gateway, "delivered")
    withdraw(gateway)
    for _ in range(4):
        erasing.walk(gateway)
    assert [told(gateway, msgid)[0][0] for msgid in msgids] == ["(erased)"] * 10


def test_what_is_kept_no_more_is_not_gone_through(
    gateway: Gateway, people: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "SPAN", 3)
    monkeypatch.setattr(erasing, "STEPS", 1)
    msgid = send(gateway, people)
    stand_at(gateway, "delivered")
    with gateway.database.write() as session:  # as after years of sending and of taking away
        session.execute(text("UPDATE deliveries SET id = id + 1000000"))
    withdraw(gateway)
    erasing.walk(gateway)
    assert told(gateway, msgid)[0][0] == "(erased)"


def reported(address: str, event_id: str, provider_id: str) -> Receipt:
    return Receipt(event_id=event_id, provider_id=provider_id, address=address, status=DeliveryStatus.DELIVERED)


def test_what_comes_late_is_kept_without_the_address(gateway: Gateway, people: int) -> None:
    msgid = send(gateway, people)
    stand_at(gateway, "accepted")
    with gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(provider_id=DeliveryRow.userid))
    withdraw(gateway)
    late = replace(event("subscribe"), event_id="meanwhile")
    push(gateway, late, openings=[Opening(ADDRESS, Trigger.MESSAGE, NOW - 1)])
    erasing.walk(gateway)
    push(gateway, event("unsubscribe"), openings=[Opening(ADDRESS, Trigger.FOLLOW, NOW)])
    receipts = (reported(ADDRESS, "r1", "zhangsan"), reported(ADDRESS, "r2", "nobody's"))
    channel_id = accounts.account(gateway, "app1").id
    pushes.store(gateway, Push(channel_id=channel_id, received_at=NOW + 5, receipts=receipts))
    leave_the_other_channel(gateway)
    assert ADDRESS not in everywhere(gateway.settings.home)
    assert told(gateway, msgid)[0] == ("(erased)", "delivered", "")
    with gateway.database.read() as session:
        kinds = list(session.scalars(text("SELECT kind FROM provider_events ORDER BY id")))
    assert kinds == ["user_authorization_revoke", "subscribe", "unsubscribe"]


def test_a_message_that_waits_is_not_sent_to_an_address_erased_meanwhile(gateway: Gateway, people: int) -> None:
    now = gateway.clock.now()
    command = SendMessage(
        application_id=people,
        audience=Audience(addresses={"app": (ADDRESS, OTHER)}),
        contents={"app": {"text": "Hello"}},
        rule_id=ALL_AT_ONCE,
        send_at=now + 3600,
    )
    waiting = sending.send(gateway, command).msgid
    withdrawn = replace(event("user_authorization_revoke", erases=True), at=now + 1)
    channel_id = accounts.account(gateway, "app1").id
    pushes.store(gateway, Push(channel_id=channel_id, received_at=now + 1, events=(withdrawn,)))
    erasing.walk(gateway)
    with gateway.database.write() as session:
        session.execute(update(MessageRow).values(start_at=now))
    expanding.begin_due(gateway)
    assert expanding.expand_page(gateway)
    gone = ("(erased)", "cancelled", "consent_withdrawn")
    assert told(gateway, waiting) == [gone, (OTHER, "queued", "")]


def test_a_page_routed_before_the_erasure_and_stored_after_it_sends_nothing(gateway: Gateway, people: int) -> None:
    command = SendMessage(
        application_id=people,
        audience=Audience(everyone=True),
        contents={"app": {"text": "Hello"}},
        rule_id=ALL_AT_ONCE,
    )
    msgid = sending.send(gateway, command).msgid
    page = expanding.next_page(gateway)
    assert page is not None
    now = gateway.clock.now()
    withdrawn = replace(event("user_authorization_revoke", erases=True), at=now)
    channel_id = accounts.account(gateway, "app1").id
    pushes.store(gateway, Push(channel_id=channel_id, received_at=now, events=(withdrawn,)))
    erasing.walk(gateway)
    assert expanding.keep_page(gateway, page)
    assert told(gateway, msgid)[0] == ("(erased)", "cancelled", "consent_withdrawn")
    assert told(gateway, msgid)[1][1] == "queued"


def test_receipts_that_wait_for_their_delivery_lose_the_address(gateway: Gateway) -> None:
    channel_id = accounts.account(gateway, "app1").id
    waiting = (reported(ADDRESS, "r1", "m1"), reported(OTHER, "r2", "m2"))
    pushes.store(gateway, Push(channel_id=channel_id, received_at=NOW, receipts=waiting))
    withdraw(gateway)
    with gateway.database.read() as session:
        assert list(session.scalars(text("SELECT address FROM receipts ORDER BY id"))) == ["(erased)", OTHER]


def test_who_comes_back_is_known_anew_and_may_withdraw_again(gateway: Gateway) -> None:
    for at in (NOW, NOW + 100):
        again = replace(event("user_authorization_revoke", erases=True), event_id=f"revoke {at}", at=at)
        channel_id = accounts.account(gateway, "app1").id
        pushes.store(gateway, Push(channel_id=channel_id, received_at=at, events=(again,)))
        erasing.walk(gateway)
        back = replace(event("subscribe"), event_id=f"subscribe {at}", at=at + 1)
        pushes.store(gateway, Push(channel_id=channel_id, received_at=at + 1, events=(back,)))
        with gateway.database.read() as session:
            assert list(session.scalars(text("SELECT address FROM credits"))) == [ADDRESS]
            assert erasures.pending(session) == []


def test_that_an_address_was_erased_is_forgotten_in_time(gateway: Gateway) -> None:
    withdraw(gateway)
    erasing.walk(gateway)
    erasing.forget(gateway)
    channel_id = accounts.account(gateway, "app1").id
    with gateway.database.read() as session:
        assert erasures.erased_among(session, channel_id, [ADDRESS, OTHER]) == {ADDRESS: NOW}
    with gateway.database.write() as session:
        erasures.forget_old(session, NOW + 1)
        assert erasures.erased_among(session, channel_id, [ADDRESS]) == {}


@pytest.mark.sqlite
def test_nothing_in_the_database_holds_the_address_afterwards(gateway: Gateway, people: int) -> None:
    leave_the_other_channel(gateway)
    send(gateway, people)
    stand_at(gateway, "delivered")
    with gateway.database.write() as session:
        session.execute(update(DeliveryRow).values(provider_id=DeliveryRow.userid))
    channel_id = accounts.account(gateway, "app1").id
    delivered = DeliveryStatus.DELIVERED
    receipt = Receipt(event_id="r1", provider_id="zhangsan", address=ADDRESS, status=delivered, reason="", words="")
    pushes.store(gateway, Push(channel_id=channel_id, received_at=NOW, receipts=(receipt,)))
    push(gateway, event("subscribe"), openings=[Opening(ADDRESS, Trigger.MESSAGE, NOW)])
    assert ADDRESS in everywhere(gateway.settings.home)
    withdraw(gateway)
    erasing.walk(gateway)
    assert ADDRESS not in everywhere(gateway.settings.home)
    assert OTHER in everywhere(gateway.settings.home)
