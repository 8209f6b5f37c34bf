"""What is measured on, and how busy it is."""

from __future__ import annotations

import os
import platform
import sqlite3
from pathlib import Path

from ums.domain.commands import Json

QUIET = 1.0
"""Above this load average somebody else is at work, and the figures are too low."""
_GIB = 1024**3


def described() -> dict[str, Json]:
    """The machine, by what changes figures most."""
    return {
        "processors": os.cpu_count() or 1,
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def load() -> float:
    """How many processes wanted a processor, in the mean of the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    """Its name, where the kernel tells one."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8", "replace").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
