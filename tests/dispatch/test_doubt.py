"""A database that keeps a claim, and is gone before it can say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

import pytest

from tests.dispatch.stage import Stage
from ums.dispatch.desk import Desk
from ums.domain.errors import Unavailable
from ums.store.db import Database, Session

T = TypeVar("T")

pytestmark = pytest.mark.both_databases


class Wavering:
    """A database whose next write is kept, though whoever writes is told that it may not be."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.wavers = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    def write_together(self, work: Callable[[Session], T]) -> T:
        done = self._database.write_together(work)
        if self.wavers:
            self.wavers = False
            raise Unavailable("The connection was lost.", retry_after=2)
        return done


def test_what_was_claimed_unheard_is_claimed_again(stage: Stage) -> None:
    msgid = stage.send([stage.user("u1", app="fake-1"), stage.user("u2", app="fake-2")])
    database = Wavering(stage.gateway.database)
    desk = Desk(replace(stage.gateway, database=cast("Database", database)))
    desk.enlist()
    (known,) = desk.turn([], 1).jobs
    database.wavers = True
    with pytest.raises(Unavailable):
        desk.turn([], 1)
    assert stage.progress(msgid).counts == {"sending": 2}
    (again,) = desk.turn([], 1).jobs
    assert {known.claimed.userid, again.claimed.userid} == {"u1", "u2"}
    assert again.claimed.attempt == 2
    assert stage.progress(msgid).counts == {"sending": 2}
