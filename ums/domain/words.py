"""Sensitive words: found in a message's texts in one pass, however many there are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import ahocorasick

from ums.domain.commands import Json

MOST_WORDS = 10_000
"""How many are taken at once."""
LONGEST_WORD = 64
"""Characters."""
LONGEST_FORM = 255
"""Characters of a folded word; one character may stand for several."""


class _Automaton(Protocol):
    """What we use of `ahocorasick.Automaton`, which publishes no types."""

    def __len__(self) -> int: ...

    def add_word(self, key: str, value: str, /) -> bool: ...

    def make_automaton(self) -> None: ...

    def iter(self, text: str, /) -> Iterator[tuple[int, str]]: ...


class Found(NamedTuple):
    """A word as an operator wrote it, and the path of the text that holds it."""

    word: str
    path: str


def folded(text: str) -> str:
    """The form in which words and texts are compared: capitals and full-width letters make no difference.

    >>> folded("ＡＢＣ Straße")
    'abc strasse'
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class WordMatcher:
    """Finds any of a list of words; made once for a list, safe to use in many threads."""

    def __init__(self, words: Iterable[str]) -> None:
        self._automaton: _Automaton = ahocorasick.Automaton()
        for word in words:
            self._automaton.add_word(folded(word), word)
        if len(self._automaton):
            self._automaton.make_automaton()

    def __len__(self) -> int:
        return len(self._automaton)

    def word_in(self, text: str) -> str | None:
        """The first word that ends in `text`, as it was given; None where there is none."""
        if not len(self._automaton):
            return None
        return next((word for _, word in self._automaton.iter(folded(text))), None)

    def find(self, document: Json | Mapping[str, Json], path: str) -> Found | None:
        """The first word in any text value of `document`, which stands at `path`; names of members don't count."""
        if not len(self):
            return None
        for place, text in _texts(document, path):
            word = self.word_in(text)
            if word is not None:
                return Found(word, place)
        return None


def _texts(value: Json | Mapping[str, Json], path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}")
    elif isinstance(value, Sequence):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")
