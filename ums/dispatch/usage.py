"""What a sending process has cost since it began to send, for its last line in the log."""

from __future__ import annotations

import resource
import sys
import time

from ums.store.db import Database

MEBIBYTE = 1024 * 1024
UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in which the system tells memory."""


class Usage:
    """Counts from when it is made."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cpu_at = time.process_time()
        self._commits_at = database.commits

    def spent(self) -> dict[str, float]:
        """Processor seconds and commits since then, and the most memory the process ever had."""
        return {
            "cpu_seconds": round(time.process_time() - self._cpu_at, 3),
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT / MEBIBYTE, 1),
            "commits": self._database.commits - self._commits_at,
        }
