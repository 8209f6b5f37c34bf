"""`ums domain-file`: files by which a provider finds out that the domain is ours."""

from __future__ import annotations

from pathlib import Path

import click

from ums.api.schemas.site_files import SiteFileEntry
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, moment, table
from ums.domain.errors import InvalidRequest
from ums.domain.site_file import CONTENT_RULE, LONGEST
from ums.services import audits
from ums.services.binding import site_files


@click.group("domain-file")
def domain_file() -> None:
    """Files such as MP_verify_….txt, which the gateway serves at the root of its address."""


@domain_file.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_screen
def add(screen: Screen, path: Path) -> None:
    """Serve the file at PATH, as it was downloaded from the provider's console, under its own name.

    \b
    Example:
      ums domain-file add MP_verify_a1B2c3D4e5F6g7H8.txt
    """
    with path.open("rb") as opened:
        content = opened.read(2 * LONGEST)
    if not content.isascii():
        raise InvalidRequest(f"content: {CONTENT_RULE}.")
    with opened_gateway() as gateway:
        file = site_files.add(gateway, path.name, content.decode())
        audits.note(gateway, None, "add", f"domain file {file.name}", "")
        address = gateway.settings.address
    screen.result(SiteFileEntry().dump(file), f"{address}/{file.name} is served within five seconds.")


@domain_file.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show the files that are served.

    \b
    Example:
      ums domain-file list
    """
    with opened_gateway() as gateway:
        found = site_files.list_all(gateway)
    rows = [(file.name, file.content, moment(file.at)) for file in found]
    screen.result(
        {"files": SiteFileEntry(many=True).dump(found)}, table("Domain files", ("file", "holds", "since"), rows)
    )


@domain_file.command()
@click.argument("name")
@with_screen
def remove(screen: Screen, name: str) -> None:
    """Serve the file NAME no more.

    \b
    Example:
      ums domain-file remove MP_verify_a1B2c3D4e5F6g7H8.txt
    """
    with opened_gateway() as gateway:
        site_files.remove(gateway, name)
        audits.note(gateway, None, "remove", f"domain file {name}", "")
    screen.result({"file": name}, f"{name} is served no more.")
