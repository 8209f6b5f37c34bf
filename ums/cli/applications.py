"""`ums application` and `ums access-key`."""

from __future__ import annotations

import click

from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.services import applications
from ums.services.applications import Credentials

ONCE = "The master secret is shown this once: keep it where the calling system finds it."


@click.group()
def application() -> None:
    """Upstream systems that may call the gateway."""


@application.command()
@click.argument("name")
@with_screen
def add(screen: Screen, name: str) -> None:
    """Make an application, and print its channel key and master secret.

    \b
    Example:
      ums application add shop
    """
    with opened_gateway() as gateway:
        made = applications.add(gateway, name)
    _show(screen, "channel_key", made)


@application.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every application and the channels it may send on.

    \b
    Example:
      ums application list
    """
    with opened_gateway() as gateway:
        found = applications.list_all(gateway)
    screen.result(
        {
            "applications": [
                {
                    "name": item.name,
                    "channel_key": item.channel_key,
                    "state": item.state,
                    "channels": dict(item.channels),
                }
                for item in found
            ]
        },
        table(
            "Applications",
            ("name", "channel key", "state", "channels"),
            [(item.name, item.channel_key, item.state, ", ".join(item.channels.values()) or "-") for item in found],
        ),
    )


@click.group("access-key", short_help="Keys to all users and channels.")
def access_key() -> None:
    """Keys that open all users and channels of the installation, and send nothing."""


@access_key.command()
@with_screen
def create(screen: Screen) -> None:
    """Make an AccessKey, and print it with its master secret.

    \b
    Example:
      ums access-key create
    """
    with opened_gateway() as gateway:
        made = applications.add_access_key(gateway)
    _show(screen, "access_key", made)


def _show(screen: Screen, name: str, made: Credentials) -> None:
    pairs = {name: made.key, "master_secret": made.master_secret}
    screen.result({**pairs}, facts(pairs), ONCE)
