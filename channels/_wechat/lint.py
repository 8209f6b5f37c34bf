"""Values that the platform would refuse with 47003, found before they are sent; and clipped where that helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from channels._wechat.account import CLIP, OFF
from channels._wechat.content import Values
from channels._wechat.key_types import TYPES, counted
from channels._wechat.templates import LIMITS, key_type
from ums.sdk.lint import CLEAN, Finding, Linted
from ums.sdk.templates import RemoteTemplate, TemplateField

NOBODY_ASKS = frozenset({"first", "remark"})
"""Keys of old templates that are gone since 2023-05-04: whatever stands there is ignored."""

_BREAKS = re.compile("[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Filled(Protocol):
    """A message that fills a template."""

    @property
    def data(self) -> Values: ...


def lint(mode: str, message: Filled, template: RemoteTemplate | None) -> Linted:
    """What the platform would refuse of a message's values; where the mode is `CLIP`, what is clipped in them.

    Where the template is known, its fields are what is looked at: they must all be there, and what stands beside
    them is ignored as the platform ignores it.
    """
    if mode == OFF:
        return CLEAN
    findings: list[Finding] = []
    clipped: dict[str, str] = {}
    for field in _asked(message.data, template):
        entry = message.data.get(field.key)
        if entry is None:
            findings.append(
                Finding(path=f"data.{field.key}", text=f"Missing; the template asks for it ({field.label}).")
            )
            continue
        text = entry["value"]
        fault = fault_of(field, text)
        if not fault:
            continue
        path, other = f"data.{field.key}.value", _clipped(field, text) if mode == CLIP else text
        if other != text and not fault_of(field, other):
            clipped[path] = other
        else:
            findings.append(Finding(path=path, text=fault))
    return Linted(findings=tuple(findings), clipped=clipped) if findings or clipped else CLEAN


def fault_of(field: TemplateField, text: str) -> str:
    """What is wrong with a value, in a sentence; empty where nothing is."""
    if not text.strip():
        return "Must not be empty."
    if _CONTROLS.search(text):
        what = "a line break or a tab" if _BREAKS.search(text) else "control characters"
        return f"Must not hold {what}."
    if field.choices:
        return "" if text in field.choices else f"Must be one of the template's values: {', '.join(field.choices)}."
    kind = key_type(field.key)
    known = TYPES.get(kind)
    if known is None or known.fits(text):
        return ""
    length = counted(text)
    told = f"; this counts as {length} (an emoji as 2)" if known.most and length > known.most(text) else ""
    return f"Not what the type {kind} takes: {LIMITS[kind]}{told}."


def _asked(data: Values, template: RemoteTemplate | None) -> Iterator[TemplateField]:
    """The fields that are looked at; without a template that is known, those that are given."""
    if template is not None and template.fields:
        return (field for field in template.fields if field.key not in NOBODY_ASKS)
    return (TemplateField(key=key, type=key_type(key), label=key) for key in data if key not in NOBODY_ASKS)


def _clipped(field: TemplateField, text: str) -> str:
    """The value in one line, and cut where its type has an end to it."""
    line = _BREAKS.sub(" ", text).strip() if _BREAKS.search(text) else text
    known = TYPES.get(key_type(field.key))
    if known is None or known.clip is None or known.most is None or field.choices:
        return line
    return known.clip(line) if counted(line) > known.most(line) else line
