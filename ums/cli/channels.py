"""`ums channel`: the ways out, one configured account of a provider each."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from ums.api.schemas.channels import ChannelsSchema, RefreshesSchema, RefreshSchema, TemplatesSchema
from ums.cli.channel_views import show_channel, state_of
from ums.cli.credits import credits
from ums.cli.faults import REFUSED
from ums.cli.library import library
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, moment, table
from ums.cli.template_views import counted, told
from ums.cli.values import every_item, settings_given
from ums.domain.commands import Json
from ums.domain.views import Page
from ums.services import channels, templates

set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="A setting; NAME=@FILE reads it from a file, NAME=- from standard input. Use these for secrets.",
)  # fmt: skip


@click.group()
def channel() -> None:
    """The ways out: one configured account of a provider each."""


@channel.command()
@click.argument("code")
@click.option("--type", "type_", metavar="T", required=True, help="Which kind of channel, such as wechatmp.")
@set_option
@click.option("--grant", "grants", multiple=True, metavar="NAME", help="An application that may send on it.")
@click.option("--name", help="What operators, and the pages that bind people, call it; else its code.")
@with_screen
def add(
    screen: Screen, code: str, type_: str, settings: Sequence[str], grants: Sequence[str], name: str | None
) -> None:
    """Make a channel, and grant it to applications.

    \b
    Example:
      ums channel add wechatmp123 --type wechatmp --set appid=wx0123456789abcdef \\
          --set secret=@secret.txt --set token=@token.txt --grant shop
    """
    given = settings_given(settings)
    with opened_gateway() as gateway:
        channels.add(gateway, code, type_, given.values, grants, name)
        show_channel(screen, channels.show(gateway, code), given)


@channel.command("set")
@click.argument("code")
@set_option
@with_screen
def set_(screen: Screen, code: str, settings: Sequence[str]) -> None:
    """Change settings of a channel, and resume it where it was parked. An empty value takes one back.

    \b
    Example:
      ums channel set wechatmp123 --set secret=@new-secret.txt
    """
    if not settings:
        raise click.UsageError("Give at least one --set NAME=VALUE.")
    given = settings_given(settings)
    with opened_gateway() as gateway:
        channels.change(gateway, code, given.values)
        show_channel(screen, channels.show(gateway, code), given)
        screen.note(f"Whether the provider takes them: ums channel test {code}")


@channel.command()
@click.argument("code")
@click.argument("name")
@with_screen
def rename(screen: Screen, code: str, name: str) -> None:
    """Call the channel CODE otherwise; its code stays.

    \b
    Example:
      ums channel rename wechatmp123 "Shop, mini program"
    """
    with opened_gateway() as gateway:
        channels.change(gateway, code, name=name)
        show_channel(screen, channels.show(gateway, code))


@channel.command("list")
@click.option("--deleted", is_flag=True, help="Also those that are kept for their history alone.")
@with_screen
def list_(screen: Screen, deleted: bool) -> None:
    """Show every channel and its state.

    \b
    Example:
      ums channel list
    """
    with opened_gateway() as gateway:
        found = tuple(every_item(lambda cursor: channels.list_for(gateway, None, cursor, deleted=deleted)))
    rows = [(item.code, item.type, item.authorised_by or "-", item.name, *state_of(item)) for item in found]
    screen.result(
        ChannelsSchema().dump(Page(items=found)),
        table("Channels", ("code", "type", "authorised by", "name", "state", "reason"), rows),
    )


@channel.command()
@click.argument("code")
@with_screen
def show(screen: Screen, code: str) -> None:
    """Show one channel: its settings (secrets only by name), its endpoints, who may send on it.

    \b
    Example:
      ums channel show wechatmp123
    """
    with opened_gateway() as gateway:
        show_channel(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@with_screen
def test(screen: Screen, code: str) -> None:
    """Try a channel's credentials at the provider; the exit status is 1 where it refuses them.

    \b
    Example:
      ums channel test wechatmp123
    """
    with opened_gateway() as gateway:
        check = channels.test(gateway, code)
    document: Json = {"ok": check.ok, "detail": check.detail, "provider_code": check.provider_code}
    screen.result(document, f"{code}: {check.detail}")
    if not check.ok:
        sys.exit(REFUSED)


@channel.command()
@click.argument("code")
@with_screen
def refresh(screen: Screen, code: str) -> None:
    """Fetch a channel's template lists from the provider, and show what has changed and what that breaks.

    \b
    Example:
      ums channel refresh wechatmp123
    """
    with opened_gateway() as gateway, screen.progress(f"Fetching the templates of {code}"):
        done = templates.refresh(gateway, code)
        counts = templates.list_for(gateway, code).counts
    screen.result(RefreshSchema().dump(done), "\n".join([*told(done), counted(code, done.diff.total, counts)]))


channel.add_command(library)
channel.add_command(credits)


@channel.command("templates")
@click.argument("code")
@with_screen
def templates_(screen: Screen, code: str) -> None:
    """Show a channel's templates as last fetched, and how many it may have.

    \b
    Example:
      ums channel templates wechatmp123
    """
    with opened_gateway() as gateway:
        found = templates.list_for(gateway, code)
    listed = [view.template for view in found.templates]
    rows = [(item.template_id, item.kind, item.title, ", ".join(one.key for one in item.fields)) for item in listed]
    screen.result(
        TemplatesSchema().dump(found),
        table("Templates", ("template", "kind", "title", "fields"), rows),
        counted(code, len(listed), found.counts),
    )


@channel.command()
@click.argument("code")
@with_screen
def refreshes(screen: Screen, code: str) -> None:
    """Show the last refreshes that found a channel's template lists changed, the newest first.

    \b
    Example:
      ums channel refreshes wechatmp123
    """
    with opened_gateway() as gateway:
        found = templates.refreshes(gateway, code)
    lines = [line for done in found for line in (moment(done.at), *(f"  {text}" for text in told(done)))]
    screen.result(
        RefreshesSchema().dump({"refreshes": found}),
        "\n".join(lines) or f"No refresh has changed the template lists of {code} yet.",
    )
