"""``--lean``: tokens and sends only, after a fixed latency, for measuring how fast a sender is.

It costs so little of a processor that sender and stand-in fit on the same small machine, and it believes nothing:
each body is parsed, each call counted, each openid once. It has no users, templates, credits, pushes or faults::

    server      listening and ending
    wire        HTTP: what comes on a connection, and the answers, each when its time has come
    tally       what a call is answered, and what was counted
"""

from __future__ import annotations
