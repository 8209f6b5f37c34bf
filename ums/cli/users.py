"""`ums users`: the bindings of many people at once, and on which channels one of them can be reached."""

from __future__ import annotations

from pathlib import Path

import click

from ums.api.schemas.reach import ReachSchema
from ums.cli.lists import LIST_ID
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, moment, table
from ums.domain.commands import Caller
from ums.domain.reach import ChannelReach, Hindrance
from ums.services import applications, importing
from ums.services.contents import sender_of
from ums.services.reach import reach as look


@click.group()
def users() -> None:
    """The people who get messages, and what they are reached by."""


@users.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", metavar="CODE", help="The channel that columns without a channel code belong to.")
@with_screen
def import_(screen: Screen, file: Path, channel: str | None) -> None:
    """Take the users and bindings in an Excel (.xlsx) or CSV file; its first row names the columns.

    Columns are userid and any of tag, phone, email, wechatoa_openid, wechatmp_openid and so on, each with
    an optional channel code, as in wechatmp_openid:wechatmp123. Rows that can't be taken are written to a
    file beside it, with the reason.

    \b
    Examples:
      ums users import people.xlsx
      ums users import openids.csv --channel wechatmp123
    """
    with opened_gateway() as gateway, screen.progress(f"Importing {file.name}") as advance:
        done = importing.import_file(gateway, file, channel, advance)
    rejected_file = None if done.rejected_file is None else str(done.rejected_file)
    sentence = f"{done.taken:,} of {done.rows:,} rows taken, {done.rejected:,} rejected."
    if rejected_file:
        sentence += f" The rejected rows, with the reasons: {rejected_file}"
    screen.result(
        {"rows": done.rows, "taken": done.taken, "rejected": done.rejected, "rejected_file": rejected_file},
        sentence,
    )


@users.command()
@click.argument("userid")
@click.option("--application", "name", metavar="NAME", required=True, help="By whose channels.")
@click.option("--template", default="", metavar="ID", help="With this template of a provider's, or TEMPLATE#SCENE.")
@click.option("--blacklist", "black_id", type=LIST_ID, help="As a message that names this blacklist.")
@click.option("--whitelist", "white_id", type=LIST_ID, help="As a message that names this whitelist.")
@with_screen
def reach(
    screen: Screen, userid: str, name: str, template: str, black_id: int | None, white_id: int | None
) -> None:
    """Tell on which channels a user can be reached now, why not on the others, and what would help.

    \b
    Examples:
      ums users reach zhangsan --application shop
      ums users reach zhangsan --application shop --template TEMPLATE --json
    """
    if black_id is not None and white_id is not None:
        raise click.UsageError("Give either --blacklist or --whitelist.")
    with opened_gateway() as gateway:
        sender = sender_of(gateway, applications.by_name(gateway, name).id)
        caller = Caller(key=sender.channel_key, sender=sender)
        found = look(gateway, caller, userid, template=template, black_id=black_id, white_id=white_id)
    rows = [row for channel in found.channels for row in _rows(channel)]
    screen.result(ReachSchema().dump(found), table("Reach", ("channel", "reachable", "reason", "what helps"), rows))


def _rows(channel: ChannelReach) -> list[tuple[str, ...]]:
    if channel.reachable:
        return [(channel.code, "yes", "", "")]
    marks = [(channel.code, "no"), *[("", "")] * (len(channel.hindrances) - 1)]
    return [(*mark, _reason(one), one.fix) for mark, one in zip(marks, channel.hindrances, strict=True)]


def _reason(one: Hindrance) -> str:
    until = "" if one.until is None else f"until {moment(one.until)}"
    return "\n".join(filter(None, (one.reason, until, one.detail)))
