"""structlog, without what it has for consoles.

It loads rich, and rich pygments, wherever they are installed, for renderers that nobody here uses: three quarters
of what it takes to load. Where they aren't, it does without; so for this one import they aren't.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def _absent(name: str) -> Iterator[None]:
    """Have a module not found until the block ends, if it isn't loaded yet."""
    if name in sys.modules:
        yield
        return
    # None is how the import system is told that there is no such module
    cast("dict[str, ModuleType | None]", sys.modules)[name] = None
    try:
        yield
    finally:
        del sys.modules[name]


with _absent("rich"):
    import structlog
    from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter
    from structlog.typing import EventDict, Processor

__all__ = ["BoundLogger", "EventDict", "ExtraAdder", "Processor", "ProcessorFormatter", "structlog"]
