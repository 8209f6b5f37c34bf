"""Calls as a provider remembers them: a plugin says how one is looked up by the mark that its answer carried."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedCall:
    """A call as the provider saw it: when (unix seconds), how long it took there, whence it came, what was said.

    `url`, `request` and `response` hold no secrets, and no whole addresses of users.
    """

    at: float
    milliseconds: int
    client_ip: str
    url: str
    request: str = field(repr=False)
    response: str = field(repr=False)
