"""The command line of the drills."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from benchmarks.drills.clock_jump import clock_jump
from benchmarks.drills.crash import crash, sigterm
from benchmarks.drills.outages import broker_down, database_down, disk_full
from benchmarks.drills.plan import (
    CELERY,
    LOCAL,
    MINI_PROGRAM,
    OFFICIAL_ACCOUNT,
    POSTGRESQL,
    SQLITE,
    CannotBeDone,
    Plan,
)
from benchmarks.drills.sleepers import partition, paused
from benchmarks.drills.verdict import Verdict

DRILLS: Mapping[str, Callable[[Plan], Verdict]] = {
    "crash": crash,
    "sigterm": sigterm,
    "disk-full": disk_full,
    "clock-jump": clock_jump,
    "database-down": database_down,
    "partition": partition,
    "paused": paused,
    "broker-down": broker_down,
}
SHORT = {"recipients": 6_000, "seconds": 90.0}
"""What all but `crash` are held with, unless something else is asked for."""
DATABASES = {"partition": POSTGRESQL}


def main(arguments: Sequence[str]) -> int:
    """Hold one drill; the status to end with: 1 where a promise was broken."""
    given = vars(_parser().parse_args(arguments))
    name, as_json = given.pop("name"), given.pop("json")
    given["more"] = dict(given.pop("set"))
    wanted = {key: value for key, value in given.items() if value is not None}
    usual: dict[str, Any] = {} if name == "crash" else dict(SHORT)
    if name in DATABASES:
        usual["database"] = DATABASES[name]
    if given["engine"] == CELERY:
        usual["database"] = POSTGRESQL
    try:
        verdict = DRILLS[name](_held_as(Plan(**{**usual, **wanted})))
    except CannotBeDone as reason:
        verdict = Verdict(name, left_out=str(reason))
    return verdict.tell(as_json=as_json)


def _held_as(plan: Plan) -> Plan:
    """The plan, which must make sense. Raises CannotBeDone where it doesn't."""
    if plan.engine == CELERY and plan.database != POSTGRESQL:
        raise CannotBeDone("The engine celery needs PostgreSQL: leave --database out.")
    return plan


def _parser() -> argparse.ArgumentParser:
    usual = {item.name: item.default for item in fields(Plan)}
    parser = argparse.ArgumentParser(
        prog="benchmarks drill", description="Break something while the gateway sends, and see what it keeps."
    )
    parser.add_argument("name", choices=DRILLS, metavar="NAME", help=", ".join(DRILLS))
    parser.add_argument("--type", choices=(MINI_PROGRAM, OFFICIAL_ACCOUNT), help=f"usually {usual['type']}")
    parser.add_argument("--engine", choices=(LOCAL, CELERY), help=f"usually {usual['engine']}")
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), help="a server of its own is made where needed")
    parser.add_argument("--recipients", type=int, help=f"crash: {usual['recipients']}, else {SHORT['recipients']}")
    parser.add_argument("--seconds", type=float, help="over which the send is paced")
    parser.add_argument("--kills", type=int, help=f"crash: usually {usual['kills']}")
    parser.add_argument("--down", type=float, help=f"seconds that something is away; usually {usual['down']:.0f}")
    parser.add_argument("--lease", type=float, help=f"seconds; usually {usual['lease']:.0f}")
    parser.add_argument("--in-flight", type=int, help=f"calls of a process; usually {usual['in_flight']}")
    parser.add_argument("--latency-ms", type=float, help=f"of the sandbox; usually {usual['latency_ms']:.0f}")
    parser.add_argument("--seed", type=int, help="of the dice that choose what is killed, and when")
    parser.add_argument(
        "--set", type=_setting, action="append", default=[], metavar="NAME=VALUE", help="a setting of the gateway"
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
