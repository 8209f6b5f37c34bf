"""Noticing for next to nothing that something has been committed, so that an idle worker stays idle."""

from __future__ import annotations

from collections.abc import Callable


class ChangeWatch:
    """Tells whether another connection has committed since it was last asked. Used by one thread.

    `mark` answers what every commit changes. Where a commit can be marked a moment before others can read it
    (`early`), the next answer is yes as well. Raises what `mark` raises.
    """

    def __init__(self, mark: Callable[[], object], close: Callable[[], None], *, early: bool = False) -> None:
        self._mark, self._early = mark, early
        self._seen: object = None
        self._again = False
        self.close = close

    def changed(self) -> bool:
        before, self._seen = self._seen, self._mark()
        changed = self._seen != before
        answer, self._again = changed or self._again, changed and self._early
        return answer
