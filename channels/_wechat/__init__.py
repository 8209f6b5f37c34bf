"""Shared by the channels of the WeChat family."""

from __future__ import annotations
