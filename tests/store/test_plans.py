"""What runs all the time finds its rows by an index, however many there are: so the databases explain it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from benchmarks.filling import NUMBERS, Crowd, add_rows, fill
from tests.factories import create_database
from tests.fakes import NOON
from tests.store.planning import BIG, Plan, Work, plan_of
from ums.domain.delivery import DeliveryStatus
from ums.domain.erasure import Erasure
from ums.domain.message import DAY
from ums.domain.policy import FrequencyCap
from ums.domain.receipt import Receipt
from ums.domain.retention import Kind
from ums.store import (
    callback_batches,
    credit_holds,
    endings,
    erasures,
    idempotency,
    messages,
    outbox,
    progress,
    provider_events,
    purging,
    quotas,
    receipts,
    rehearsals,
    schedules,
    steps,
    user_sends,
    walks,
    withdrawals,
)
from ums.store.db import Database, Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Ending, Written
from ums.store.purging import BEGINNING

pytestmark = pytest.mark.both_databases

CROWD = Crowd(messages=1000, each=30, now=NOON, waiting=9000)
ENDPOINT = EndpointState(
    channel_id=1, channel_version=1, name="subscription", rate=1000.0, allowance=1000.0, refilled_at=0.0
)
RECEIPT = Receipt(event_id="e", provider_id="3000000000000000007", address="a", status=DeliveryStatus.DELIVERED)
SETTLED = Written(29_460, 1, "p", None, NOON, Ending(DeliveryStatus.DELIVERED, open=False))
SOME = [11, 12, 13]
LATELY = NOON - 3500
BESIDE = (
    f"""{NUMBERS}
        INSERT INTO user_sends (application_id, userid, message_id, at) SELECT 1, 'u' || i, i, :now FROM n
    """,  # noqa: S608 - constants
    f"""{NUMBERS}
        INSERT INTO idempotency_keys (application_id, key, fingerprint, answer, created_at)
        SELECT 1, 'k' || i, '', '', :now - 3600 + i FROM n
    """,  # noqa: S608 - constants
    f"""{NUMBERS}
        INSERT INTO callbacks (id, application_id, url, types, enabled, is_default, state, reason, sealed_secret,
                               old_until, failures, rests_until, created_at, updated_at)
        SELECT i, 1, i, '[]', false, false, 'verified', '', '', 0, 0, 0, 0, 0 FROM n WHERE i = 1
    """,  # noqa: S608 - constants
    f"""{NUMBERS}
        INSERT INTO callback_batches (webhook_id, callback_id, state, size, tries, lease_until, created_at,
                                      ended_at)
        SELECT 'w' || i, 1, 'delivered', 1, 1, 0, :now, :now - 3600 + i FROM n
    """,  # noqa: S608 - constants
)


@pytest.fixture(scope="module")
def kinds() -> Iterator[dict[str, Database]]:
    """One filled database of each kind for all tests here."""
    filled: dict[str, Database] = {}
    yield filled
    for database in filled.values():
        database.close()


@pytest.fixture
def crowded(kinds: dict[str, Database], database_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Database:
    if database_kind not in kinds:
        kinds[database_kind] = filled(tmp_path_factory.mktemp("crowded"))
    return kinds[database_kind]


def filled(home: Path) -> Database:
    database = create_database(home)
    with database.write() as session:
        fill(session, CROWD)
        for statement in BESIDE:
            add_rows(session, CROWD, statement, CROWD.deliveries)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return database


class Case(NamedTuple):
    """A piece of work and the indexes that it must use, one of those that stand together; `sorts`: few rows."""

    work: Work
    indexes: tuple[str, ...]
    sorts: bool = False


def case(name: str, work: Work, *indexes: str, sorts: bool = False) -> pytest.ParameterSet:
    return pytest.param(Case(work, indexes, sorts), id=name)


def settle(session: Session, rows: list[Written]) -> None:
    """Others hold them, which is known once it is done."""
    with suppress(outbox.StaleResults):
        outbox.settle(session, "worker", rows, NOON)


OF_MESSAGE, OF_USER = "ix_deliveries_message_id_id", "ix_deliveries_message_id_userid"
EITHER = f"{OF_MESSAGE}|{OF_USER}"
KEY = "primary key"
WAITING = "ix_deliveries_claim|ix_deliveries_expiry|ix_deliveries_share"
HOT = [
    case("look for work", lambda s: outbox.due_lanes(s, NOON), "ix_deliveries_claim"),
    case(
        "claim",
        lambda s: outbox.claim(s, "w", ENDPOINT, 2, now=NOON, limit=64),
        "ix_deliveries_claim", "ix_deliveries_busy", KEY,
    ),
    case("settle", lambda s: settle(s, [SETTLED]), KEY),
    case("still owned", lambda s: outbox.still_owned(s, "worker", SOME), KEY),
    case("what a dead worker held", lambda s: outbox.held_by(s, "worker"), "ix_deliveries_busy"),
    case("give back", lambda s: outbox.release(s, "worker", SOME, NOON), KEY),
    case("is anything late", lambda s: endings.anything_late(s, NOON), "ix_deliveries_expiry"),
    case("expire", lambda s: endings.expire_late(s, NOON, 2000), "ix_deliveries_expiry", KEY),
    case("end waits", lambda s: endings.close_unreported(s, NOON, 2000), "ix_deliveries_receipt_wait", KEY),
    case("may have arrived", lambda s: endings.that_may_have_arrived(s, SOME), "uq_attempts_delivery_id_number"),
    case("is a message done", lambda s: messages.finish_messages(s, [7], NOON), "ix_deliveries_open"),
    case("how far a message is", lambda s: messages.status_counts(s, 7), EITHER),
    case("why", lambda s: messages.reason_counts(s, 7), OF_USER, sorts=True),
    case("how far a page of messages is", lambda s: progress.counts_of(s, SOME), EITHER, sorts=True),
    case(
        "deliveries of a message",
        lambda s: messages.deliveries(s, 7, status=None, channel=None, after=190, limit=10),
        OF_MESSAGE,
    ),
    case(
        "an application's messages",
        lambda s: progress.recent(s, progress.Wanted(application_id=2, before=900), 50),
        "ix_messages_application_id_id",
    ),
    case("steps of users", lambda s: steps.siblings(s, 7, 0, ["user10000190"]), OF_USER, sorts=True),
    case("waits of rules", lambda s: steps.due_for_a_look(s, NOON, 500), "ix_deliveries_look", sorts=True),
    case("whose receipt", lambda s: receipts.delivery_of(s, 1, RECEIPT), "ix_deliveries_provider_id", sorts=True),
    case("early receipts", lambda s: receipts.unmatched(s, 1, ["p"]), "ix_receipts_unmatched", sorts=True),
    case("any early receipt", lambda s: receipts.has_unmatched(s, 1), "ix_receipts_unmatched"),
    case("whose event", lambda s: provider_events.deliveries_named(s, 1, ["p"], 9), "ix_deliveries_provider_id",
         sorts=True),
    case("withdraw", lambda s: withdrawals.cancel_queued(s, 999, "r", NOON, 500), "ix_deliveries_open", KEY),
    case("cannot be withdrawn", lambda s: withdrawals.handed_over(s, 7, 0, 500), OF_MESSAGE),
    case("what waits on an endpoint", lambda s: quotas.waiting(s, 1, "subscription", 100), WAITING),
    case("what waits on a channel", lambda s: endings.waiting_on(s, 1), WAITING),
    case(
        "rehearsed",
        lambda s: rehearsals.awaiting(s, before=NOON, after=0, silent=["x"], limit=10),
        "ix_deliveries_test",
    ),
    case("credits left over", lambda s: credit_holds.left_over(s, NOON, 500), "ix_deliveries_credit"),
    case(
        "capped users",
        lambda s: user_sends.used_up(s, 1, FrequencyCap(messages=1, seconds=DAY), ["u"], NOON),
        KEY,
    ),
    case("scheduled", lambda s: schedules.due(s, NOON), "ix_messages_ahead"),
    case("expanded next", lambda s: schedules.next_expansion(s), "ix_messages_ahead", sorts=True),
    case("ended long ago", lambda s: purging.ended(s, NOON - 300, BEGINNING, 200), "ix_messages_ended"),
    case("old deliveries", lambda s: purging.deliveries_of(s, SOME, 60), OF_MESSAGE, OF_USER),
    case(
        "take away",
        lambda s: purging.take(s, purging.deliveries_of(s, [11], 30), [11], NOON),
        KEY, "uq_attempts_delivery_id_number", "ix_receipts_delivery_id",
    ),
    case("messages without deliveries", lambda s: purging.outlived(s, NOON, 100), "ix_messages_purged"),
    case("old attempts", lambda s: walks.following(s, Kind.ATTEMPTS, 500, 100), KEY),
    case("old receipts", lambda s: walks.following(s, Kind.RECEIPTS, 500, 100), KEY),
    case("old changes of credits", lambda s: walks.following(s, Kind.CREDIT_MOVEMENTS, 500, 100), KEY),
    case("take attempts away", lambda s: walks.drop(s, Kind.ATTEMPTS, SOME), KEY),
    case("old posts", lambda s: callback_batches.forget_ended(s, LATELY, 25), "ix_callback_batches_ended"),
    case("old answers", lambda s: idempotency.forget_answers(s, LATELY, 100), "ix_idempotency_keys_created_at"),
    case(
        "erase",
        lambda s: erasures.found(s, Erasure(id=1, channel_id=1, address="a", cause="c", walked_to=500), 900),
        KEY, sorts=False,
    ),
]  # fmt: skip


@pytest.mark.parametrize("hot", HOT)
def test_rows_are_found_by_an_index(crowded: Database, hot: Case) -> None:
    plan = plan_of(crowded, hot.work)
    assert [names for names in hot.indexes if plan.indexes.isdisjoint(names.split("|"))] == [], plan
    assert [name for name in plan.walked if name in BIG or name.startswith("ix_")] == [], plan
    assert hot.sorts or not plan.sorts, plan


@pytest.mark.parametrize(
    ("work", "indexes"),
    [
        (lambda s: outbox.due_lanes(s, NOON), {"ix_deliveries_claim"}),
        (lambda s: outbox.claim(s, "w", ENDPOINT, 2, now=NOON, limit=64),
         {"ix_deliveries_claim", "ix_deliveries_busy", KEY}),
        (lambda s: settle(s, [SETTLED._replace(id=id_) for id_ in range(950, 1000)]), {KEY}),
    ],
    ids=["look for work", "claim", "settle"],
)  # fmt: skip
def test_nor_does_it_matter_what_was_counted_last(tmp_path: Path, work: Work, indexes: set[str]) -> None:
    database = create_database(tmp_path)
    with database.write() as session:
        fill(session, Crowd(messages=50, each=30, now=NOON, waiting=500))
    used = {name for name in plan_of(database, work).indexes if name == KEY or name.startswith("ix_deliveries")}
    database.close()
    assert used | {KEY} == indexes | {KEY}


def test_a_walk_and_a_sort_are_seen(crowded: Database) -> None:
    """That the tests above can fail."""
    plan = plan_of(crowded, lambda s: s.execute(text("SELECT id FROM deliveries ORDER BY userid")))
    assert (plan.walked, plan.sorts) == (["deliveries"], 1) == (Plan(walked=["deliveries"], sorts=1).walked, 1)
