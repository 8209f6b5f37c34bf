"""A channel as it is kept, the rules for its code, and when a parked one is tried again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ums.domain.commands import Json
from ums.domain.views import ChannelState, ChannelView, Failing
from ums.domain.wire import RESERVED_CODES

CODE = re.compile(r"[A-Za-z0-9]{1,32}")
KEY = re.compile(r"[0-9a-f]{24}")
"""What the ChannelKeys and AccessKeys look like that the gateway makes."""

AUTHORISED_BY = "authorised_by"
"""The setting by which channels say that the third-party platform stands in for credentials of their own."""

PROBE_WAITS = (60.0, 120.0, 240.0, 600.0)
"""Seconds before each probe of a parked channel; the last is repeated. Four calls in ten minutes: a provider
that is asked for tokens with a wrong secret again and again locks the account."""
CALM = 3600.0
"""Seconds after which a channel that is parked once more begins with the shortest wait again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel with its open settings as the operator gave them; the secret ones stay sealed.

    `version` grows with each change of the settings. `probes` counts the tries since it was parked,
    `probe_at` is when the next is due. Times are unix seconds.
    """

    id: int
    code: str
    type: str
    name: str
    settings: Mapping[str, Json]
    sealed_settings: bytes = field(repr=False)
    version: int
    state: ChannelState
    reason: str
    probes: int
    probe_at: float | None
    refreshed_at: float | None
    refresh_notes: Mapping[str, str]
    failing: Failing | None = None

    @property
    def view(self) -> ChannelView:
        return ChannelView(
            code=self.code,
            type=self.type,
            name=self.name,
            state=self.state,
            reason=self.reason,
            refreshed_at=self.refreshed_at,
            authorised_by=str(self.settings.get(AUTHORISED_BY, "")),
            failing=self.failing,
        )


def code_faults(code: str) -> list[str]:
    """What keeps `code` from being a channel code; nothing, if it is a good one."""
    if not CODE.fullmatch(code):
        return ["1 to 32 letters and digits, such as wechatmp123."]
    if code.lower() in RESERVED_CODES:
        return [f"{code!r} already means something in uploads; add a number to it, such as {code}1."]
    if KEY.fullmatch(code):
        return ["24 hexadecimal digits are a ChannelKey; choose another code."]
    return []


def probe_wait(probes: int) -> float:
    """Seconds until the next probe, after `probes` of them."""
    return PROBE_WAITS[min(probes, len(PROBE_WAITS) - 1)]
