"""A provider's template as the gateway keeps it, and what a refresh of the list changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateField:
    """One value a template asks for: its key on the wire, its type, what people call it, its limit.

    `choices` are the only values it takes; empty where they aren't known.
    """

    key: str
    type: str
    label: str
    limit: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteTemplate:
    """One template at the provider; `kind` tells lists apart where an account has several."""

    template_id: str
    title: str
    kind: str
    content: str
    example: str = ""
    fields: tuple[TemplateField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDiff:
    """What a refresh found: template ids, each in the order of its list."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    total: int = 0


def compare(known: Iterable[RemoteTemplate], fetched: Iterable[RemoteTemplate]) -> TemplateDiff:
    """What turns the list `known` into the list `fetched`."""
    before = {template.template_id: template for template in known}
    after = {template.template_id: template for template in fetched}
    return TemplateDiff(
        added=tuple(key for key in after if key not in before),
        removed=tuple(key for key in before if key not in after),
        changed=tuple(key for key in after if key in before and after[key] != before[key]),
        total=len(after),
    )
