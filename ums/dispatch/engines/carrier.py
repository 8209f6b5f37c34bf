"""The Celery worker of a sending process: it takes batches from the broker, and hands them to the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from celery import bootsteps
from celery.worker import WorkController, state

from ums.dispatch.engines.batch_work import MOST_HELD, BatchWork
from ums.dispatch.engines.broker import CARRY, make_app, queue
from ums.domain.message import Priority
from ums.logs import get_logger

if TYPE_CHECKING:
    from celery import Celery, Task

log = get_logger(__name__)


class Carrier:
    """Runs in a thread of its own; `on_end` is called when it ends without having been told to."""

    def __init__(self, url: str, mark: str, work: BatchWork, on_end: Callable[[], None]) -> None:
        self._app = _app_for(url, mark, work)
        self._on_end = on_end
        self._is_stopping = threading.Event()
        self._app.steps["consumer"].add(_announced(self._is_stopping))
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._controller: Any = None
        self.has_failed = False
        """Whether it ended by itself."""

    def start(self) -> None:
        """Begin to take batches."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Take no more; returns at once."""
        self._is_stopping.set()
        cast("Any", state).should_stop = 0
        hub = getattr(self._controller, "hub", None)
        if hub is not None:
            hub.call_soon(lambda: None)

    def stop(self, seconds: float) -> None:
        """Take no more; what was fetched and not acknowledged goes back to the broker."""
        self.begin_stop()
        self._thread.join(seconds)

    def _run(self) -> None:
        make = cast("Any", WorkController)
        self._controller = make(app=self._app, pool="threads", concurrency=MOST_HELD, **_SILENT)
        self._controller.start()
        self.has_failed = not self._is_stopping.is_set()
        if self.has_failed:
            log.critical("no batches are taken any more", action="carrier_failed")
            self._on_end()


_SILENT = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
"""Workers don't talk to one another: the database tells who is alive."""


def _app_for(url: str, mark: str, work: BatchWork) -> Celery:
    app = make_app(url, mark)
    urgent = queue(mark, Priority.HIGH)

    @app.task(name=CARRY, bind=True)
    def carry(self: Task[Any, Any], batch_id: int) -> None:
        place = (self.request.delivery_info or {}).get("routing_key")
        work.carry(batch_id, is_urgent=place == urgent)

    return app


def _announced(is_stopping: threading.Event) -> type[bootsteps.StartStopStep]:
    """The step that says when batches come, and when they don't any more: Celery itself says it again and again."""

    class Announced(bootsteps.StartStopStep):
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            log.info("batches are taken from the broker", action="broker_joined", broker=parent.conninfo.as_uri())

        def stop(self, parent: Any) -> None:
            if not is_stopping.is_set():
                log.error(
                    "the broker has gone away; going on by itself when it is back",
                    action="broker_away",
                    broker=parent.conninfo.as_uri(),
                )

    return Announced
