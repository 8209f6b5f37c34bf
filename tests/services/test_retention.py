"""What has been kept long enough goes, in small steps; what is open, young or needed stays; sums stay true."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, text

from tests.factories import create_application, create_channel, create_gateway, create_user
from tests.fakes import FrozenClock
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.errors import Conflict, NotFound, Unavailable
from ums.domain.message import DAY
from ums.domain.retention import Kind
from ums.services import kept, messages, retention, sending
from ums.services.gateway import Gateway
from ums.store import workers
from ums.store.messages import finish_messages

pytestmark = pytest.mark.both_databases

COUNTS = {"clicked": 1, "delivered": 3, "rejected": 1, "unreachable": 1}


@pytest.fixture
def shop(tmp_path: Path, clock: FrozenClock) -> Iterator[Gateway]:
    """An application that reaches five users, and has sent one message more than any test looks at."""
    opened = create_gateway(home=tmp_path / "home", clock=clock)
    application = create_application(opened)
    create_channel(opened, grants=[application.name])
    for number in range(5):
        create_user(opened, userid=f"u{number}", bindings=[("app", "app1", f"fake-{number}")])
    yield opened
    opened.close()


def with_archive(gateway: Gateway) -> Gateway:
    return replace(gateway, settings=replace(gateway.settings, archive_directory="archive"))


def send(gateway: Gateway) -> str:
    """A message to five users and one whom nothing reaches."""
    command = SendMessage(
        application_id=1,
        audience=Audience(userids=("u0", "u1", "u2", "u3", "u4", "nobody")),
        contents={"app": {"text": "ready"}},
        rule_id=0,
    )
    return sending.send(gateway, command).msgid


def end(gateway: Gateway, msgid: str, *, open_: int = 0) -> None:
    """A message was sent and ended, but for some deliveries that came late; each has an attempt and a receipt."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        (message_id,) = session.execute(
            text("SELECT id FROM messages WHERE msgid = :msgid"), {"msgid": msgid}
        ).one()
        ids = session.scalars(
            text("SELECT id FROM deliveries WHERE message_id = :id AND status = 'queued' ORDER BY id"),
            {"id": message_id},
        ).all()
        statuses = ["delivered", "delivered", "delivered", "clicked", "rejected"]
        for id_, status in zip(ids, statuses, strict=True):
            reason = "no_credit" if status == "rejected" else ""
            session.execute(_END, {"id": id_, "status": status, "reason": reason})
            session.execute(_ATTEMPT, {"delivery_id": id_, "now": now})
            session.execute(_RECEIPT, {"delivery_id": id_, "event_id": f"e{id_}", "now": now})
            session.execute(_MOVEMENT, {"delivery_id": id_, "now": now})
        finish_messages(session, [message_id], now)
        for id_ in ids[:open_]:
            session.execute(text("UPDATE deliveries SET open = true WHERE id = :id"), {"id": id_})


_END = text("UPDATE deliveries SET status = :status, open = false, due = NULL, reason = :reason WHERE id = :id")
_ATTEMPT = text("""
    INSERT INTO attempts (delivery_id, number, outcome, reason, provider_message, called_at, ended_at)
    VALUES (:delivery_id, 1, 'accepted', '', '', :now, :now)
""")
_RECEIPT = text("""
    INSERT INTO receipts (channel_id, event_id, provider_id, address, status, reason, words, received_at,
                          delivery_id)
    VALUES (1, :event_id, 'p', 'fake', 'delivered', '', '', :now, :delivery_id)
""")
_MOVEMENT = text("""
    INSERT INTO credit_movements (channel_id, address, template_id, change, balance, cause, delivery_id, at)
    VALUES (1, 'fake', 't', -1, 0, 'sent', :delivery_id, :now)
""")


def rows(gateway: Gateway, *tables: str) -> tuple[int, ...]:
    with gateway.database.read() as session:
        return tuple(session.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one() for table in tables)  # noqa: S608


def sent_long_ago(gateway: Gateway, clock: FrozenClock, *, days: int, count: int = 1, open_: int = 0) -> list[str]:
    """Messages that ended so many days ago, and one of today: the newest rows of all stay."""
    old = [send(gateway) for _ in range(count)]
    for msgid in old:
        end(gateway, msgid, open_=open_)
    clock.advance(days * DAY + 1)
    end(gateway, send(gateway))
    return old


def test_what_ended_long_ago_goes_and_its_counts_stay(shop: Gateway, clock: FrozenClock) -> None:
    (old,) = sent_long_ago(shop, clock, days=90)
    before = messages.progress(shop, None, old)
    reasons = messages.reasons(shop, None, old)
    gone = retention.run(shop)
    assert gone == {Kind.DELIVERIES: 6, Kind.CREDIT_MOVEMENTS: 5}
    assert rows(shop, "deliveries", "attempts", "receipts", "credit_movements", "messages") == (6, 5, 5, 5, 2)
    after = messages.progress(shop, None, old)
    assert (after.counts, after.channels, after.status) == (COUNTS, before.channels, "done")
    assert (after.purged_at, after.finished_at) == (clock.now(), before.finished_at)
    assert messages.reasons(shop, None, old) == reasons
    assert messages.deliveries(shop, None, old).items == ()
    assert messages.recent(shop)[1].counts == COUNTS
    assert retention.run(shop) == {}


def test_what_is_younger_stays(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=29)
    assert retention.run(shop) == {}
    assert rows(shop, "deliveries", "attempts", "receipts", "credit_movements") == (12, 10, 10, 10)


def test_attempts_and_receipts_go_before_their_deliveries(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=30)
    assert retention.run(shop) == {Kind.ATTEMPTS: 5, Kind.RECEIPTS: 5}
    assert rows(shop, "deliveries", "attempts", "receipts") == (12, 5, 5)


def test_nothing_goes_where_it_is_kept_for_ever(shop: Gateway, clock: FrozenClock) -> None:
    settings = replace(shop.settings, keep_days=0, keep_attempts_days=0, keep_messages_days=0)
    sent_long_ago(shop, clock, days=9999)
    assert retention.run(replace(shop, settings=settings)) == {}
    assert [(one.rows, one.days) for one in kept.due(replace(shop, settings=settings))] == [(0, 0)] * 5


def test_what_is_open_stays_with_its_attempts_and_its_message(shop: Gateway, clock: FrozenClock) -> None:
    (old,) = sent_long_ago(shop, clock, days=90, open_=2)
    assert retention.run(shop)[Kind.DELIVERIES] == 4
    assert len(messages.deliveries(shop, None, old).items) == 2
    progress = messages.progress(shop, None, old)
    assert (progress.counts, progress.purged_at) == (COUNTS, None)
    assert rows(shop, "attempts", "receipts") == (7, 7)
    with shop.database.write() as session:
        session.execute(text("UPDATE deliveries SET open = false"))
    assert retention.run(shop) == {Kind.DELIVERIES: 2}
    assert rows(shop, "attempts", "receipts") == (5, 5)
    assert messages.progress(shop, None, old).counts == COUNTS


def test_a_delivery_that_holds_a_credit_stays(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=90)
    with shop.database.write() as session:
        session.execute(text("UPDATE deliveries SET credit = 't' WHERE id = 2"))
    assert retention.run(shop)[Kind.DELIVERIES] == 5


def test_a_message_is_known_for_a_year_and_then_no_more(shop: Gateway, clock: FrozenClock) -> None:
    (old,) = sent_long_ago(shop, clock, days=90)
    retention.run(shop)
    clock.advance(275 * DAY)
    end(shop, send(shop))
    assert retention.run(shop)[Kind.MESSAGES] == 1
    with pytest.raises(NotFound, match="What ended more than 365 days ago is known no more"):
        messages.progress(shop, None, old)


def test_what_goes_is_in_the_archive_with_all_that_stood_of_it(shop: Gateway, clock: FrozenClock) -> None:
    shop = with_archive(shop)
    old = sent_long_ago(shop, clock, days=90, count=2)
    wanted = {one.id for msgid in old for one in messages.deliveries(shop, None, msgid).items}
    retention.run(replace(shop, settings=replace(shop.settings, keep_attempts_days=0)))
    (path,) = (shop.settings.home / "archive").glob("deliveries-*")
    with gzip.open(path, "rt") as file:
        lines = [json.loads(line) for line in file]
    deliveries = [line["delivery"] for line in lines if "delivery" in line]
    assert {one["id"] for one in deliveries} == wanted
    assert len(deliveries) == len(wanted)
    assert Counter(one["msgid"] for one in deliveries) == dict.fromkeys(old, 6)
    first = next(one for one in deliveries if one["userid"] == "u3")
    assert (first["channel"], first["status"], first["address"]) == ("app1", "clicked", "fake-3")
    assert [len(first["attempts"]), len(first["receipts"])] == [1, 1]
    assert [line["message"]["contents"] for line in lines if "message" in line] == [{"app": {"text": "ready"}}] * 2


def test_where_the_archive_can_t_be_written_nothing_is_deleted(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=90)
    (shop.settings.home / "archive").write_text("a file stands in its place")
    with pytest.raises(Unavailable, match="The archive can't be written, so nothing is deleted"):
        retention.run(with_archive(shop))
    assert rows(shop, "deliveries") == (12,)


def test_a_crash_between_archive_and_deletion_loses_nothing(shop: Gateway, clock: FrozenClock) -> None:
    shop = with_archive(shop)
    sent_long_ago(shop, clock, days=90)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    event.listen(shop.database.engine, "commit", stop)
    with pytest.raises(KeyboardInterrupt):
        retention.run(shop)
    event.remove(shop.database.engine, "commit", stop)
    assert rows(shop, "deliveries") == (12,)
    assert retention.run(shop)[Kind.DELIVERIES] == 6
    (path,) = (shop.settings.home / "archive").glob("deliveries-*")
    with gzip.open(path, "rt") as file:
        ids = Counter(line["delivery"]["id"] for line in map(json.loads, file) if "delivery" in line)
    assert ids == dict.fromkeys(range(1, 7), 2)


def test_a_receipt_that_comes_between_is_not_lost(
    shop: Gateway, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = with_archive(shop)
    (old,) = sent_long_ago(shop, clock, days=90)
    archive = retention.archive_of(shop)
    assert archive is not None
    usual = type(archive).append

    def append(self: object, name: str, records: list[bytes]) -> None:
        usual(archive, name, records)
        monkeypatch.undo()
        with shop.database.write() as session:
            session.execute(text("UPDATE deliveries SET status = 'clicked' WHERE id = 1"))

    monkeypatch.setattr(type(archive), "append", append)
    assert retention.run(shop)[Kind.DELIVERIES] == 6
    assert messages.progress(shop, None, old).counts == {**COUNTS, "clicked": 2, "delivered": 2}


def test_a_step_deletes_few_rows_and_others_write_between(
    shop: Gateway, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST_ROWS", 4)
    monkeypatch.setattr(retention, "FIRST_ROWS", 4)
    monkeypatch.setattr(retention, "FEWEST_ROWS", 4)
    old = sent_long_ago(shop, clock, days=90, count=3)
    left: list[int] = []

    def look(_: int) -> None:
        with shop.database.write() as session:  # nobody holds the turn to write between two steps
            left.append(session.execute(text("SELECT COUNT(*) FROM deliveries")).scalar_one())

    assert retention.run(shop, told=look)[Kind.DELIVERIES] == 18
    assert max(before - after for before, after in zip([24, *left], left, strict=False)) <= 4
    assert [messages.progress(shop, None, msgid).counts for msgid in old] == [COUNTS] * 3


def test_one_process_does_it_at_a_time(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=90)
    with shop.database.write() as session:
        workers.take_lease(session, retention.JOB, "another", now=clock.now(), seconds=retention.LEASE)
    with pytest.raises(Conflict, match="Another process"):
        retention.run(shop)
    retention.purge(shop)
    assert rows(shop, "deliveries") == (12,)
    clock.advance(retention.LEASE + 1)
    retention.purge(shop)
    assert rows(shop, "deliveries") == (6,)
    # and the next one needn't wait
    sent_long_ago(shop, clock, days=90)
    assert retention.run(shop)[Kind.DELIVERIES] == 12


def test_numbers_are_never_given_again(shop: Gateway, clock: FrozenClock) -> None:
    old = send(shop)
    end(shop, old)
    clock.advance(400 * DAY)
    retention.run(shop)
    retention.run(shop)
    with shop.database.read() as session:
        highest = session.execute(text("SELECT MAX(id) FROM deliveries")).scalar_one()
    assert highest == 6
    send(shop)
    with shop.database.read() as session:
        assert session.execute(text("SELECT MAX(id) FROM deliveries")).scalar_one() == 12


def test_how_much_is_over_is_told_before_it_goes(shop: Gateway, clock: FrozenClock) -> None:
    sent_long_ago(shop, clock, days=90, count=2)
    over = {one.kind: one for one in kept.due(shop)}
    assert {kind: one.rows for kind, one in over.items()} == {
        "deliveries": 12, "attempts": 10, "receipts": 10, "credit_movements": 10, "messages": 0,
    }  # fmt: skip
    assert over[Kind.ATTEMPTS].oldest == clock.now() - 90 * DAY - 1
    retention.run(shop)
    assert [one.rows for one in kept.due(shop)] == [0] * 5
