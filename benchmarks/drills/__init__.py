"""`python -m benchmarks drill NAME`: what becomes of a send in which something breaks, against what is promised.

A real gateway (`ums serve`, a database of its own in a scratch home) sends to the sandbox, which counts
every call; then something is done to it. Each drill prints a table of what was promised and what was seen, and ends
with status 1 where a promise was broken.

    command     the command line, and which drills there are
    plan        how a drill is to run
    verdict     what was promised, what was seen
    site        the gateway, the sandbox, the people; what came of a send
    gateway     the gateway's processes: started, killed, started again
    probe       somebody who sends single messages all the while, and notes how he was answered
    cluster     a PostgreSQL server that may be stopped
    proxy       a way to a server that can be cut, or fall silent
    clock       a machine's clock for some processes alone, that can be set
"""

from __future__ import annotations
