"""Measurements, printed as figures and ratios of one run; no tests."""

from __future__ import annotations
