"""`ums user`, `ums conflict`, `ums binding`: who people are, and how they came to be reached."""

from __future__ import annotations

import time

import click

from ums.api.schemas.people import (
    BackfillSchema,
    ConflictEntry,
    UserChangeEntry,
    backfill_document,
    change_document,
    conflict_document,
)
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, moment, table
from ums.cli.values import every_item
from ums.domain.binding_history import change_word, shown_address
from ums.domain.privacy import masked
from ums.services import audits
from ums.services.binding import backfill as backfills
from ums.services.binding import conflicts, history
from ums.services.binding.backfill import Progress
from ums.services.binding.conflicts import ConflictView
from ums.services.paging import LONGEST_PAGE, PAGE
from ums.store.backfills import RUNNING
from ums.store.conflicts import STATES

LOOKS_AGAIN = 1.0
"""Seconds between two looks at a backfill that is waited for."""


@click.group()
def user() -> None:
    """One person and what reaches him; many at once: ums users."""


@user.command("history")
@click.argument("userid")
@click.option("--limit", type=click.IntRange(1, LONGEST_PAGE), default=PAGE, show_default=True, help="How many.")
@with_screen
def history_(screen: Screen, userid: str, limit: int) -> None:
    """Show how the addresses of USERID came about, the newest change first; addresses are masked.

    \b
    Examples:
      ums user history zhangsan
      ums user history zhangsan --json
    """
    with opened_gateway() as gateway:
        found = history.page(gateway, None, userid, limit=limit)
    entries = [{**change_document(one), "address": shown_address(one.change)} for one in found.items]
    rows = [
        (
            moment(one.at),
            change_word(one.change),
            f"{one.change.property} ({one.change.bind_id})",
            shown_address(one.change),
            one.change.cause.value,
            one.change.by or "-",
        )
        for one in found.items
    ]
    columns = ("at", "change", "where", "address", "cause", "by")
    screen.result({"history": UserChangeEntry(many=True).dump(entries)}, table("History", columns, rows))


@click.group()
def conflict() -> None:
    """Persons whose addresses can't all be one user's: kept apart until somebody decides."""


@conflict.command("list")
@click.option("--state", type=click.Choice(STATES), default=STATES[0], show_default=True, help="Which of them.")
@with_screen
def list_(screen: Screen, state: str) -> None:
    """Show them, in the order in which they came; addresses are masked.

    \b
    Examples:
      ums conflict list
      ums conflict list --state apart
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: conflicts.page(gateway, state, cursor)))
    columns = ("id", "kind", "userids", "addresses", "found at", "decision")
    screen.result(
        {"conflicts": ConflictEntry(many=True).dump(map(conflict_document, found))},
        table("Conflicts", columns, list(map(_row, found))),
    )


@conflict.command()
@click.argument("conflict_id", type=int, metavar="ID")
@click.argument("userid")
@with_screen
def settle(screen: Screen, conflict_id: int, userid: str) -> None:
    """Bind all addresses of the person to USERID; whoever else had one loses it.

    \b
    Example:
      ums conflict settle 7 zhangsan
    """
    with opened_gateway() as gateway:
        decided = conflicts.settle(gateway, None, conflict_id, userid)
        audits.note(gateway, None, "settle", f"conflict {conflict_id}", f"userid {userid}")
    _told(screen, decided, f"All addresses are {userid}'s now.")


@conflict.command()
@click.argument("conflict_id", type=int, metavar="ID")
@with_screen
def apart(screen: Screen, conflict_id: int) -> None:
    """Leave everything as it is, and don't list it again while it is about the same users.

    \b
    Example:
      ums conflict apart 7
    """
    with opened_gateway() as gateway:
        decided = conflicts.keep_apart(gateway, None, conflict_id)
        audits.note(gateway, None, "apart", f"conflict {conflict_id}", "")
    _told(screen, decided, "They stay apart.")


@click.group()
def binding() -> None:
    """How addresses and people are brought together."""


@binding.command()
@click.argument("channel")
@click.option("--wait", is_flag=True, help="Show the progress until it is done or has stopped.")
@with_screen
def backfill(screen: Screen, channel: str, wait: bool) -> None:
    """List everybody who follows the account of CHANNEL, and ask who they are; what has stopped goes on.

    The sending side (ums serve, ums worker) does it; this command begins it.

    \b
    Examples:
      ums binding backfill wechatoa456 --wait
      ums binding progress wechatoa456
    """
    with opened_gateway() as gateway, screen.progress(f"Followers of {channel}") as advance:
        found = backfills.begin(gateway, channel)
        audits.note(gateway, None, "backfill", channel, "")
        while wait and found.backfill.state == RUNNING:
            advance(found.backfill.asked, max(found.backfill.total, found.backfill.asked + found.left) or None)
            time.sleep(LOOKS_AGAIN)
            found = backfills.progress(gateway, channel)
    _show_progress(screen, found)


@binding.command("progress")
@click.argument("channel")
@with_screen
def progress_(screen: Screen, channel: str) -> None:
    """Show how far the followers of CHANNEL have been listed and asked about.

    \b
    Example:
      ums binding progress wechatoa456
    """
    with opened_gateway() as gateway:
        found = backfills.progress(gateway, channel)
    _show_progress(screen, found)


def _show_progress(screen: Screen, found: Progress) -> None:
    kept = found.backfill
    told = {
        "state": kept.state,
        "listed": f"{kept.listed:,} of {kept.total:,}",
        "asked": f"{kept.asked:,}, {found.left:,} left",
        "joined": f"{kept.joined:,}",
        "goes on": "-" if found.waits_until is None else moment(found.waits_until),
        "note": kept.note or "-",
    }
    screen.result(BackfillSchema(exclude=("code",)).dump(backfill_document(found)), facts(told))


def _row(view: ConflictView) -> tuple[str, ...]:
    kept = view.conflict
    addresses = ", ".join(
        f"{claim.place.code} {masked(claim.place.address)}: "
        f"{', '.join(owner.userid for owner in claim.owners) or 'nobody'}"
        for claim in view.claims
    )
    decision = "-" if kept.state == STATES[0] else f"{kept.decision or 'apart'} by {kept.decided_by or 'nobody'}"
    return str(kept.id), kept.kind.value, ", ".join(kept.userids), addresses, moment(kept.at), decision


def _told(screen: Screen, view: ConflictView, words: str) -> None:
    screen.result(ConflictEntry().dump(conflict_document(view)), words)
