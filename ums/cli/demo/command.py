"""The command `ums demo`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from ums.cli.demo import platform, scenario
from ums.cli.demo.cast import Stage, last_lines, raised, scratch_home
from ums.cli.demo.client import Client, DemoFailed
from ums.cli.demo.plan import LEAST_USERS, MINI_PROGRAM, Person, people
from ums.cli.demo.report import Report
from ums.cli.demo.verdict import judge
from ums.cli.faults import REFUSED
from ums.cli.opening import with_screen
from ums.cli.screen import Screen
from ums.domain.message import MAX_TARGETS


@click.command()
@click.option("--exit", "ends", is_flag=True, help="End by itself; the status is 0 only if all went as planned.")
@click.option(
    "--users", "count", type=click.IntRange(LEAST_USERS, MAX_TARGETS), default=MAX_TARGETS, show_default=True,
    help="How many people get the message.",
)  # fmt: skip
@click.option(
    "--latency-ms", type=click.FloatRange(0, 5000), default=50, show_default=True,
    help="How long each answer of the sandbox takes.",
)  # fmt: skip
@with_screen
def demo(screen: Screen, ends: bool, count: int, latency_ms: float) -> None:
    """Do the main job, live: one message to a thousand people on two WeChat accounts.

    Starts a gateway and the WeChat sandbox on free loopback ports, in a scratch directory that is removed in
    the end, and shows what became of everyone and whether that was the plan. It keeps serving until Ctrl-C.

    \b
    Examples:
      ums demo
      ums demo --exit --users 200
    """
    with _ending_on_sigterm(), scratch_home() as home:
        screen.say("Starting the gateway and the WeChat sandbox …")
        with raised(home, latency_ms) as stage:
            report = _play(screen, stage, people(count))
            _show(screen, report)
            if not ends:
                _serve_on(screen, stage, report)
    if not report.succeeded:
        sys.exit(REFUSED)


def _play(screen: Screen, stage: Stage, everyone: Sequence[Person]) -> Report:
    try:
        with Client(stage.sandbox_url) as sandbox:
            return _run(screen, stage, everyone, sandbox)
    except DemoFailed as error:
        raise DemoFailed(f"{error.message}\nThe gateway's log ends:\n{last_lines(stage.gateway_log)}") from error


def _run(screen: Screen, stage: Stage, everyone: Sequence[Person], sandbox: Client) -> Report:
    accounts = platform.new_accounts()
    platform.seed(sandbox, accounts, everyone, stage.gateway_url)
    keys = scenario.prepare(stage, accounts)
    screen.say(
        "One application, two channels: a mini program and an official account. Refreshing their templates …"
    )
    with Client(stage.gateway_url, (keys.application.key, keys.application.master_secret)) as api:
        scenario.refresh(api)
        with screen.progress("Uploading bindings") as advance:
            scenario.upload(api, everyone, advance)
        with screen.progress("Sending and awaiting receipts") as advance:
            run = scenario.send(api, scenario.message_to(api, [person.userid for person in everyone]), advance)
        chosen = next(person for person in everyone if MINI_PROGRAM in person.openids)
        return Report(
            verdict=judge(everyone, scenario.deliveries(api, run.msgid), platform.send_calls(sandbox)),
            run=run,
            stage=stage,
            keys=keys,
            example=scenario.message_to(api, [chosen.userid]),
            openid=chosen.openids[MINI_PROGRAM],
        )


def _show(screen: Screen, report: Report) -> None:
    screen.result(report.document(), *report.pictures())
    if not report.succeeded:
        screen.note(f"The gateway's log ends:\n{last_lines(report.stage.gateway_log)}")


def _serve_on(screen: Screen, stage: Stage, report: Report) -> None:
    screen.say(f"\n{report.look_further()}\n\nStill serving on {stage.gateway_url}. Ctrl-C ends it.")
    try:
        stage.wait()
    except KeyboardInterrupt:
        screen.say("")
        return
    raise DemoFailed(f"A server of the demo has ended by itself.\n{last_lines(stage.gateway_log)}")


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that it too leaves nothing behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
