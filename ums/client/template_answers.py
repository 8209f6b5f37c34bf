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


class TemplateCredits(TypedDict):
    """How one template stands: of `known` addresses, `holders` have credits left and `without` have none."""

    template_id: str
    title: str
    known: int
    holders: int
    without: int
    credits: int
    reserved: int


class CreditsOverview(Answer):
    """How a channel's templates stand, and the calls that were saved in the last thirty days."""

    templates: list[TemplateCredits]
    saved_calls: int


class LibraryCategory(TypedDict):
    """A line of business that an account may choose templates of."""

    id: str
    name: str


class LibraryTitle(TypedDict):
    """One template of a library; `type` is `one_time`, `long_term`, or the provider's own word."""

    tid: str
    title: str
    type: str
    category: str


class LibraryKeyword(TypedDict):
    """A keyword that may be chosen for a template; `type` says what its values may be."""

    id: str
    name: str
    example: str
    type: str


class AddedTemplate(Answer):
    """The id of a template that was added; `refresh` is what the list then had, None where it wasn't fetched."""

    template_id: str
    refresh: Refreshed | None


class DeletedTemplate(Answer):
    """What the list had after a deletion; None where it couldn't be fetched."""

    refresh: Refreshed | None
