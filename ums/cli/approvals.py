"""`ums approval`: messages that wait for an operator."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import click

from ums.api.blueprint import loaded
from ums.api.schemas.approvals import ApprovalEntry, ApprovalSchema, RefusalBody, approval_document
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item
from ums.domain.approval import Approval, ApprovalState
from ums.domain.commands import Json
from ums.services import approvals

AT_THE_MACHINE = "command line"
"""Who decided, where no operator's name was given."""
AS = click.option("--as", "operator", metavar="NAME", default=AT_THE_MACHINE, help="Who decides; kept with it.")


@click.group()
def approval() -> None:
    """Approval: messages that wait for an operator."""


@approval.command("list")
@click.option("--all", "shows_all", is_flag=True, help="Those that are decided as well.")
@with_screen
def list_(screen: Screen, shows_all: bool) -> None:
    """Show the messages that wait for approval, the oldest first.

    \b
    Examples:
      ums approval list
      ums approval list --all
    """
    state = None if shows_all else ApprovalState.WAITING
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: approvals.list_all(gateway, state, cursor)))
    columns = ("message", "application", "owner", "users", "channels", "state")
    screen.result(
        {"approvals": ApprovalEntry(many=True).dump(map(approval_document, found))},
        table("Approvals", columns, list(map(_row, found))),
    )


@approval.command()
@click.argument("msgid")
@with_screen
def show(screen: Screen, msgid: str) -> None:
    """Show what a message says, whom it is for, and what was decided.

    \b
    Example:
      ums approval show MSGID
    """
    with opened_gateway() as gateway:
        found = approvals.show(gateway, msgid)
    _show(screen, found)


@approval.command()
@click.argument("msgid")
@AS
@with_screen
def approve(screen: Screen, msgid: str, operator: str) -> None:
    """Let a message go: at its own time, or now where that has passed.

    \b
    Example:
      ums approval approve MSGID --as zhangsan
    """
    with opened_gateway() as gateway:
        decided = approvals.approve(gateway, msgid, operator)
    _show(screen, decided)


@approval.command()
@click.argument("msgid")
@click.option("--reason", default="", help="For those who submitted it; kept with it.")
@AS
@with_screen
def refuse(screen: Screen, msgid: str, reason: str, operator: str) -> None:
    """Keep a message from being sent, for good.

    \b
    Example:
      ums approval refuse MSGID --reason "Not before the sale begins" --as zhangsan
    """
    loaded(RefusalBody(), {"reason": reason})
    with opened_gateway() as gateway:
        decided = approvals.refuse(gateway, msgid, operator, reason)
    _show(screen, decided)


def _row(one: Approval) -> tuple[str, ...]:
    channels = ", ".join(sorted(one.contents))
    return one.msgid, one.application, one.owner or "-", str(one.recipients), channels, one.state


def _show(screen: Screen, found: Approval) -> None:
    document: Mapping[str, Json] = ApprovalSchema(exclude=("code",)).dump(approval_document(found))
    told = {
        "message": found.msgid,
        "state": found.state.value,
        "application": found.application,
        "owner": found.owner or "-",
        "users": str(found.recipients),
        "begins": _local(found.start_at),
        "expires": _local(found.expires_at),
        "decided by": found.decided_by or "-",
        "decided at": "-" if found.decided_at is None else _local(found.decided_at),
        "reason": found.reason or "-",
    }
    says = [(type_, json.dumps(content, ensure_ascii=False)) for type_, content in found.contents.items()]
    screen.result({**document}, facts(told), table(None, ("channel", "says"), says))


def _local(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(moment))
