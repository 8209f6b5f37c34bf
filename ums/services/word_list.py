"""The sensitive words in this process's memory, made anew when an operator has changed the list."""

from __future__ import annotations

import threading
from typing import NamedTuple

from ums.domain.words import WordMatcher
from ums.store import words
from ums.store.db import Session


class _Held(NamedTuple):
    revision: int
    matcher: WordMatcher


class WordList:
    """One for each gateway; safe to use in many threads."""

    def __init__(self) -> None:
        self._held = _Held(0, WordMatcher(()))
        self._guard = threading.Lock()

    def matcher(self, session: Session, revision: int) -> WordMatcher:
        """What finds the words as they stand in `session`; `revision` is how often they have changed by now.

        Where they have, others wait while it is made anew, since a word that has just been added counts for the
        next message.
        """
        if self._held.revision < revision:
            with self._guard:
                if self._held.revision < revision:
                    self._held = _Held(revision, WordMatcher(words.every(session)))
        return self._held.matcher
