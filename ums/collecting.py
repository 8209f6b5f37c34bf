"""How often a process looks for garbage that only a collector finds.

While modules are loaded, not at all: what they make stays, and to walk it again and again while it grows takes a
tenth of a start.

Python's collector walks young objects after every 700 that are made, and all of them now and then: right for a
script, wasteful for a process that makes tens of thousands of short-lived rows a second and no cycles among
them. Looking seldom takes a fifth off the expansion of an audience (`python -m benchmarks.expansion`).
"""

from __future__ import annotations

import gc

YOUNG = 50_000
"""Objects that may be made before the young ones are looked through."""


def collect_seldom() -> None:
    """Set what is loaded by now aside for good, and look through the rest less often. Once, at start-up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


def put_off_collecting() -> None:
    """Look for no garbage until `collect_again`."""
    gc.disable()


def collect_again() -> None:
    """Set what is loaded by now aside for good, and look through what comes; nothing where it was not put off."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
