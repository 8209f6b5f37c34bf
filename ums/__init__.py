"""A self-hosted unified messaging gateway: one message, whichever channel reaches the person."""

from __future__ import annotations
