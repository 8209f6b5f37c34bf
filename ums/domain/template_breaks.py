"""What a change of a provider's template list breaks: who names a template that is gone, or feeds it wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from ums.domain.placeholders import Content
from ums.domain.template import Change, TemplateChange


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenTemplate:
    """A message template whose content no longer fits; `fields` is empty where the provider's template is gone."""

    id: int
    name: str
    template_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCaller:
    """An application whose messages no longer fit; `fields` is empty where the provider's template is gone.

    `waiting` counts its messages that have not gone out yet, `msgids` are the first of them to go; `sent`
    counts those that it sent of late, the last of them at `last_sent_at` (unix seconds).
    """

    application_id: int
    application: str
    template_id: str
    fields: tuple[str, ...]
    waiting: int = 0
    msgids: tuple[str, ...] = ()
    sent: int = 0
    last_sent_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """Everything that a refresh's changes break; empty where they break nothing."""

    message_templates: tuple[BrokenTemplate, ...] = ()
    applications: tuple[BrokenCaller, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.message_templates or self.applications)

    def of(self, application_id: int) -> Breaks:
        """What one application may see of it: what concerns itself."""
        own = tuple(caller for caller in self.applications if caller.application_id == application_id)
        return replace(self, message_templates=(), applications=own)


class TemplateItem(TypedDict):
    """A broken message template as it is kept."""

    id: int
    name: str
    template_id: str
    fields: list[str]


class CallerItem(TypedDict):
    """A broken caller as it is kept."""

    application_id: int
    application: str
    template_id: str
    fields: list[str]
    waiting: int
    msgids: list[str]
    sent: int
    last_sent_at: float | None


class BreaksItem(TypedDict):
    """Breaks as they are kept."""

    message_templates: list[TemplateItem]
    applications: list[CallerItem]


def breaks_item(breaks: Breaks) -> BreaksItem:
    return BreaksItem(
        message_templates=[
            TemplateItem(id=item.id, name=item.name, template_id=item.template_id, fields=list(item.fields))
            for item in breaks.message_templates
        ],
        applications=[
            CallerItem(
                application_id=item.application_id,
                application=item.application,
                template_id=item.template_id,
                fields=list(item.fields),
                waiting=item.waiting,
                msgids=list(item.msgids),
                sent=item.sent,
                last_sent_at=item.last_sent_at,
            )
            for item in breaks.applications
        ],
    )


def breaks_of(item: BreaksItem) -> Breaks:
    return Breaks(
        message_templates=tuple(
            BrokenTemplate(
                id=one["id"], name=one["name"], template_id=one["template_id"], fields=tuple(one["fields"])
            )
            for one in item["message_templates"]
        ),
        applications=tuple(
            BrokenCaller(
                application_id=one["application_id"],
                application=one["application"],
                template_id=one["template_id"],
                fields=tuple(one["fields"]),
                waiting=one["waiting"],
                msgids=tuple(one["msgids"]),
                sent=one["sent"],
                last_sent_at=one["last_sent_at"],
            )
            for one in item["applications"]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A stored message that names a template: whose it is, and when it goes or went out (unix seconds)."""

    application_id: int
    application: str
    msgid: str
    at: float
    content: Content


def breaking(changes: Iterable[TemplateChange]) -> dict[str, TemplateChange]:
    """The changes that can break something, by template id: a new template breaks nothing."""
    return {
        item.template_id: item
        for item in changes
        if item.change is Change.REMOVED or item.fields_added or item.fields_removed or item.fields_changed
    }


def unfit(content: Content, changes: Mapping[str, TemplateChange]) -> tuple[str, ...] | None:
    """The fields by which `content` no longer fits its template; none of them where it is gone; None where it fits.

    That is: those it feeds that are gone or have changed, and the new ones that it doesn't feed.
    """
    change = changes.get(str(content.get("template_id")))
    if change is None:
        return None
    if change.change is Change.REMOVED:
        return ()
    data = content.get("data")
    fed = data.keys() if isinstance(data, dict) else ()
    touched = (
        *(key for key in (*change.fields_removed, *change.fields_changed) if key in fed),
        *(key for key in change.fields_added if key not in fed),
    )
    return touched or None


def callers(
    waiting: Iterable[Use], sent: Iterable[Use], changes: Mapping[str, TemplateChange], shown: int
) -> tuple[BrokenCaller, ...]:
    """Whose messages no longer fit, each application and template once; at most `shown` msgids of each."""
    found: dict[tuple[int, str], BrokenCaller] = {}
    for use, has_gone in (*((use, False) for use in waiting), *((use, True) for use in sent)):
        fields = unfit(use.content, changes)
        if fields is None:
            continue
        key = (use.application_id, str(use.content["template_id"]))
        caller = found.get(key) or BrokenCaller(
            application_id=use.application_id, application=use.application, template_id=key[1], fields=()
        )
        caller = replace(caller, fields=tuple(dict.fromkeys((*caller.fields, *fields))))
        found[key] = _sent(caller, use) if has_gone else _waiting(caller, use, shown)
    return tuple(found.values())


def _sent(caller: BrokenCaller, use: Use) -> BrokenCaller:
    return replace(caller, sent=caller.sent + 1, last_sent_at=max(caller.last_sent_at or 0.0, use.at))


def _waiting(caller: BrokenCaller, use: Use, shown: int) -> BrokenCaller:
    return replace(caller, waiting=caller.waiting + 1, msgids=(*caller.msgids, use.msgid)[:shown])
