"""`ums channel library`: a provider's public templates, chosen for a channel's list and deleted from it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ums.api.schemas.library import (
    FARTHEST,
    AddedTemplateSchema,
    CategoriesSchema,
    DeletedTemplateSchema,
    KeywordsSchema,
    TitlesSchema,
)
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, table
from ums.cli.template_views import told
from ums.domain.views import TemplateRefresh
from ums.sdk.templates import NewTemplate
from ums.services import template_library

NOT_FETCHED = "The list could not be fetched after it: ums channel refresh CODE."


@click.group()
def library() -> None:
    """A provider's public templates: look, add one to a channel's list, delete one from it."""


@library.command()
@click.argument("code")
@with_screen
def categories(screen: Screen, code: str) -> None:
    """Show the categories that the channel's account may choose templates of.

    \b
    Example:
      ums channel library categories wechatmp123
    """
    with opened_gateway() as gateway:
        found = template_library.categories(gateway, code)
    rows = [(one.id, one.name) for one in found]
    screen.result(CategoriesSchema().dump({"categories": found}), table("Categories", ("id", "name"), rows))


@library.command()
@click.argument("code")
@click.option("--category", "wanted", multiple=True, metavar="ID", help="Only this category's; may be repeated.")
@click.option("--start", type=click.IntRange(0, FARTHEST), default=0, help="How many of the list come before.")
@with_screen
def titles(screen: Screen, code: str, wanted: Sequence[str], start: int) -> None:
    """Show the library's templates, some thirty at a time.

    \b
    Example:
      ums channel library titles wechatmp123 --category 616
    """
    with opened_gateway() as gateway:
        found = template_library.titles(gateway, code, tuple(wanted), start)
    rows = [(one.tid, one.title, one.type, one.category) for one in found.titles]
    screen.result(
        TitlesSchema().dump(found),
        table("Templates of the library", ("tid", "title", "type", "category"), rows),
        f"{start + len(found.titles)} of {found.total}.",
    )


@library.command()
@click.argument("code")
@click.argument("tid")
@with_screen
def keywords(screen: Screen, code: str, tid: str) -> None:
    """Show the keywords that may be chosen for the library's template TID.

    \b
    Example:
      ums channel library keywords wechatmp123 1221
    """
    with opened_gateway() as gateway:
        found = template_library.keywords(gateway, code, tid)
    rows = [(one.id, one.name, one.type, one.example) for one in found]
    screen.result(
        KeywordsSchema().dump({"keywords": found}), table("Keywords", ("id", "name", "type", "example"), rows)
    )


@library.command()
@click.argument("code")
@click.argument("tid")
@click.option("--keyword", "words", multiple=True, metavar="ID", help="A keyword's id, or name; repeat in order.")
@click.option("--scene", default="", help="What the template is for, in a few characters.")
@click.option("--kind", default="", help="Which of the channel's lists, where it has several.")
@with_screen
def add(screen: Screen, code: str, tid: str, words: Sequence[str], scene: str, kind: str) -> None:
    """Put the library's template TID on a channel's list.

    \b
    Example:
      ums channel library add wechatmp123 1221 --keyword 1 --keyword 3 --scene 发货
    """
    new = NewTemplate(kind=kind, tid=tid, keywords=tuple(words), scene=scene)
    with opened_gateway() as gateway:
        added = template_library.add(gateway, code, new)
    screen.result(AddedTemplateSchema().dump(added), f"{added.template_id}\n{_found(added.refresh)}".rstrip())


@library.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("code")
@click.argument("template_id")
@with_screen
def delete(screen: Screen, code: str, template_id: str) -> None:
    """Delete the template TEMPLATE_ID of a channel's list at the provider; an id may begin with a dash.

    \b
    Example:
      ums channel library delete wechatmp123 Bk3xN0…
    """
    with opened_gateway() as gateway:
        found = template_library.delete(gateway, code, template_id)
    screen.result(DeletedTemplateSchema().dump({"refresh": found}), _found(found))


def _found(refresh: TemplateRefresh | None) -> str:
    return NOT_FETCHED if refresh is None else "\n".join(told(refresh))
