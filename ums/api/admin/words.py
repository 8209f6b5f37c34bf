"""`/v1/admin/words`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.strict import check_same_id
from ums.api.schemas.users import PageQuery, PageWanted
from ums.api.schemas.words import (
    ManyWords,
    NewWordsBody,
    NewWordsSchema,
    WordBody,
    WordRequest,
    WordSchema,
    WordsSchema,
    added_document,
    word_document,
)
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import words

api = ApiBlueprint("admin_words", "Sensitive words: what this installation doesn't send", prefix="/v1/admin")


@api.get("/words")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(WordsSchema)
def list_(_: Operator, query: PageWanted) -> Page[Mapping[str, object]]:
    """Words by id."""
    page = words.list_all(current_gateway(), **query)
    return Page(items=tuple(map(word_document, page.items)), next=page.next)


@api.post("/words")
@needs_operator(RUNS_CHANNELS)
@api.takes(NewWordsBody)
@api.gives(NewWordsSchema)
def add(_: Operator, body: WordRequest | ManyWords) -> Mapping[str, object]:
    """Add one word, or up to 10,000 of which those there already stay as they are."""
    if isinstance(body, ManyWords):
        return added_document(words.add_many(current_gateway(), body.words))
    return word_document(words.add(current_gateway(), body.word, body.id))


@api.get("/words/<int:word_id>")
@needs_operator(LOOKS)
@api.gives(WordSchema)
def show(_: Operator, word_id: int) -> Mapping[str, object]:
    """One word."""
    return word_document(words.show(current_gateway(), word_id))


@api.put("/words/<int:word_id>")
@needs_operator(RUNS_CHANNELS)
@api.takes(WordBody)
@api.gives(WordSchema)
def change(_: Operator, body: WordRequest, word_id: int) -> Mapping[str, object]:
    """Put another word in its place."""
    check_same_id(body.id, word_id)
    return word_document(words.change(current_gateway(), word_id, body.word))


@api.delete("/words/<int:word_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
def remove(_: Operator, word_id: int) -> None:
    """Forget a word; messages that hold it are sent from now on."""
    words.remove(current_gateway(), word_id)
