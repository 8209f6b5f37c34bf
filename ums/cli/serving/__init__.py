"""`ums serve`: the web side in this process, the sending side in a child that can't outlive it."""

from __future__ import annotations
