"""PostgreSQL, and its two kinds of writing: alone, and beside others.

Transactions are READ COMMITTED: what one reads, another may change before it writes. Those who write alone hold an
advisory lock that nobody shares, so that all they read stays as it is, as on SQLite. Those who write beside others
share that lock among themselves, and lock or fence by their own statements what they decide by.
"""

from __future__ import annotations

import importlib.util
import select
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, TypeVar, cast

from sqlalchemy import Connection, Dialect, Engine, TextClause, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from ums.domain.json import written
from ums.store.database import Database
from ums.store.direct import pipelined
from ums.store.faults import told
from ums.store.postgresql_faults import plainly
from ums.store.watching import ChangeWatch

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer
    from psycopg.adapt import Dumper

T = TypeVar("T")

CONNECT_SECONDS = 3
"""How long the server may take to answer a new connection."""
LOCK_SECONDS = 8.0
"""How long anybody waits for a lock, and for a free connection, before the caller is told to come back."""
PROMPT_SECONDS = 0.5
"""How long those wait who have another place for what they want written."""
STATEMENT_SECONDS = 60.0
"""How long one statement may take; migrations take as long as they need."""
SILENT_SECONDS = 8.0
"""After how long a server is given up that doesn't even acknowledge what it is sent: the network is parted."""
FROZEN_SECONDS = 10.0
"""After how long the server undoes a transaction in which nothing happens: its process sleeps, and others wait."""
LATELY_SECONDS = 1.0
"""A connection that was used so lately is there, unless the server has said something since."""
ATTEMPTS = 4
"""How often small writes are made at most where the server chose them to give way."""

GIVEN_WAY = frozenset({"40001", "40P01"})
"""A serialisation failure, a deadlock: nothing is wrong with what was asked."""
_USED = "used"
_TURN = 0x756D73
"""The advisory lock that is the turn to write; `locks` has others, under the next numbers."""
_ALONE = text(f"SELECT pg_advisory_xact_lock({_TURN}, 0)")
_BESIDE = text(f"SELECT pg_advisory_xact_lock_shared({_TURN}, 0)")
_PROMPTLY = text(f"""
    SELECT set_config('lock_timeout', '{int(PROMPT_SECONDS * 1000)}', true),
           pg_advisory_xact_lock_shared({_TURN}, 0)
""")


class Postgresql(Database):
    """A database that a server keeps."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._writers = sessionmaker(engine, expire_on_commit=False)
        self._looking = _for_looking(engine)
        self._readers = sessionmaker(self._looking, expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Each statement sees what is committed by then."""
        with told(), self._readers() as session:
            yield session

    def write(self) -> AbstractContextManager[Session]:
        return self._told(_ALONE)

    def write_beside(self) -> AbstractContextManager[Session]:
        return self._told(_BESIDE)

    def write_together(self, work: Callable[[Session], T]) -> T:
        """Each work in a transaction of its own: the server brings those of one moment to its disk together."""
        with told():
            return self._again_where_it_gave_way(_BESIDE, work)

    def write_promptly(self, work: Callable[[Session], T]) -> T:
        with told(quietly=True):
            return self._again_where_it_gave_way(_PROMPTLY, work)

    def make_sure(self) -> None:
        """Nothing to do: others can read what is on the server's disk, and no sooner."""

    def watch(self) -> ChangeWatch:
        """What is on the server's disk: also what was written to its other databases, which does no harm."""
        return ChangeWatch(self._written, lambda: None, early=True)

    def _written(self) -> object:
        with self.read() as session:
            return session.connection().exec_driver_sql("SELECT pg_current_wal_flush_lsn()").scalar_one()

    def close(self) -> None:
        self._looking.dispose()
        self.engine.dispose()

    @contextmanager
    def _told(self, turn: TextClause) -> Iterator[Session]:
        with told(), self._begun(turn, waits=True) as session:
            yield session

    @contextmanager
    def _begun(self, turn: TextClause, *, waits: bool) -> Iterator[Session]:
        """A transaction that has the turn to write, or, where it doesn't wait, has asked for it."""
        with self._writers.begin() as session, pipelined(session) as driver:
            with nullcontext() if waits else driver.gathering():
                driver.run(turn, {})
            yield session
        self.commits += turn is not _PROMPTLY

    def _again_where_it_gave_way(self, turn: TextClause, work: Callable[[Session], T]) -> T:
        for attempt in count(1):
            try:
                with self._begun(turn, waits=False) as session:
                    return work(session)
            except OperationalError as error:
                if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in GIVEN_WAY:
                    raise
        raise AssertionError


def is_installed() -> bool:
    """Whether the driver is here."""
    return importlib.util.find_spec("psycopg") is not None


def engine_options() -> dict[str, object]:
    """What an engine is made with."""
    return {
        # people's addresses and sealed secrets, which have no place in a traceback
        "hide_parameters": True,
        "json_serializer": written,
        "pool_use_lifo": True,
        "pool_timeout": LOCK_SECONDS,
        "connect_args": {
            "application_name": "ums",
            "client_encoding": "utf8",
            "connect_timeout": CONNECT_SECONDS,
            # a server that has vanished without a word is noticed
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": int(SILENT_SECONDS * 1000),
        },
    }


def prepare(engine: Engine) -> Engine:
    """Give every connection of `engine` the limits above, and tell its troubles without people's values."""
    event.listen(engine, "connect", partial(_set_up, "off"))
    event.listen(engine, "before_cursor_execute", _after_all_sent)
    return _watched(engine)


def be_alone(connection: Connection) -> None:
    """Have nobody write beside the transaction under way, and its statements take as long as they need."""
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = 0; {_ALONE.text}")


def _for_looking(engine: Engine) -> Engine:
    """An engine beside the given one, whose connections change nothing, and begin no transactions."""
    pool = cast("QueuePool", engine.pool)
    options = {**engine_options(), "pool_size": pool.size(), "isolation_level": "AUTOCOMMIT"}
    looking = create_engine(engine.url, **options)
    event.listen(looking, "connect", partial(_set_up, "on"))
    return _watched(looking)


def _watched(engine: Engine) -> Engine:
    event.listen(engine, "handle_error", plainly, retval=True)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_look_for_it, engine.dialect))
    return engine


def _after_all_sent(connection: Connection, _: object, statement: str, *__: object) -> None:
    """What is under way along a pipeline comes before a statement of the engine's."""
    from ums.store.pipelining import Pipeline

    pipeline: Pipeline | None = connection.info.get(Pipeline)
    if pipeline is not None:
        pipeline.give_way(statement)


def _note_use(_: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED] = time.monotonic()


def _look_for_it(dialect: Dialect, connection: DBAPIConnection, entry: ConnectionPoolEntry, _: object) -> None:
    """Ask whether a connection is there, unless it was lately, and the server has said nothing since.

    It speaks up, or the socket does, when it ends a connection.
    """
    used = entry.info.get(_USED)
    if used is None or (time.monotonic() - used < LATELY_SECONDS and not _has_spoken(connection)):
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _has_spoken(connection: DBAPIConnection) -> bool:
    poll = select.poll()
    poll.register(cast("psycopg.Connection", connection).fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _set_up(read_only: str, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    settings = {
        "default_transaction_isolation": "read committed",
        "default_transaction_read_only": read_only,
        "lock_timeout": int(LOCK_SECONDS * 1000),
        "statement_timeout": int(STATEMENT_SECONDS * 1000),
        "idle_in_transaction_session_timeout": int(FROZEN_SECONDS * 1000),
        # what is under way is in memory: to find it by an index is not four times as dear as to walk the table
        "random_page_cost": 1.1,
    }
    own = cast("psycopg.Connection", connection)
    own.adapters.register_dumper(str, _text_dumper())
    if read_only == "off":
        own.prepare_threshold = None  # as `pipelining` needs it
    cursor = connection.cursor()
    cursor.execute("; ".join(f"SET SESSION {name} = '{value}'" for name, value in settings.items()))
    cursor.close()
    connection.commit()


@cache
def _text_dumper() -> type[Dumper]:
    """Texts with a NUL in them, which PostgreSQL has no place for, go there with a mark instead.

    So what providers and strangers write can be kept, and looked for in vain.
    """
    from psycopg.types.string import StrDumperUnknown

    class Marking(StrDumperUnknown):
        def dump(self, obj: str) -> Buffer | None:
            return super().dump(obj.replace("\0", "\ufffd") if "\0" in obj else obj)

    return Marking
