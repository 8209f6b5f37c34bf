"""`ums word`: what this installation doesn't send."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ums.api.schemas.words import WordSchema, word_document
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, table
from ums.cli.values import every_item, text_given
from ums.domain.commands import Json
from ums.services import words
from ums.store.words import KeptWord


@click.group()
def word() -> None:
    """Sensitive words: what this installation doesn't send."""


@word.command()
@click.argument("given", metavar="WORD...", nargs=-1, required=True)
@with_screen
def add(screen: Screen, given: tuple[str, ...]) -> None:
    """Add words; those there already stay as they are.

    They are found in any case and width, inside other words too; white space between letters hides them.

    \b
    Examples:
      ums word add casino
      ums word add 赌博 "free money"
    """
    _add(screen, given)


@word.command("import")
@click.argument("file")
@with_screen
def import_(screen: Screen, file: str) -> None:
    """Add the words of a text file, one on a line; - is standard input. Empty lines don't count.

    \b
    Example:
      ums word import words.txt
    """
    lines = (line.strip() for line in text_given(file, "words").splitlines())
    _add(screen, tuple(line for line in lines if line))


@word.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every word.

    \b
    Example:
      ums word list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: words.list_all(gateway, cursor, limit=1000)))
    screen.result(
        {"words": [{**_document(item)} for item in found]},
        table("Sensitive words", ("id", "word"), [(str(item.id), item.word) for item in found]),
    )


@word.command()
@click.argument("given", metavar="WORD")
@with_screen
def remove(screen: Screen, given: str) -> None:
    """Forget a word; messages that hold it are sent from now on.

    \b
    Example:
      ums word remove casino
    """
    with opened_gateway() as gateway:
        found = words.like(gateway, given)
        words.remove(gateway, found.id)
    screen.result({"removed": found.id}, f"{found.word!r} is forgotten.")


def _add(screen: Screen, given: tuple[str, ...]) -> None:
    with opened_gateway() as gateway:
        added, known = words.add_many(gateway, given)
    screen.result({"added": added, "known": known}, f"{added} added, {known} there already.")


def _document(kept: KeptWord) -> Mapping[str, Json]:
    document: Mapping[str, Json] = WordSchema(exclude=("code",)).dump(word_document(kept))
    return document
