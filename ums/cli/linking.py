"""What `ums application` takes of how an application has its people bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import click

from ums.domain.linking import Linking

Command = TypeVar("Command", bound=Callable[..., object])

_MEMBERS = {
    "login_url": "login_url",
    "return_url": "return_urls",
    "origin": "origins",
    "brand_name": "name",
    "brand_color": "color",
}
"""Which member an option is about."""
_OPTIONS = (
    click.option("--login-url", metavar="URL", help="Its login page: it is told who came without a userid."),
    click.option("--return-url", metavar="URL", multiple=True, help="Where people may return to; * ends a prefix."),
    click.option("--origin", metavar="ORIGIN", multiple=True, help="Whose pages may have results."),
    click.option("--brand-name", metavar="NAME", help="What the pages that people meet call it."),
    click.option("--brand-color", metavar="#RRGGBB", help="The color of those pages."),
)


def linking_options(command: Command) -> Command:
    """The options, for a command that takes them all in one."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def linking_given(before: Linking, given: Mapping[str, str | tuple[str, ...] | None]) -> Linking | None:
    """What stood on the command line laid over what was before; None where nothing stood there."""
    changed: dict[str, Any] = {
        _MEMBERS[option]: tuple(filter(None, value)) if isinstance(value, tuple) else value
        for option, value in given.items()
        if value not in {None, ()}
    }
    return replace(before, **changed) if changed else None
