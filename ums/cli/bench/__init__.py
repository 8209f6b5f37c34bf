"""`ums bench`: how many deliveries a second this machine does, end to end, and what each costs.

::

    stage     the stand-in for the provider, the web side and the senders, as processes in a scratch home
    course    people made up, one broadcast accepted over the API, and waiting for its last committed result
    figures   what was measured, and whether it counts (pure)
    command   the command itself
"""

from __future__ import annotations
