"""Sensitive words: kept by operators, looked for in what applications send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.views import Page
from ums.domain.words import LONGEST_FORM, LONGEST_WORD, folded
from ums.services.gateway import Gateway
from ums.services.names import id_taken, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import words as store
from ums.store.bulk import chunks
from ums.store.db import Session
from ums.store.words import KeptWord

THING = "word"
IN_ONE_TRANSACTION = 5000


class Added(NamedTuple):
    """How many words of many are new to the list, and how many were there."""

    added: int
    known: int


def add(gateway: Gateway, word: str, word_id: int | None = None) -> KeptWord:
    """Keep a word, under a number of one's own choice or the next free one.

    Raises InvalidRequest for what is no word, Conflict for a word or a number that is taken.
    """
    _check(word, "word")
    with gateway.database.write() as session:
        _check_free(session, word)
        if word_id is not None and store.by_id(session, word_id) is not None:
            raise id_taken(THING, word_id)
        return store.add(session, word, gateway.clock.now(), word_id=word_id)


def add_many(gateway: Gateway, words: Sequence[str]) -> Added:
    """Keep those of the words that aren't there yet; adding them again changes nothing.

    Raises InvalidRequest naming the first that is no word; none of them is kept then.
    """
    for index, word in enumerate(words):
        _check(word, f"words.{index}")
    added = 0
    for some in chunks(words, IN_ONE_TRANSACTION):
        with gateway.database.write() as session:
            added += store.add_many(session, some, gateway.clock.now())
    return Added(added, len(words) - added)


def change(gateway: Gateway, word_id: int, word: str) -> KeptWord:
    """Put another word in its place. Raises NotFound, and otherwise as `add` does."""
    _check(word, "word")
    with gateway.database.write() as session:
        before = _found(session, word_id)
        if folded(before.word) != folded(word):
            _check_free(session, word)
        store.change(session, word_id, word, gateway.clock.now())
        return _found(session, word_id)


def remove(gateway: Gateway, word_id: int) -> None:
    """Forget a word; messages that hold it are sent from now on. Raises NotFound."""
    with gateway.database.write() as session:
        if not store.remove(session, word_id):
            raise unknown(THING, word_id)


def show(gateway: Gateway, word_id: int) -> KeptWord:
    """The word with this number. Raises NotFound."""
    with gateway.database.read() as session:
        return _found(session, word_id)


def like(gateway: Gateway, word: str) -> KeptWord:
    """The word that is compared as this one is. Raises NotFound."""
    with gateway.database.read() as session:
        found = store.like(session, word)
    if found is None:
        raise unknown(THING, word)
    return found


def list_all(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[KeptWord]:
    """Words by number. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda word: str(word.id))


def _found(session: Session, word_id: int) -> KeptWord:
    word = store.by_id(session, word_id)
    if word is None:
        raise unknown(THING, word_id)
    return word


def _check(word: str, path: str) -> None:
    """Raises InvalidRequest for what nobody could read, or would look for."""
    fits = 1 <= len(word) <= LONGEST_WORD and len(folded(word)) <= LONGEST_FORM
    if not fits or not word.isprintable() or word != word.strip():
        text = f"1 to {LONGEST_WORD} printable characters, without white space at the ends."
        raise InvalidRequest(f"{path}: {text}", errors={path: [text]})


def _check_free(session: Session, word: str) -> None:
    taken = store.like(session, word)
    if taken is not None:
        raise Conflict(f"{word!r} is on the list already, as word {taken.id}: {taken.word!r}.")
