"""What a database does for the statements of a piece of work: which indexes it uses, what it walks and sorts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from tests.statements import noting
from ums.store.at_hand import DirectSession
from ums.store.db import Database, Session

BIG = frozenset({
    "messages", "deliveries", "attempts", "receipts", "credit_movements", "callback_events", "callback_batches",
    "user_sends", "idempotency_keys", "provider_events",
})  # fmt: skip
"""Tables that grow with what is sent."""
SMALL = re.compile(
    "ix_deliveries_(claim|share|busy|expiry|receipt_wait|look|test|credit|open)$|ix_messages_(ahead|unfinished)$"
)
"""Indexes that hold what is under way only, however much there is: to walk one of them is to walk few rows."""
UNNAMED = {"sqlite_autoindex_attempts_1": "uq_attempts_delivery_id_number"}
"""What SQLite calls the indexes of unique constraints."""
Work = Callable[[Session], object]


@dataclass(slots=True)
class Plan:
    """What is done for all statements of a piece of work; tables that are walked from end to end are named."""

    indexes: set[str] = field(default_factory=set)
    walked: list[str] = field(default_factory=list)
    sorts: int = 0


def plan_of(database: Database, work: Work) -> Plan:
    """Run the work, undo it, and have its statements explained as they were run."""
    with database.engine.connect() as connection:
        plan = (_sqlite if connection.dialect.name == "sqlite" else _postgresql)(connection, work)
        connection.rollback()
    return plan


def _sqlite(connection: Connection, work: Work) -> Plan:
    driver: Any = connection.connection.dbapi_connection
    session = DirectSession(connection)
    session.direct = lambda: driver
    ran: list[str] = []
    driver.execute("BEGIN IMMEDIATE")
    driver.set_trace_callback(ran.append)
    work(session)
    driver.set_trace_callback(None)
    plan = Plan()
    for statement in ran:
        if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")):
            for *_, detail in driver.execute(f"EXPLAIN QUERY PLAN {statement}"):
                _note_sqlite(plan, detail)
    driver.rollback()
    return plan


def _note_sqlite(plan: Plan, detail: str) -> None:
    indexes = [UNNAMED.get(name, name) for name in re.findall(r"INDEX (\w+)", detail)]
    plan.indexes.update(indexes)
    if "INTEGER PRIMARY KEY" in detail or "USING PRIMARY KEY" in detail:
        plan.indexes.add("primary key")
    walked = re.match(r"SCAN (\w+)", detail)
    if walked and not any(map(SMALL.match, indexes)):
        plan.walked.append(walked[1])
    plan.sorts += "USE TEMP B-TREE FOR ORDER BY" in detail


def _postgresql(connection: Connection, work: Work) -> Plan:
    ran: list[tuple[str, Any]] = []
    driver: Any = connection.connection.dbapi_connection
    usual, driver.cursor_factory = driver.cursor_factory, noting(lambda *told: ran.append(told))
    work(Session(connection))
    driver.cursor_factory = usual
    plan = Plan()
    for statement, values in ran:
        if "pg_advisory" not in statement:
            ((document,),) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).all()
            found = document if isinstance(document, list) else json.loads(document)
            _note_postgresql(plan, found[0]["Plan"])
    return plan


def _note_postgresql(plan: Plan, node: Mapping[str, Any]) -> None:
    if name := node.get("Index Name"):
        plan.indexes.add("primary key" if name.startswith("pk_") else name)
    if name and "Index Cond" not in node and not SMALL.match(name):
        plan.walked.append(name)
    if node["Node Type"] == "Seq Scan":
        plan.walked.append(node["Relation Name"])
    plan.sorts += node["Node Type"] == "Sort"
    for child in node.get("Plans", ()):
        _note_postgresql(plan, child)
