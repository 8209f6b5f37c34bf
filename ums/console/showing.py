"""How times, numbers, addresses and strangers' words are written on pages."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from flask import Blueprint

from ums.console import words
from ums.console.context import current_gateway
from ums.console.languages import LANGUAGES, language, reads_chinese, time_zone
from ums.domain.privacy import masked
from ums.registry import AnyPlugin

LONGEST = 512
"""Characters of a provider's or a caller's words that a page shows."""


VOCABULARY = (
    "CAUSES",
    "CHANGES",
    "CHANNELS",
    "MEMBERS",
    "MESSAGES",
    "REASONS",
    "ROLES",
    "SOURCES",
    "STATUSES",
    "TEMPLATE_TYPES",
)
"""What of `ums.console.words` every page can look words up in."""


def register(blueprint: Blueprint) -> None:
    """Give the templates these ways to write, and the gateway's vocabulary."""
    for name, write in (
        ("age", age),
        ("grouped", grouped),
        ("masked", masked),
        ("moment", moment),
        ("shortened", shortened),
        ("titled", titled),
    ):
        blueprint.add_app_template_filter(write, name)
    vocabulary = {"LANGUAGES": LANGUAGES, **{name: getattr(words, name) for name in VOCABULARY}}
    blueprint.context_processor(lambda: {**vocabulary, "language": language(), "zone": str(time_zone())})


def moment(seconds: float) -> str:
    """A time, to the second, in the installation's zone."""
    return datetime.fromtimestamp(seconds, time_zone()).isoformat(" ", "seconds")[:19]


def age(seconds: float) -> str:
    """How long ago that was, such as "3 hours ago"."""
    passed = min(seconds - current_gateway().clock.now(), 0.0)
    # Less than a second would be told as the future.
    return format_timedelta(timedelta(seconds=min(passed, -1.0)), add_direction=True, locale=language())


def grouped(number: int) -> str:
    """A count with its thousands apart."""
    return format_decimal(number, locale=language())


def shortened(words: object) -> str:
    """At most 512 characters of somebody's words."""
    text = str(words)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def titled(plugin: AnyPlugin) -> str:
    """What people call a kind of channel."""
    return plugin.info.title_zh if reads_chinese() else plugin.info.title
