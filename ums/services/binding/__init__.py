"""Binding a person to his addresses: tickets, visits, logins, scans, and what joins one person's addresses."""

from __future__ import annotations
