"""What a send by a message template says of its app push beside the values: platforms, lifetime, environment.

Source: UMS contract, "template sends", `app_para`; the members it sets are those of a JPush v3 push object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.json import Json
from ums.domain.message import DAY

APP = "app"
"""The channel type that is meant."""
EVERY_PLATFORM = "all"
PLATFORMS = ("android", "ios", "quickapp", "hmos", "web")
LONGEST_TIME_TO_LIVE = 10 * DAY
"""Seconds."""
_USUAL: Mapping[str, Json] = {"time_to_live": DAY, "apns_production": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppParameters:
    """Where an app push goes: `all` or some platforms, for how many seconds, to Apple's production or test side."""

    platform: str | tuple[str, ...] = EVERY_PLATFORM
    time_to_live: int | None = None
    apns_production: bool | None = None


ANYWHERE = AppParameters()
"""The parameters of an app push that nobody has said anything of."""


def with_parameters(content: Mapping[str, Json], given: AppParameters) -> dict[str, Json]:
    """The content of an app push with its parameters.

    What is given goes before what the content says itself, and that before a day and Apple's production side.
    """
    kept = content.get("options", {})
    named = {"time_to_live": given.time_to_live, "apns_production": given.apns_production}
    chosen = {name: value for name, value in named.items() if value is not None}
    platform: Json = given.platform if isinstance(given.platform, str) else list(given.platform)
    # options that are no object are for the plugin to refuse
    options: Json = {**_USUAL, **kept, **chosen} if isinstance(kept, dict) else kept
    return {**content, "platform": platform, "options": options}
