"""A stand-in for the WeChat platform: real HTTP, state in memory, faults on demand, signed event pushes.

Start it with ``python -m sandbox`` or, inside a test, with ``sandbox.inprocess.running()``. It imports
nothing of the gateway, and of the channels only the WeChat cryptography.

How a call travels::

    door (HTTP) → platform.decide(world, asked) → Decision → call log, pushes, latency, answer or misbehaviour

``world`` and everything below it is a model without I/O and without a clock; ``door``, ``pushes`` and
``server`` are the rim. ``control`` is the operator's side, under ``/_sandbox/``: its docstring and
``README.md`` describe every endpoint. ``lean`` is another server, for measuring how fast a sender is.
"""

from __future__ import annotations
