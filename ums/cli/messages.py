"""`ums message`: how far a message has come, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import click

from ums.api.schemas.messages import DeliverySchema, MessageSchema
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Meter, Picture, Screen, facts, moment, table
from ums.cli.values import every_item
from ums.domain.commands import Json
from ums.domain.message import MessageStatus
from ums.domain.privacy import masked
from ums.domain.views import DeliveryView, MessageProgress, ReasonCount
from ums.services import messages, retracting
from ums.services.gateway import Gateway

POLL_SECONDS = 0.5
PAGE = 1000
UNDER_WAY = ("queued", "sending", "accepted")
ENDED = frozenset({MessageStatus.DONE, MessageStatus.CANCELLED, MessageStatus.REFUSED})


@click.group()
def message() -> None:
    """Messages: how far they have come, and why."""


@message.command()
@click.argument("msgid")
@click.option("--deliveries", "with_deliveries", is_flag=True, help="List every delivery as well.")
@click.option("--wait", "waits", is_flag=True, help="Wait until every delivery is final, receipts included.")
@with_screen
def show(screen: Screen, msgid: str, with_deliveries: bool, waits: bool) -> None:
    """Show how far a message has come: deliveries by channel, status and reason.

    \b
    Examples:
      ums message show MSGID
      ums message show MSGID --wait --deliveries
    """
    with opened_gateway() as gateway:
        if waits:
            with screen.progress(f"Waiting for {msgid}") as advance:
                _wait(gateway, msgid, advance)
        progress = messages.progress(gateway, None, msgid)
        reasons = messages.reasons(gateway, None, msgid)
        deliveries = tuple(_deliveries_of(gateway, msgid)) if with_deliveries else None
    document: dict[str, Json] = {**MessageSchema().dump(progress), "application": progress.application}
    pictures = [facts(_facts(progress)), _reasons(reasons)]
    if deliveries is not None:
        document["deliveries"] = DeliverySchema(many=True).dump(deliveries)
        pictures.append(_deliveries(deliveries))
    screen.result(document, *pictures)


@message.command()
@click.argument("msgid")
@with_screen
def retract(screen: Screen, msgid: str) -> None:
    """Withdraw a message, within 24 hours from when its sending begins: what no provider has is not sent.

    \b
    Example:
      ums message retract MSGID
    """
    with opened_gateway() as gateway:
        retracting.retract(gateway, None, msgid)
        progress = messages.progress(gateway, None, msgid)
    withdrawn = progress.counts.get("cancelled", 0)
    screen.result(MessageSchema().dump(progress), f"Retracted; {withdrawn:,} deliveries were withdrawn.")


def _wait(gateway: Gateway, msgid: str, advance: Meter) -> None:
    while True:
        progress = messages.progress(gateway, None, msgid)
        total = sum(progress.counts.values())
        advance(total - sum(progress.counts.get(status, 0) for status in UNDER_WAY), total)
        if progress.status in ENDED:
            return
        time.sleep(POLL_SECONDS)


def _deliveries_of(gateway: Gateway, msgid: str) -> Iterator[DeliveryView]:
    return every_item(lambda cursor: messages.deliveries(gateway, None, msgid, cursor=cursor, limit=PAGE))


def _facts(progress: MessageProgress) -> dict[str, str]:
    used = progress.template
    template = {} if used is None else {"template": f"{used.id}, version {used.version}"}
    return {
        "message": progress.msgid,
        "application": progress.application,
        **template,
        "status": progress.status,
        "recipients": f"{progress.recipients:,}",
        **_purged(progress),
    }


def _purged(progress: MessageProgress) -> dict[str, str]:
    if progress.purged_at is None:
        return {}
    return {"purged": f"{moment(progress.purged_at)}: its deliveries are kept no more, only these counts"}


def _reasons(reasons: Sequence[ReasonCount]) -> Picture:
    rows = [
        (item.channel or "-", item.status.value, item.reason or "-", str(item.count), str(item.fell_over))
        for item in reasons
    ]
    return table("Deliveries", ("channel", "status", "reason", "count", "fell over"), rows)


def _deliveries(deliveries: Sequence[DeliveryView]) -> Picture:
    """Addresses are shortened: what is on a screen is soon in a picture of it."""
    rows = [
        (
            item.userid,
            item.channel or "-",
            masked(item.address) if item.address else "-",
            item.status.value,
            f"{item.reason} {item.provider_code or ''}".strip() or "-",
            str(item.attempts),
        )
        for item in deliveries
    ]
    return table("Each delivery", ("user", "channel", "address", "status", "reason", "attempts"), rows)
