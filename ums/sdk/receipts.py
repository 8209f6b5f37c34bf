"""Receipts, as a plugin makes them out of a provider's push."""

from __future__ import annotations

from ums.domain.delivery import DeliveryStatus
from ums.domain.receipt import Receipt

__all__ = ["DeliveryStatus", "Receipt"]
