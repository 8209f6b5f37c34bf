"""`ums channel`: the ways out, one configured account of a provider each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime

import click

from ums.api.schemas.channels import ChannelSchema, ChannelsSchema, RefreshSchema
from ums.cli.faults import REFUSED
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import GivenSettings, settings_given
from ums.domain.commands import Json
from ums.domain.views import ChannelDetail, ChannelView, EndpointView, Page
from ums.services import channels, templates
from ums.services.gateway import Gateway

set_option = click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="A setting; NAME=@FILE reads it from a file, NAME=- from standard input. Use these for secrets.",
)  # fmt: skip


@click.group(short_help="The ways out.")
def channel() -> None:
    """The ways out: one configured account of a provider each."""


@channel.command()
@click.argument("code")
@click.option("--type", "type_", metavar="T", required=True, help="Which kind of channel, such as wechatmp.")
@set_option
@click.option("--grant", "grants", multiple=True, metavar="NAME", help="An application that may send on it.")
@click.option("--name", help="What operators call it; else its code.")
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
        _show(screen, channels.show(gateway, code), given)


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
        _show(screen, channels.show(gateway, code), given)
        screen.note(f"Whether the provider takes them: ums channel test {code}")


@channel.command()
@click.argument("code")
@click.argument("name")
@with_screen
def grant(screen: Screen, code: str, name: str) -> None:
    """Let the application NAME send on the channel CODE.

    \b
    Example:
      ums channel grant wechatmp123 shop
    """
    with opened_gateway() as gateway:
        channels.grant(gateway, code, name)
        _show(screen, channels.show(gateway, code))


@channel.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every channel and its state.

    \b
    Example:
      ums channel list
    """
    with opened_gateway() as gateway:
        found = tuple(_every_channel(gateway))
    rows = [(item.code, item.type, item.name, item.state, item.reason or "-") for item in found]
    screen.result(
        ChannelsSchema().dump(Page(items=found)),
        table("Channels", ("code", "type", "name", "state", "reason"), rows),
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
        _show(screen, channels.show(gateway, code))


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
def pause(screen: Screen, code: str) -> None:
    """Send nothing on a channel until it is resumed; its queue is kept.

    \b
    Example:
      ums channel pause wechatmp123
    """
    with opened_gateway() as gateway:
        channels.pause(gateway, code)
        _show(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@with_screen
def resume(screen: Screen, code: str) -> None:
    """Put a paused or parked channel to use again.

    \b
    Example:
      ums channel resume wechatmp123
    """
    with opened_gateway() as gateway:
        channels.resume(gateway, code)
        _show(screen, channels.show(gateway, code))


@channel.command()
@click.argument("code")
@with_screen
def refresh(screen: Screen, code: str) -> None:
    """Fetch a channel's template lists from the provider, and show what has changed.

    \b
    Example:
      ums channel refresh wechatmp123
    """
    with opened_gateway() as gateway, screen.progress(f"Fetching the templates of {code}"):
        done = templates.refresh(gateway, code)
        titles = {
            item.template.template_id: item.template.title for item in templates.list_for(gateway, code).templates
        }
    diff = done.diff
    changes = {"added": diff.added, "removed": diff.removed, "changed": diff.changed}
    lines = [f"{what}: {key} {titles.get(key, '')}".rstrip() for what, keys in changes.items() for key in keys]
    lines += [f"the {kind} list could not be fetched: {why}" for kind, why in done.notes.items()]
    lines.append(f"{code} has {diff.total} templates.")
    screen.result(RefreshSchema().dump(done), "\n".join(lines))


def _every_channel(gateway: Gateway) -> Iterator[ChannelView]:
    cursor: str | None = None
    while True:
        page = channels.list_for(gateway, None, cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _show(screen: Screen, detail: ChannelDetail, given: GivenSettings | None = None) -> None:
    screen.result(_document(detail), facts(_facts(detail)))
    for name in sorted(set(detail.secrets_set) & given.literal) if given else ():
        screen.note(
            f"warning: the value of {name} now stands in your shell's history; "
            f"next time write --set {name}=@FILE, or --set {name}=- to be asked for it."
        )


def _document(detail: ChannelDetail) -> dict[str, Json]:
    """The channel as the REST API shows it, and what only an operator sees."""
    shown: dict[str, Json] = ChannelSchema().dump(detail.channel)
    return {
        **shown,
        "settings": dict(detail.settings),
        "secrets_set": list(detail.secrets_set),
        "endpoints": [_endpoint(endpoint) for endpoint in detail.endpoints],
        "granted_to": list(detail.granted_to),
        "refresh_notes": dict(detail.refresh_notes),
        "hook_url": detail.hook_url,
    }


def _endpoint(endpoint: EndpointView) -> dict[str, Json]:
    return {
        "name": endpoint.name,
        "rate": endpoint.rate,
        "paused_until": endpoint.paused_until,
        "blocked": endpoint.blocked,
        "reason": endpoint.reason,
    }


def _facts(detail: ChannelDetail) -> dict[str, str]:
    channel = detail.channel
    refreshed = channel.refreshed_at
    return {
        "channel": f"{channel.code} ({channel.type}, {channel.name})",
        "state": f"{channel.state}{': ' if channel.reason else ''}{channel.reason}",
        **{name: str(value) for name, value in detail.settings.items()},
        "secrets set": ", ".join(detail.secrets_set) or "none",
        **{f"endpoint {endpoint.name}": _pace(endpoint) for endpoint in detail.endpoints},
        "granted to": ", ".join(detail.granted_to) or "no application: ums channel grant CODE NAME",
        "templates": "never fetched" if refreshed is None else f"fetched {_moment(refreshed)}",
        **{f"{kind} list": why for kind, why in detail.refresh_notes.items()},
        "push address": detail.hook_url or "none",
    }


def _pace(endpoint: EndpointView) -> str:
    pace = f"{endpoint.rate:g} calls a second"
    if endpoint.blocked:
        return f"{pace}, blocked: {endpoint.reason}"
    if endpoint.paused_until is not None:
        return f"{pace}, paused until {_moment(endpoint.paused_until)}: {endpoint.reason}"
    return pace


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(" ", "seconds")
