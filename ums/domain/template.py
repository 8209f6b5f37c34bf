"""A provider's template as the gateway keeps it, and what a refresh of the list changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


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
    """One template at the provider; `kind` tells lists apart where an account has several.

    Of a `long_term` one users allow any number of messages at once, so nobody counts them.
    """

    template_id: str
    title: str
    kind: str
    content: str
    example: str = ""
    fields: tuple[TemplateField, ...] = ()
    long_term: bool = False


class Change(StrEnum):
    """What became of a template between two refreshes."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChange:
    """One template that a refresh found new, gone or changed, with the title last known.

    `members` are those of title, kind, content and example that say something else. Fields are named by
    their keys; a field has changed where its type, label or limit is another.
    """

    change: Change
    template_id: str
    title: str
    kind: str
    members: tuple[str, ...] = ()
    fields_added: tuple[str, ...] = ()
    fields_removed: tuple[str, ...] = ()
    fields_changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateDiff:
    """What a refresh found: the templates added, removed and changed, each in the order of its list."""

    changes: tuple[TemplateChange, ...] = ()
    total: int = 0

    @property
    def added(self) -> tuple[str, ...]:
        return self._ids(Change.ADDED)

    @property
    def removed(self) -> tuple[str, ...]:
        return self._ids(Change.REMOVED)

    @property
    def changed(self) -> tuple[str, ...]:
        return self._ids(Change.CHANGED)

    def _ids(self, change: Change) -> tuple[str, ...]:
        return tuple(item.template_id for item in self.changes if item.change is change)


MEMBERS = ("title", "kind", "content", "example")


def compare(known: Iterable[RemoteTemplate], fetched: Iterable[RemoteTemplate]) -> TemplateDiff:
    """What turns the list `known` into the list `fetched`."""
    before = {template.template_id: template for template in known}
    after = {template.template_id: template for template in fetched}
    changes = (
        *(_whole(Change.ADDED, after[key]) for key in after if key not in before),
        *(_whole(Change.REMOVED, before[key]) for key in before if key not in after),
        *(_changed(before[key], after[key]) for key in after if key in before and after[key] != before[key]),
    )
    return TemplateDiff(changes=changes, total=len(after))


class ChangeItem(TypedDict):
    """A change as it is kept."""

    change: str
    template_id: str
    title: str
    kind: str
    members: list[str]
    fields_added: list[str]
    fields_removed: list[str]
    fields_changed: list[str]


def change_item(change: TemplateChange) -> ChangeItem:
    return ChangeItem(
        change=change.change.value,
        template_id=change.template_id,
        title=change.title,
        kind=change.kind,
        members=list(change.members),
        fields_added=list(change.fields_added),
        fields_removed=list(change.fields_removed),
        fields_changed=list(change.fields_changed),
    )


def change_of(item: ChangeItem) -> TemplateChange:
    return TemplateChange(
        change=Change(item["change"]),
        template_id=item["template_id"],
        title=item["title"],
        kind=item["kind"],
        members=tuple(item["members"]),
        fields_added=tuple(item["fields_added"]),
        fields_removed=tuple(item["fields_removed"]),
        fields_changed=tuple(item["fields_changed"]),
    )


def _whole(change: Change, template: RemoteTemplate) -> TemplateChange:
    return TemplateChange(change=change, template_id=template.template_id, title=template.title, kind=template.kind)


def _changed(before: RemoteTemplate, after: RemoteTemplate) -> TemplateChange:
    old, new = _by_key(before), _by_key(after)
    return TemplateChange(
        change=Change.CHANGED,
        template_id=after.template_id,
        title=after.title,
        kind=after.kind,
        members=tuple(name for name in MEMBERS if getattr(before, name) != getattr(after, name)),
        fields_added=tuple(key for key in new if key not in old),
        fields_removed=tuple(key for key in old if key not in new),
        fields_changed=tuple(key for key in new if key in old and new[key] != old[key]),
    )


def _by_key(template: RemoteTemplate) -> Mapping[str, TemplateField]:
    return {field.key: field for field in template.fields}
