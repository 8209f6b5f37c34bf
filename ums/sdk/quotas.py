"""Quotas of calls: a plugin says how its provider is asked, the gateway asks, keeps and compares."""

from __future__ import annotations

from ums.domain.quota import Quota

__all__ = ["Quota"]
