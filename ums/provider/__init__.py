"""Carries plugins' exchanges to their providers: deadlines, byte caps, and the tokens that calls share.

No database transaction is ever open here while a provider is being waited for.
"""

from __future__ import annotations

from ums.provider.provider import Provider

__all__ = ["Provider"]
