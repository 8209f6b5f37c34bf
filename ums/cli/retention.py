"""`ums retention`: what is kept for a time, how much of it is over, and taking that away at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, moment, table
from ums.domain.commands import Json
from ums.domain.retention import Due, Kind
from ums.services import kept
from ums.services import retention as service

COLUMNS = ("what", "kept for", "oldest ended", "over, about")
MEANING = {
    Kind.DELIVERIES: "deliveries",
    Kind.ATTEMPTS: "attempts",
    Kind.RECEIPTS: "receipts",
    Kind.CREDIT_MOVEMENTS: "changes of credits",
    Kind.MESSAGES: "messages without deliveries",
}


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for programs.")
@click.pass_context
def retention(context: click.Context, as_json: bool) -> None:
    """What was sent is kept for a time. `ums serve` takes away by itself what is over, some at a time.

    Without a command, what is kept and what is over is shown.
    """
    if context.invoked_subcommand is None:
        context.invoke(show, as_json=as_json)


@retention.command()
@with_screen
def show(screen: Screen) -> None:
    """Show what is kept for how long, how old the oldest is, and about how many rows are over.

    \b
    Example:
      ums retention show
    """
    with opened_gateway() as gateway:
        found = kept.due(gateway)
        archive = gateway.settings.archive_directory
    _show(screen, found, archive)


@retention.command()
@with_screen
def run(screen: Screen) -> None:
    """Take away all that is over, now, while the gateway runs: others write between the steps.

    Where an archive is set, what goes is written there first. It may be stopped at any moment, and run again.

    \b
    Example:
      ums retention run
    """
    with opened_gateway() as gateway:
        found = kept.due(gateway)
        total = None if any(one.more for one in found) else sum(one.rows for one in found)
        with screen.progress("Taking away what is over") as advance:
            gone = service.run(gateway, told=lambda rows: advance(rows, total and max(total, rows)))
    document: dict[str, Json] = {kind.value: gone[kind] for kind in Kind}
    parts = [f"{gone[kind]:,} {MEANING[kind]}" for kind in Kind if gone[kind]]
    screen.result(document, f"Taken away: {', '.join(parts)}." if parts else "Nothing was over.")


def _show(screen: Screen, found: Sequence[Due], archive: str) -> None:
    kinds: dict[str, Json] = {one.kind.value: _item(one) for one in found}
    where = f"What goes is written to {archive} first." if archive else "What goes is written nowhere."
    screen.result(
        {"kinds": kinds, "archive_directory": archive},
        table("Kept for a time", COLUMNS, [_row(one) for one in found]),
        f"{where} `ums retention run` takes it away now; `ums serve` does so by itself.",
    )


def _item(one: Due) -> dict[str, Json]:
    return {name: value for name, value in asdict(one).items() if name != "kind"}


def _row(one: Due) -> tuple[str, ...]:
    days = f"{one.days} days" if one.days else "ever"
    if one.kind in {Kind.ATTEMPTS, Kind.RECEIPTS} and not one.days:
        days = "as long as the delivery"
    oldest = "-" if one.oldest is None else moment(one.oldest)
    return (MEANING[one.kind], days, oldest, f"{one.rows}{' or more' if one.more else ''}")
