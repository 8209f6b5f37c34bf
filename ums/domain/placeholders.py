"""Places for values in a message template's contents.

A place is `{{name}}`, anywhere in a string; `{{{{` writes two braces. There is nothing else: no expressions,
no conditions. What is put in is data: braces in a value are only braces.

>>> written_in("Order {{order}} is on its way", {"order": "SO1"})
'Order SO1 is on its way'
>>> written_in("orders?id={{order}}", {"order": "SO 1&2"}, link=True)
'orders?id=SO%201%262'
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from ums.domain.json import Json

Content = Mapping[str, Json]
"""One channel type's content, as an element of its `msg_…` on the wire."""

LINKS = frozenset({"page", "pagepath", "files"})
"""Members that hold links without saying so; those whose names end in `url` are links too."""

ESCAPE = "{{{{"
"""How two braces are written that open no place."""
_PLACE = re.compile(r"\{\{\{\{|\{\{([^{}]*)\}\}|\{\{(?!\{)")


class Piece(NamedTuple):
    """Part of a text: words as they stand, or the name of the variable whose value stands there."""

    words: str
    is_place: bool = False


class Spot(NamedTuple):
    """A string of a content, and where it stands."""

    path: str
    text: str

    @property
    def places(self) -> tuple[str, ...]:
        """The names in it, such as they are."""
        return tuple(piece.words for piece in pieces(self.text) if piece.is_place)


def pieces(text: str) -> Iterator[Piece]:
    """The text in its order; braces that open nothing are a place with a name that can't be one."""
    begin = 0
    for found in _PLACE.finditer(text):
        if found.start() > begin:
            yield Piece(text[begin : found.start()])
        escaped = found.group() == ESCAPE
        yield Piece("{{") if escaped else Piece((found[1] or "").strip(), is_place=True)
        begin = found.end()
    if begin < len(text):
        yield Piece(text[begin:])


def escaped(text: str) -> str:
    """The text that renders to `text`, whatever braces it holds."""
    return text.replace("{{", ESCAPE)


def written_in(text: str, values: Mapping[str, str], *, link: bool = False) -> str:
    """The text with its values in their places.

    In a link a value is percent-encoded, since it stands for a part of a path or a query. Only the value
    that the link begins with stays as it is: that one says where the link leads.
    """
    made = []
    for position, piece in enumerate(pieces(text)):
        value = values[piece.words] if piece.is_place else piece.words
        made.append(quote(value, safe="") if link and piece.is_place and position else value)
    return "".join(made)


def render(content: Content, values: Mapping[str, str]) -> dict[str, Json]:
    """The content with its values in their places; `values` holds one for each variable (see `values_of`)."""
    return {name: _rendered(inner, values, name) for name, inner in content.items()}


def _rendered(value: Json, values: Mapping[str, str], member: str) -> Json:
    if isinstance(value, str):
        return written_in(value, values, link=is_link(member))
    if isinstance(value, dict):
        return {name: _rendered(inner, values, name) for name, inner in value.items()}
    return [_rendered(inner, values, member) for inner in value] if isinstance(value, list) else value


def is_link(member: str) -> bool:
    """Whether a member of this name holds a link, or a list of links."""
    return member in LINKS or member.lower().endswith("url")


def spots(value: Json, path: str) -> Iterator[Spot]:
    """Every string within a value that stands at `path`."""
    if isinstance(value, str):
        yield Spot(path, value)
    elif isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from spots(inner, f"{path}.{name}")
