"""A provider's public library of templates, and what is chosen from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryCategory:
    """A line of business that the account may choose templates of."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTitle:
    """One template of the library; `type` is `one_time`, `long_term`, or the provider's own word."""

    tid: str
    title: str
    type: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryTitles:
    """Some of the titles in the provider's order, and how many there are in all."""

    titles: tuple[LibraryTitle, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryKeyword:
    """A keyword that may be chosen for a template; `type` says what its values may be."""

    id: str
    name: str
    example: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A template to be put on the list `kind`: its number in the library and its keywords, in this order.

    Keywords are named by their ids, or by their names where the provider wants those; `scene` says what the
    template is for.
    """

    kind: str
    tid: str
    keywords: tuple[str, ...]
    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRules:
    """What a provider asks of a new template.

    It has `least` to `most` keywords (None: no figure is published), named by their names where `by_name`, else by
    their ids; its scene has at most `longest_scene` characters (0: it takes none; None: no figure is published).
    """

    least: int = 0
    most: int | None = None
    longest_scene: int | None = None
    by_name: bool = False
