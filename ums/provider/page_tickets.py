"""What web pages sign with, kept and shared as tokens are: fetched once, for all processes, and renewed early."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ums.provider.driving import TokenSource
from ums.provider.platform_desk import supplied
from ums.sdk.call import Exchange
from ums.sdk.people import HasPageTickets
from ums.sdk.tokens import RenewalLimits, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTicketFetch:
    """Fetches the page ticket of one channel's settings, with the channel's own token."""

    plugin: Any
    settings: object = field(repr=False)
    source: TokenSource = field(repr=False, compare=False)

    def __call__(self) -> Exchange[Token]:
        plugin: HasPageTickets[Any] = self.plugin
        return supplied(plugin.page_ticket(self.settings), self.source)

    def renewed(self) -> Exchange[Token]:
        # nobody refuses a page ticket to us, so none is asked for by force
        return self()

    @property
    def limits(self) -> RenewalLimits:
        return RenewalLimits()
