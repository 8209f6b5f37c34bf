"""`ums channel events`: what a channel's provider has told besides receipts."""

from __future__ import annotations

import json

import click

from ums.api.schemas.messages import LATEST
from ums.api.schemas.provider_events import EventsSchema
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.quotas import channel
from ums.cli.screen import Screen, moment, table
from ums.services import provider_events
from ums.services.paging import LONGEST_PAGE, PAGE

__all__ = ["channel"]

WITHOUT = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "OpenID"})
"""Members that the other columns tell, or that are the same in all."""


@channel.command()
@click.argument("code")
@click.option("--event", default="", metavar="NAME", help="Only those that the provider calls so.")
@click.option(
    "--since", type=click.IntRange(0, LATEST), default=0, metavar="SECONDS", help="Came since (unix time)."
)
@click.option("--limit", type=click.IntRange(1, LONGEST_PAGE), default=PAGE, show_default=True, help="How many.")
@with_screen
def events(screen: Screen, code: str, event: str, since: int, limit: int) -> None:
    """Show what the provider of the channel CODE has told besides receipts, the last first; openids are masked.

    \b
    Examples:
      ums channel events wechatoa456
      ums channel events wechatoa456 --event unsubscribe --json
    """
    with opened_gateway() as gateway:
        found = provider_events.page(gateway, code, event=event, since=since, limit=limit)
    rows = [
        (moment(one.received_at), one.kind, one.address, json.dumps(rest, ensure_ascii=False) if rest else "")
        for one in found.items
        for rest in [{name: value for name, value in one.details.items() if name not in WITHOUT}]
    ]
    screen.result(EventsSchema().dump(found), table("Events", ("came at", "event", "openid", "details"), rows))
