"""How `ums channel` shows what became of a template list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ums.cli.screen import moment
from ums.domain.template import TemplateChange
from ums.domain.template_breaks import Breaks, BrokenCaller
from ums.domain.views import TemplateCount, TemplateRefresh


def told(refresh: TemplateRefresh) -> Iterator[str]:
    """A refresh in lines: what is new, gone and changed, then what that breaks."""
    for change in refresh.diff.changes:
        yield f"{change.change}: {change.template_id} {change.title}{_details(change)}".rstrip()
    yield from _broken(refresh.breaks)
    for kind, why in refresh.notes.items():
        yield f"the {kind} list could not be fetched: {why}"


def counted(code: str, total: int, counts: Iterable[TemplateCount]) -> str:
    """Such as `wechatoa456 has 6 templates: template 3 of 25, subscription 3.`"""
    each = (f"{one.kind} {one.used}{'' if one.allowed is None else f' of {one.allowed}'}" for one in counts)
    return f"{code} has {total} templates: {', '.join(each)}."


def _details(change: TemplateChange) -> str:
    """Such as ` (fields gone: thing2; fields new: thing3)`."""
    parts = {
        "fields gone": change.fields_removed,
        "fields new": change.fields_added,
        "fields changed": change.fields_changed,
        "also": change.members,
    }
    said = "; ".join(f"{word}: {', '.join(names)}" for word, names in parts.items() if names)
    return f" ({said})" if said else ""


def _broken(breaks: Breaks) -> Iterator[str]:
    for template in breaks.message_templates:
        yield (
            f"broken: the message template {template.id} {template.name!r} uses "
            f"{_what(template.template_id, template.fields)}"
        )
    for caller in breaks.applications:
        yield f"broken: {caller.application} uses {_what(caller.template_id, caller.fields)}: {_how_much(caller)}"


def _what(template_id: str, fields: tuple[str, ...]) -> str:
    return f"{template_id}, by {', '.join(fields)}" if fields else f"{template_id}, which is gone"


def _how_much(caller: BrokenCaller) -> str:
    """Such as `2 messages wait (m1, m2), 5 sent of late, the last at …`."""
    parts = []
    if caller.waiting:
        more = ", …" if caller.waiting > len(caller.msgids) else ""
        parts.append(f"{caller.waiting} waiting ({', '.join(caller.msgids)}{more})")
    if caller.last_sent_at is not None:
        parts.append(f"{caller.sent} sent of late, the last at {moment(caller.last_sent_at)}")
    return "; ".join(parts)
