"""Sensitive words as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from ums.api.schemas.strict import SOMETIMES, NextPage, Seconds, StrictSchema, Text, Whole, WordList
from ums.domain.words import LONGEST_WORD, MOST_WORDS
from ums.services.names import LARGEST_ID
from ums.services.words import Added
from ums.store.words import KeptWord


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRequest:
    """A word as it is asked for; without `id` it gets the next free one."""

    word: str
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyWords:
    """Words to be added together."""

    words: tuple[str, ...]


class _Members(TypedDict, total=False):
    id: int
    word: str
    words: list[str]


_ID = {"description": "The next free one, if it isn't chosen."}
_WORD = {"description": "Found in any case and width, inside other words too."}


_OF_ONE = {"description": "Of one word.", SOMETIMES: True}
_OF_MANY = {"description": "Of many words.", SOMETIMES: True}


class WordBody(StrictSchema):
    """A word."""

    id = Whole(1, LARGEST_ID, metadata=_ID)
    word = Text(longest=LONGEST_WORD, required=True, metadata=_WORD)

    @post_load
    def make(self, data: _Members, **_: object) -> WordRequest:
        return WordRequest(id=data.get("id"), word=data["word"])


class NewWordsBody(StrictSchema):
    """One word, or many."""

    id = Whole(1, LARGEST_ID, metadata=_ID)
    word = Text(longest=LONGEST_WORD, metadata=_WORD)
    words = WordList(
        Text(longest=LONGEST_WORD),
        shortest=1,
        longest=MOST_WORDS,
        metadata={"description": f"1 to {MOST_WORDS} words in the place of `word`; those there already stay."},
    )

    @validates_schema
    def check_which(self, data: _Members, **_: object) -> None:
        if ("word" in data) == ("words" in data):
            raise ValidationError("give either one word here, or several in words", "word")
        if "words" in data and "id" in data:
            raise ValidationError("can be chosen for one word only", "id")

    @post_load
    def make(self, data: _Members, **_: object) -> WordRequest | ManyWords:
        if "words" in data:
            return ManyWords(words=tuple(data["words"]))
        return WordRequest(id=data.get("id"), word=data["word"])


class WordEntry(Schema):
    """A word as it is kept."""

    id = fields.Integer()
    word = fields.String()
    created_at = Seconds(metadata={"description": "Unix seconds."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class WordSchema(WordEntry):
    """One word."""

    code = fields.Constant(0)


class NewWordsSchema(WordSchema):
    """The word that was added; of many, how many were added, and how many were there already."""

    id = fields.Integer(metadata=_OF_ONE)
    word = fields.String(metadata=_OF_ONE)
    created_at = Seconds(metadata=_OF_ONE)
    updated_at = Seconds(metadata=_OF_ONE)
    added = fields.Integer(metadata=_OF_MANY)
    known = fields.Integer(metadata=_OF_MANY)


class WordsSchema(Schema):
    """A page of words, by id."""

    code = fields.Constant(0)
    words = fields.List(fields.Nested(WordEntry), attribute="items")
    next = NextPage()


def word_document(kept: KeptWord) -> Mapping[str, object]:
    """What `WordSchema` renders."""
    return {"id": kept.id, "word": kept.word, "created_at": kept.created_at, "updated_at": kept.updated_at}


def added_document(added: Added) -> Mapping[str, object]:
    """What `NewWordsSchema` renders of many words."""
    return {"added": added.added, "known": added.known}
