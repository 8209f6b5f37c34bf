"""`ums platform`: the third-party platform, by which accounts are authorised with a QR code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

import click

from ums.api.schemas.platforms import AuthorisedAccountsSchema, LinkSchema, PlatformSchema
from ums.cli.channels import set_option
from ums.cli.faults import REFUSED
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, moment, table
from ums.cli.values import history_warning, settings_given
from ums.domain.authorisation import Wanted
from ums.domain.commands import Json
from ums.services import authorising, third_party
from ums.services.third_party import PlatformView


@click.group()
def platform() -> None:
    """The third-party platform: WeChat accounts let it act for them, and need no AppSecret here."""


@platform.command("set")
@set_option
@with_screen
def set_(screen: Screen, settings: Sequence[str]) -> None:
    """Set it up, or change settings. An empty value takes one back.

    \b
    Example:
      ums platform set --set component_appid=wx0123456789abcdef --set component_secret=@secret.txt \\
          --set token=@token.txt --set encoding_aes_key=@key.txt
    """
    if not settings:
        raise click.UsageError("Give at least one --set NAME=VALUE.")
    given = settings_given(settings)
    with opened_gateway() as gateway:
        view = third_party.configure(gateway, given.values)
    _show(screen, view)
    for name in sorted(set(view.secrets_set) & given.literal):
        screen.note(history_warning(name, f"--set {name}="))


@platform.command()
@with_screen
def show(screen: Screen) -> None:
    """Show it, the addresses to enter at WeChat, and when its last ticket came.

    \b
    Example:
      ums platform show
    """
    with opened_gateway() as gateway:
        _show(screen, third_party.show(gateway))


@platform.command()
@with_screen
def test(screen: Screen) -> None:
    """Try its secret and its ticket; the exit status is 1 where WeChat refuses them.

    \b
    Example:
      ums platform test
    """
    with opened_gateway() as gateway:
        check = third_party.test(gateway)
    document: Json = {"ok": check.ok, "detail": check.detail, "provider_code": check.provider_code}
    screen.result(document, check.detail)
    if not check.ok:
        sys.exit(REFUSED)


@platform.command("start-tickets")
@with_screen
def start_tickets(screen: Screen) -> None:
    """Ask WeChat to push its component_verify_ticket, where none has come yet or the last is too old.

    \b
    Example:
      ums platform start-tickets
    """
    with opened_gateway() as gateway:
        third_party.start_tickets(gateway)
        address = third_party.show(gateway).event_url
    screen.result({"ok": True}, f"WeChat pushes a ticket to {address} now, and another every ten minutes.")


@platform.command()
@click.argument("code")
@click.option(
    "--type", "type_", metavar="T", default="", help="wechatoa or wechatmp; left out, the account decides."
)
@click.option(
    "--grant", "grants", multiple=True, metavar="NAME", help="An application that may send on a new channel."
)
@click.option("--name", default="", help="What operators call a new channel; else its code.")
@with_screen
def authorise(screen: Screen, code: str, type_: str, grants: Sequence[str], name: str) -> None:
    """Make a link by which an account's administrator authorises for the channel CODE, new or old.

    \b
    Example:
      ums platform authorise wechatoa123 --type wechatoa --grant shop
    """
    wanted = Wanted(code=code, type=type_, name=name, grants=tuple(grants))
    with opened_gateway() as gateway:
        link = authorising.invite(gateway, wanted)
    told = {
        "open this": link.start_url,
        "on a phone": link.mobile_url,
        "QR code": link.desktop_url,
        "good until": moment(link.expires_at),
    }
    screen.result(LinkSchema().dump(link), facts(told))
    screen.note("Whoever has the link can authorise, once. WeChat wants it opened from the first address.")


@platform.command()
@with_screen
def accounts(screen: Screen) -> None:
    """Show the accounts that have authorised it, or have taken that back.

    \b
    Example:
      ums platform accounts
    """
    with opened_gateway() as gateway:
        found = third_party.accounts(gateway)
    rows = [
        (one.account, one.name or "-", one.state, ", ".join(map(str, one.permissions)) or "-", one.channel or "-")
        for one in found
    ]
    screen.result(
        AuthorisedAccountsSchema().dump({"accounts": found}),
        table("Accounts", ("account", "name", "state", "permission sets", "channel"), rows),
    )


def _show(screen: Screen, view: PlatformView) -> None:
    told = {
        "third-party platform": f"{view.name} ({view.title})",
        **{name: str(value) for name, value in view.settings.items()},
        "secrets set": ", ".join(view.secrets_set) or "none",
        "last ticket": "none has come yet: ums platform start-tickets"
        if view.ticket_at is None
        else moment(view.ticket_at),
        "authorisation events": view.event_url,
        "messages and events": view.message_url,
        "start page's domain": urlsplit(view.return_url).hostname or "",
    }
    screen.result(PlatformSchema().dump(view), facts(told))
