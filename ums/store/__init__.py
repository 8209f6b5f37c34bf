"""The only place that knows SQL. Functions here take a `Session` and never commit: services do."""

from __future__ import annotations
