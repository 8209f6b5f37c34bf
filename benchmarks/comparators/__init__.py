"""The gateway beside what one would write oneself, in turns, against the same stand-in.

::

    contest          contestants take turns, round by round; rates, and the gateway's by theirs (pure)
    field            who takes part, and what each leaves out
    clients          a bare client over the gateway's own transports; `requests` in threads
    apprise_loop     Apprise, one recipient after the other
    celery_tasks     the tasks: one message each, with and without a note in a database
    celery_workers   real worker processes, and a task published for each recipient
"""

from __future__ import annotations
