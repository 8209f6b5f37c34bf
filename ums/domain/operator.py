"""People who look after the gateway, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an operator may do; each later role is given its own screens, all of them may look."""

    ADMIN = "admin"
    """Everything."""
    OPERATOR = "operator"
    """Look after channels: refresh, test, pause, resume."""
    SENDER = "sender"
    """Look, and send messages."""
    VIEWER = "viewer"
    """Look."""


LOOKS = frozenset(Role)
"""The roles that may look at what is set up: all of them."""
RUNS_CHANNELS = frozenset({Role.ADMIN, Role.OPERATOR})
"""The roles that may look after channels, rules, templates, segments, lists, callbacks and approvals."""
RUNS_EVERYTHING = frozenset({Role.ADMIN})
"""The role that may make applications, operators and keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person (or program) that signs in to the console or shows an API token."""

    id: int
    name: str
    role: Role

    @property
    def runs_channels(self) -> bool:
        return self.role in RUNS_CHANNELS
