"""Statements that are sent to a PostgreSQL together, and answered together.

Each statement that is waited for is a switch to the server and back, which on a busy machine costs more than the
statement. psycopg's own pipelines still send one by one; here libpq gathers what is sent until somebody asks for an
answer. Statements are prepared as they are sent first. psycopg must prepare none of its own on the same connection:
when a transaction is undone it has the server forget all that was prepared.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection

from ums.store import postgresql_faults
from ums.store.direct import Expected

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

_CHANGED = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(\w+)")
"""The tables that a statement changes."""
_Key = tuple[bytes, tuple[int, ...] | None]
"""A statement, and the types of its values."""

MOST_PREPARED = 256
"""Statements that the server keeps prepared for a connection, those used last."""


class Answer:
    """What the server says to a statement: waited for as soon as it is looked at, and raised where it refuses."""

    __slots__ = ("_pipeline", "expected", "result", "statement")

    def __init__(self, pipeline: Pipeline, statement: bytes) -> None:
        self._pipeline, self.statement = pipeline, statement
        self.expected: Expected | None = None
        self.result: PGresult | None = None
        """None until it is there."""

    @property
    def rowcount(self) -> int:
        return self._own().command_tuples or 0

    def fetchall(self) -> Sequence[Any]:
        return self._pipeline.rows(self._own())

    @property
    def status(self) -> int | None:
        return None if self.result is None else self.result.status

    def _own(self) -> PGresult:
        if self.result is None:
            self._pipeline.wait()
        return cast("PGresult", self.result)


class _Prepared:
    """What the server keeps prepared for a connection, by its text and the types of its values."""

    def __init__(self) -> None:
        self.names: OrderedDict[tuple[bytes, tuple[int, ...] | None], bytes] = OrderedDict()
        self.numbers = count(1)


class Pipeline:
    """The statements of a transaction that are under way; `wait` for them before its connection is used otherwise.

    Raises SQLAlchemy's errors, without people's values.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver = cast("psycopg.Connection[Any]", connection.connection.dbapi_connection)
        self._server = self._driver.pgconn
        self._adapted = Transformer(self._driver)
        self._under_way: deque[Answer] = deque()
        self._prepared: _Prepared = connection.info.setdefault(_Prepared, _Prepared())
        self._new: list[tuple[_Key, Answer]] = []
        """What is being prepared."""
        self.foreseen: dict[object, tuple[Mapping[str, object], Answer]] = {}
        """What was asked before anybody looks, by the statement, with its values."""
        connection.info[Pipeline] = self

    @property
    def is_under_way(self) -> bool:
        """Whether anything was sent that nobody has waited for."""
        return bool(self._under_way)

    def send(self, statement: bytes, values: Sequence[object]) -> Answer:
        """Have a statement run whose parameters are numbered; it begins a transaction where there is none."""
        try:
            if not self._under_way:
                self._enter()
            adapted = self._adapted.dump_sequence(values, [PyFormat.AUTO] * len(values))
            name = self._name(statement, self._adapted.types)
            self._server.send_query_prepared(name, adapted, self._adapted.formats)
        except psycopg.Error as error:
            raise self._plain(statement, error) from error
        return self._awaited(statement)

    def commit(self) -> None:
        """End the transaction, once all that was sent is done."""
        try:
            if not self._under_way:
                self._enter()
            self._tell(b"COMMIT")
        except psycopg.Error as error:
            raise self._plain(b"COMMIT", error) from error
        self.wait()

    def wait(self) -> None:
        """Have all answers there are to come. Raises the first error among them; what followed it wasn't run."""
        if not self._under_way:
            return
        sent, new = tuple(self._under_way), tuple(self._new)
        self._under_way.clear()
        self._new.clear()
        broken: psycopg.Error | None = None
        try:
            self._server.pipeline_sync()
            self._driver.wait(self._answers(sent))
            self._server.exit_pipeline_mode()
        except psycopg.Error as error:
            self._driver.close()
            broken = error
        except BaseException:  # nobody knows whose answer would come next
            self._driver.close()
            raise
        refused = next((one for one in sent if one.status == ExecStatus.FATAL_ERROR), None)
        if refused is not None or broken is not None:
            self._forget(new)
        for one in sent:
            _look_at(one)
        if refused is not None or broken is not None:
            raise self._trouble(refused, broken)

    def give_way(self, statement: str) -> None:
        """Wait for all answers, for another's statement, and forget what was foreseen of what it changes."""
        self.wait()
        for table in _CHANGED.findall(statement) if self.foreseen else ():
            for asked, (_, answer) in list(self.foreseen.items()):
                if table.encode() in answer.statement:
                    del self.foreseen[asked]

    def rows(self, result: PGresult) -> Sequence[Any]:
        """What an answer holds."""
        self._adapted.set_pgresult(result)
        return self._adapted.load_rows(0, result.ntuples, tuple)

    def _enter(self) -> None:
        is_begun = self._driver.autocommit or self._server.transaction_status != TransactionStatus.IDLE
        self._server.enter_pipeline_mode()
        if not is_begun:
            self._tell(b"BEGIN")

    def _tell(self, command: bytes) -> None:
        self._server.send_query_params(command, None)
        self._awaited(command)

    def _awaited(self, statement: bytes) -> Answer:
        answer = Answer(self, statement)
        self._under_way.append(answer)
        return answer

    def _name(self, statement: bytes, types: tuple[int, ...] | None) -> bytes:
        """What the server knows a statement by."""
        names, key = self._prepared.names, (statement, types)
        name = names.get(key)
        if name is not None:
            names.move_to_end(key)
            return name
        name = names[key] = b"ums_%d" % next(self._prepared.numbers)
        self._server.send_prepare(name, statement, types)
        self._new.append((key, self._awaited(statement)))
        if len(names) > MOST_PREPARED:
            self._tell(b"DEALLOCATE " + names.popitem(last=False)[1])
        return name

    def _answers(self, sent: Sequence[Answer]) -> PQGen[None]:
        yield from send(self._server)
        for answer in sent:
            (answer.result,) = yield from fetch_many(self._server)
        yield from fetch_many(self._server)  # that there are no more

    def _forget(self, new: Sequence[tuple[_Key, Answer]]) -> None:
        """The server hasn't prepared what stood behind an error."""
        for key, answer in new:
            if answer.status != ExecStatus.COMMAND_OK:
                self._prepared.names.pop(key, None)

    def _trouble(self, refused: Answer | None, broken: psycopg.Error | None) -> BaseException:
        if refused is not None and refused.result is not None:
            return self._plain(refused.statement, error_from_result(refused.result, encoding="utf-8"))
        return self._plain(b"", broken or psycopg.InterfaceError())

    def _plain(self, statement: bytes, error: Exception) -> BaseException:
        return postgresql_faults.of_driver(self._connection, statement.decode(), error)


def _look_at(answer: Answer) -> None:
    expected = answer.expected
    if expected is not None and answer.status == ExecStatus.COMMAND_OK and answer.rowcount != expected.rows:
        raise expected.otherwise
