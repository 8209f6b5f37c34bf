"""The shapes of answers about a channel's templates; else as `ums.client.answers`."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from ums.client.answers import Answer


class TemplateField(TypedDict):
    """One value that a provider's template asks for."""

    key: str
    type: str
    label: str
    limit: str


class Template(TypedDict):
    """One template of a provider's."""

    template_id: str
    title: str
    kind: str
    fields: list[TemplateField]
    content: str
    example: str
    state: str


class TemplateCount(TypedDict):
    """How many templates of a kind a channel has, and may have; None where nobody publishes it."""

    kind: str
    used: int
    allowed: int | None


class Templates(Answer):
    """A channel's templates as last fetched."""

    templates: list[Template]
    counts: list[TemplateCount]
    refreshed_at: int | None
    notes: NotRequired[dict[str, str]]


class TemplateChange(TypedDict):
    """One template that a refresh found `added`, `removed` or `changed`; fields are named by their keys."""

    change: str
    template_id: str
    title: str
    kind: str
    members: list[str]
    fields_added: list[str]
    fields_removed: list[str]
    fields_changed: list[str]


class BrokenTemplate(TypedDict):
    """A message template that no longer fits a provider's; no `fields` where that is gone."""

    id: int
    name: str
    template_id: str
    fields: list[str]


class BrokenCaller(TypedDict):
    """An application whose messages no longer fit a provider's template; no `fields` where that is gone."""

    application: str
    template_id: str
    fields: list[str]
    waiting: int
    msgids: list[str]
    sent: int
    last_sent_at: int | None


class Breaks(TypedDict):
    """What a refresh's changes break, as far as the caller may see it."""

    message_templates: list[BrokenTemplate]
    applications: list[BrokenCaller]


class Refreshed(TypedDict):
    """When a channel's templates were refreshed, and what that changed and broke."""

    at: int
    added: int
    removed: int
    changed: int
    total: int
    changes: list[TemplateChange]
    breaks: Breaks


class Refresh(Answer, Refreshed):
    """What a refresh of a channel's templates changed and broke."""

    notes: NotRequired[dict[str, str]]


class Refreshes(Answer):
    """The last refreshes that found a channel's templates changed, the newest first."""

    refreshes: list[Refreshed]
