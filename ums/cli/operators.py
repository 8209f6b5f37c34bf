"""`ums operator`: people who sign in to the console."""

from __future__ import annotations

import click

from ums.api.schemas.audits import AuditEntry
from ums.api.schemas.operators import OperatorEntry
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, moment, table
from ums.cli.values import every_item
from ums.domain.commands import Json
from ums.domain.operator import Role
from ums.domain.views import OperatorView
from ums.services import audits, operators
from ums.services.paging import LONGEST_PAGE, PAGE

role_option = click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What he may do."
)


@click.group()
def operator() -> None:
    """People who sign in to the console, and holders of API tokens."""


@operator.command()
@click.argument("name")
@role_option
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


@operator.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every operator and what he may do.

    \b
    Example:
      ums operator list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: operators.page(gateway, cursor)))
    rows = [(str(item.id), item.name, item.role, "yes" if item.has_token else "no") for item in found]
    screen.result(
        {"operators": [_document(item) for item in found]},
        table("Operators", ("id", "name", "role", "API token"), rows),
    )


@operator.command()
@click.argument("name")
@role_option
@with_screen
def change(screen: Screen, name: str, role: str) -> None:
    """Give an operator another role; it counts at once.

    \b
    Example:
      ums operator change zhangsan --role viewer
    """
    with opened_gateway() as gateway:
        changed = operators.change(gateway, operators.by_name(gateway, name).id, role)
    screen.result(_document(changed), f"{changed.name} is {changed.role} now.")


@operator.command()
@click.argument("name")
@with_screen
def token(screen: Screen, name: str) -> None:
    """Make a new API token for an operator; one he had opens nothing from now on.

    \b
    Example:
      ums operator token robot
    """
    with opened_gateway() as gateway:
        made = operators.renew_token(gateway, operators.by_name(gateway, name).id)
    screen.result({"name": name, "token": made}, facts({"name": name, "token": made}), "It is shown this once.")


@operator.command()
@click.argument("name")
@with_screen
def remove(screen: Screen, name: str) -> None:
    """Remove an operator: his sessions, links and token end at once.

    \b
    Example:
      ums operator remove zhangsan
    """
    with opened_gateway() as gateway:
        operators.remove(gateway, operators.by_name(gateway, name).id)
    screen.result({"removed": name}, f"{name} is removed.")


@operator.command()
@click.option("--limit", type=click.IntRange(1, LONGEST_PAGE), default=PAGE, show_default=True, help="How many.")
@with_screen
def audit(screen: Screen, limit: int) -> None:
    """Show who changed what through the admin API, newest first.

    \b
    Example:
      ums operator audit
    """
    with opened_gateway() as gateway:
        found = audits.page(gateway, limit=limit).items
    rows = [(moment(item.at), item.operator, item.action, item.thing, item.detail) for item in found]
    screen.result(
        {"audit": [{**AuditEntry().dump(item)} for item in found]},
        table("Changes", ("at", "operator", "did", "to", "given"), rows),
    )


def _document(found: OperatorView) -> dict[str, Json]:
    document: dict[str, Json] = OperatorEntry().dump(found)
    return document
