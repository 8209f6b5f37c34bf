"""Access tokens: a plugin says how one is fetched, the gateway keeps and shares it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token and how many seconds it stays good from the moment it was fetched.

    `renew_before` is how many seconds before its end it is renewed, where the provider wants that otherwise than
    the gateway does.
    """

    value: str = field(repr=False)
    lifetime: float
    renew_before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalLimits:
    """How often a provider lets another token be asked for by force: so many in a day, so many seconds apart."""

    a_day: int = 20
    apart: float = 30.0
