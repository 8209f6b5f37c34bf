"""What a database must be told of its indexes, because it can't know better."""

from __future__ import annotations

BY_OPEN = {"sqlite": "INDEXED BY ix_deliveries_open", "postgresql": ""}
"""After `deliveries`, where only those of a message are wanted that are open.

SQLite doesn't know that a partial index leaves the others out: with an `ANALYZE` it may take one with all of the
message's deliveries for as good, and read a million that are done.
"""
