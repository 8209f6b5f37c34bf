"""`ums operator`: people who sign in to the console."""

from __future__ import annotations

import click

from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts
from ums.domain.commands import Json
from ums.domain.operator import Role
from ums.services import operators


@click.group(short_help="People who sign in to the console.")
def operator() -> None:
    """People who sign in to the console, and holders of API tokens."""


@operator.command()
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What he may do.")
@click.option("--token", "with_token", is_flag=True, help="Make an API token as well; it is shown this once.")
@with_screen
def add(screen: Screen, name: str, role: str, with_token: bool) -> None:
    """Make an operator, and print a link that signs in once.

    \b
    Examples:
      ums operator add zhangsan --role admin
      ums operator add robot --role sender --token
    """
    with opened_gateway() as gateway:
        made = operators.add(gateway, name, role, with_token=with_token)
    shown: dict[str, str] = {"name": made.name, "role": made.role, "login_url": made.login_url}
    if made.token is not None:
        shown["token"] = made.token
    document: dict[str, Json] = {**shown}
    screen.result(
        document, facts(shown), "The link signs in once, within 15 minutes; `ums operator login` makes another."
    )


@operator.command()
@click.argument("name")
@with_screen
def login(screen: Screen, name: str) -> None:
    """Print a fresh link that signs the operator in once.

    \b
    Example:
      ums operator login zhangsan
    """
    with opened_gateway() as gateway:
        link = operators.login_link(gateway, name)
    screen.result({"name": name, "login_url": link}, link)
