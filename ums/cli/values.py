"""Reading what a command is given: `--set name=value`, and JSON in a file or on standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.views import Page

T = TypeVar("T")

INPUT = "-"
FILE = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenSettings:
    """A channel's settings from the command line; `literal` names those whose value stood there in full."""

    values: Mapping[str, str]
    literal: frozenset[str]


def settings_given(words: Iterable[str]) -> GivenSettings:
    """The settings in `name=value`, `name=@FILE` and `name=-` words.

    Raises InvalidRequest for a word without `=`, a name given twice, a file that can't be read, or a
    second value to be read from a piped standard input.
    """
    values: dict[str, str] = {}
    literal: set[str] = set()
    inputs = 0
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise _refused("set", f"{word!r} is no name=value. Write --set appid=wx0123456789abcdef.")
        if name in values:
            raise _refused(f"settings.{name}", "It is given twice.")
        inputs += value == INPUT
        if inputs > 1 and not sys.stdin.isatty():
            raise _refused(
                f"settings.{name}", "Only one value can come from standard input; use @FILE for the others."
            )
        values[name] = _value(name, value)
        if not value.startswith((FILE, INPUT)):
            literal.add(name)
    return GivenSettings(values=values, literal=frozenset(literal))


def json_given(source: str, what: str = "content") -> Json:
    """The JSON document in a file, or on standard input for `-`. Raises InvalidRequest where there is none."""
    text = text_given(source, what)
    try:
        document: Json = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = "standard input" if source == INPUT else source
        raise _refused(what, f"{place} is not JSON: {error}.") from error
    return document


def text_given(source: str, what: str) -> str:
    """The text in a file, or on standard input for `-`. Raises InvalidRequest where there is none."""
    return sys.stdin.read() if source == INPUT else _text(source, what)


def object_given(source: str, what: str) -> dict[str, Json]:
    """The JSON object in a file, or on standard input for `-`. Raises InvalidRequest for anything else."""
    given = json_given(source, what)
    if not isinstance(given, dict):
        raise _refused(what, "It must be a JSON object.")
    return given


def every_item(page: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """All items of a list that comes in pages; `page` is given the cursor."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.items
        cursor = found.next
        if cursor is None:
            return


def _value(name: str, value: str) -> str:
    if value == INPUT:
        if sys.stdin.isatty():
            return str(click.prompt(name, hide_input=True, err=True))
        return sys.stdin.read().strip()
    if value.startswith(FILE):
        return _text(value.removeprefix(FILE), f"settings.{name}").strip()
    return value


def _text(path: str, field: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise _refused(field, f"{path!r} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise _refused(field, f"{path!r} is not UTF-8 text.") from error


def _refused(path: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})
