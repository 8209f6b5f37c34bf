"""Reasons in plain words, in the reader's language.

A delivery keeps a stable reason; a channel keeps a sentence that begins with one. Either is looked up again in
the plugin that gave it, which knows what it means and what to do, in both languages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ums.console.languages import reads_chinese
from ums.console.words import REASONS
from ums.registry import AnyPlugin
from ums.sdk.plugin import HasExplanations

_TOLD = re.compile(r"(?:^|(?<=: )|(?<=\. ))([a-z][a-z0-9_]*) \((?:(-?\d+): )?(.*?)\)(?=[.:]|$)", re.DOTALL)
"""How `ums.services.accounts.explained` begins: `bad_secret (40125: invalid appsecret): …`,
or without a number `connection_refused (nobody listens): …`."""
_BARE = re.compile(r"([a-z][a-z0-9_]*)(?= \(|:|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One reason: the stable word, the provider's number and words, what it means and what to do."""

    reason: str
    text: str = ""
    hint: str = ""
    provider_code: int | None = None
    provider_message: str = ""


def reason(
    plugin: AnyPlugin | None, word: str, provider_code: int | None = None, provider_message: str = ""
) -> Told:
    """What a reason such as `no_credit` or `invalid_field: thing1` means."""
    bare = word.partition(":")[0]
    text, hint = str(REASONS.get(bare, "")), ""
    if isinstance(plugin, HasExplanations):
        known = plugin.explain(word, provider_code, provider_message)
        if known is not None:
            text, hint = (known.text_zh, known.hint_zh) if reads_chinese() else (known.text, known.hint)
    return Told(reason=word, text=text, hint=hint, provider_code=provider_code, provider_message=provider_message)


def unreachable(line: str) -> tuple[Told, ...]:
    """What keeps a user from being reached, such as `wechatmp123: not_bound, wechatoa456: address_retired`."""
    places: dict[str, list[str]] = {}
    for part in line.split(", "):
        places.setdefault(part.rpartition(": ")[2], []).append(part)
    return tuple(
        Told(reason=", ".join(parts), text=str(REASONS.get(obstacle, ""))) for obstacle, parts in places.items()
    )


def sentence(plugin: AnyPlugin | None, kept: str) -> tuple[Told, ...]:
    """The reasons told in a sentence of the gateway; the sentence itself where none is recognised."""
    found = tuple(
        reason(plugin, match[1], int(match[2]) if match[2] else None, match[3]) for match in _TOLD.finditer(kept)
    )
    if not found:
        bare = _BARE.match(kept)
        found = (reason(plugin, bare[1]),) if bare else ()
    known = tuple(told for told in found if told.text)
    return known or ((Told(reason="", text=kept),) if kept else ())
