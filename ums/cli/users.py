"""`ums users`: the bindings of many people at once."""

from __future__ import annotations

from pathlib import Path

import click

from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen
from ums.services import importing


@click.group(short_help="People and what reaches them.")
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
