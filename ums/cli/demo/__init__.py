"""`ums demo`: the main job, live, against the sandbox, and its result compared with what was planned.

::

    plan      who is reachable how, and what must become of each of them (pure)
    cast      the sandbox and the gateway, as child processes in a scratch home
    platform  the accounts and people of the sandbox, and what it saw
    client    JSON over HTTP to either of them
    scenario  application, channels, uploads, the message, waiting for its end
    verdict   the plan against the deliveries and against the sandbox's count (pure)
    report    tables, and how to look further
    command   the command itself
"""

from __future__ import annotations
