"""`ums access-key`."""

from __future__ import annotations

import click

from ums.cli.credentials import secret_given, secret_option, show_credentials
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, moment, table
from ums.services import credentials


@click.group("access-key")
def access_key() -> None:
    """Keys that open all users and channels of the installation, and send nothing."""


@access_key.command()
@click.option("--access-key", "key", metavar="K", help="An existing AccessKey that is brought along.")
@secret_option
@with_screen
def create(screen: Screen, key: str | None, secret: str | None) -> None:
    """Make an AccessKey, and print it with its master secret.

    \b
    Examples:
      ums access-key create
      ums access-key create --access-key 0123456789abcdef01234567 --master-secret @secret.txt
    """
    brought = secret_given(secret)
    with opened_gateway() as gateway:
        made = credentials.add_access_key(gateway, key, brought)
    show_credentials(screen, "access_key", made, secret)


@access_key.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every AccessKey.

    \b
    Example:
      ums access-key list
    """
    with opened_gateway() as gateway:
        found = credentials.access_keys(gateway)
    screen.result(
        {"access_keys": [{"access_key": key, "created_at": int(made)} for key, made in found.items()]},
        table("AccessKeys", ("access key", "since"), [(key, moment(made)) for key, made in found.items()]),
    )


@access_key.command()
@click.argument("key")
@with_screen
def remove(screen: Screen, key: str) -> None:
    """Forget an AccessKey: it opens nothing from now on.

    \b
    Example:
      ums access-key remove 0123456789abcdef01234567
    """
    with opened_gateway() as gateway:
        credentials.remove_access_key(gateway, key)
    screen.result({"removed": key}, f"The AccessKey {key} is forgotten.")
