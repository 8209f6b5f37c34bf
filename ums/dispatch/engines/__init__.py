"""The distributed engine: one process publishes what may be claimed, others anywhere claim it and make the calls.

::

    broker      the queues, and publishing to them; the one place, with `carrier`, that knows Celery
    publisher   the thread that publishes batches for what is due, and again what got lost
    batch_work  the batches that a sending process was handed: where its desk takes its work from
    carrier     the Celery worker of a sending process, which hands it batches
    processes   the two kinds of process, from start to SIGTERM
"""

from __future__ import annotations
