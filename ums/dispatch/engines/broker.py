"""The broker: queues that carry the ids of batches, through Celery.

There is one queue for each priority. That says the same on RabbitMQ and on Redis, where Celery's priorities are
turned round and kept otherwise; it needs nothing of a queue that an older declaration could contradict; and whoever
looks at the broker sees each lane.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from ums.domain.errors import Conflict, Unavailable
from ums.domain.message import Priority
from ums.settings import Settings
from ums.store.batches import Batch

if TYPE_CHECKING:
    from celery import Celery
    from kombu import Connection, Producer, Queue

CARRY = "ums.carry"
"""The task's name; its one argument is a batch's id."""
CONNECT_SECONDS = 3.0
"""How long the broker may take to answer a new connection."""
ANSWER_SECONDS = 5.0
"""How long it may take to take a message."""
HEARTBEAT_SECONDS = 10
"""How often a worker makes sure that the broker is still there; twice in vain, and it connects anew."""
STALE_SECONDS = 60
"""A message that nobody took by then is dropped: its batch has been published again long ago."""
REDIS_CONNECTIONS = 200
"""kombu's usual ten lose acknowledgements when many threads end at once."""
_REDIS = ("redis://", "rediss://")


class BrokerAway(Exception):
    """The broker doesn't answer; the text says why, without its password."""


def queue(mark: str, priority: int) -> str:
    """The queue of a priority; `mark` keeps installations apart that share a broker."""
    return f"ums-{mark}.{Priority(priority).name.lower()}"


def check(settings: Settings) -> None:
    """Raises Conflict, with what to do, where the distributed engine can't work with these settings."""
    if settings.database.startswith("sqlite:"):
        raise Conflict(
            "The engine celery needs PostgreSQL, which workers on several machines share: name one with "
            "database_url (UMS_DATABASE_URL). SQLite serves one machine; there the engine local is the faster one."
        )
    check_installed(settings.broker_url)


def check_installed(url: str) -> None:
    """Raises Conflict where what the engine needs isn't here, or no broker is named."""
    if not url:
        raise Conflict(
            "The engine celery needs a broker. Name it with the setting broker_url (UMS_BROKER_URL, or "
            "UMS_BROKER_URL_FILE), such as amqp://user:password@host:5672/vhost or redis://host:6379/0."
        )
    wanted = ("celery", "redis") if url.startswith(_REDIS) else ("celery",)
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise Conflict(
            f"The engine celery needs {' and '.join(missing)}, not installed here: pip install 'ums[scale]'."
        )


def make_app(url: str, mark: str, *, publishes: bool = False) -> Celery:
    """Celery, set up for batches: acknowledged when they are used up, none fetched beyond those, no results.

    Whoever only `publishes` never waits longer than `ANSWER_SECONDS` for anything.
    """
    from celery import Celery
    from kombu import Exchange, Queue

    app = Celery("ums", broker=url, set_as_current=False)
    names = [queue(mark, priority) for priority in Priority]
    exchange = Exchange(f"ums-{mark}", type="direct", durable=True, delivery_mode="transient")
    app.conf.update(
        task_queues=[Queue(name, exchange, routing_key=name) for name in names],
        task_default_queue=names[-1],
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_heartbeat=HEARTBEAT_SECONDS,
        broker_transport_options=_options(url, publishes=publishes),
    )
    return app


def _options(url: str, *, publishes: bool) -> dict[str, object]:
    if not url.startswith(_REDIS):
        return {"confirm_publish": True} | ({"write_timeout": ANSWER_SECONDS} if publishes else {})
    return {
        "max_connections": REDIS_CONNECTIONS,
        "queue_order_strategy": "priority",
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_keepalive": True,
        "health_check_interval": HEARTBEAT_SECONDS,
    } | ({"socket_timeout": ANSWER_SECONDS} if publishes else {})


class Broker:
    """Publishes batches; used by one thread."""

    def __init__(self, url: str, mark: str) -> None:
        self._app, self._mark = make_app(url, mark, publishes=True), mark
        self._connection: Connection | None = None
        self._producer: Producer | None = None

    @property
    def name(self) -> str:
        """Its URL without the password."""
        return self._app.connection_for_write().as_uri()

    @property
    def is_connected(self) -> bool:
        """As far as is known: that it went away shows when it is asked for something."""
        return self._connection is not None

    def connect(self) -> None:
        """Connect anew, to make sure that it answers. Raises BrokerAway."""
        self.close()
        connection = self._app.connection_for_write(heartbeat=0)
        try:
            connection.connect()
            self._producer = self._app.amqp.Producer(connection, auto_declare=False)
        except self._troubles(connection) as trouble:
            self.close()
            raise BrokerAway(_words(trouble)) from trouble
        self._connection = connection

    def publish(self, batches: Sequence[Batch]) -> None:
        """Put batches into their queues. Raises BrokerAway; then some of them may be there and others not."""
        if not self.is_connected:
            self.connect()
        try:
            for batch in batches:
                self._app.send_task(
                    CARRY,
                    (batch.id,),
                    queue=queue(self._mark, batch.lane.priority),
                    producer=self._producer,
                    retry=False,
                    timeout=ANSWER_SECONDS,
                    confirm_timeout=ANSWER_SECONDS,
                    expiration=STALE_SECONDS,
                )
        except self._troubles(self._connection) as trouble:
            self.close()
            raise BrokerAway(_words(trouble)) from trouble

    def close(self) -> None:
        """Let go of the connection, also of one that is broken."""
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            connection.collect(socket_timeout=1)

    def purge(self) -> None:
        """Lose what is in this installation's queues. Raises BrokerAway."""
        for declared in self._declared():
            declared.purge()

    def clear(self) -> None:
        """Remove this installation's queues, with what is in them. Raises BrokerAway."""
        for declared in self._declared():
            declared.delete()
        declared.exchange.delete()
        self.close()

    def _declared(self) -> list[Queue]:
        self.connect()
        assert self._connection is not None  # noqa: S101 - what `connect` makes
        bound = [known.bind(self._connection.default_channel) for known in self._app.amqp.queues.values()]
        for declared in bound:
            declared.declare()
        return bound

    @staticmethod
    def _troubles(connection: Connection | None) -> tuple[type[Exception], ...]:
        from kombu.exceptions import OperationalError

        known = (*connection.connection_errors, *connection.channel_errors) if connection is not None else ()
        return (OperationalError, OSError, *cast("tuple[type[Exception], ...]", known))


def _words(trouble: BaseException) -> str:
    return str(trouble) or type(trouble).__name__


def check_answers(url: str) -> None:
    """Raises Unavailable where the broker doesn't answer, or refuses."""
    broker = Broker(url, "")
    try:
        broker.connect()
    except BrokerAway as trouble:
        raise Unavailable(
            f"The broker {broker.name} does not answer: {trouble}. Start it, or name another one with the setting "
            "broker_url (UMS_BROKER_URL)."
        ) from trouble
    broker.close()


def clear(url: str, mark: str) -> None:
    """Remove an installation's queues from a broker, as far as it answers."""
    with suppress(BrokerAway):
        Broker(url, mark).clear()
