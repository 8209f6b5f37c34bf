"""What should be looked at in a message template, though it can be kept as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ums.domain.placeholders import Content
from ums.domain.shown import shown
from ums.domain.template import RemoteTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A sentence about the value at `path`; `channel` is the code of the channel that it is about, if one is."""

    path: str
    text: str
    channel: str | None = None


def compared(channel: str, path: str, content: Content, listed: Iterable[RemoteTemplate]) -> Iterator[Finding]:
    """Where a content and the provider's template that it names don't fit together.

    Every channel type whose provider keeps templates names one by `template_id` and feeds it by `data`
    (UMS contract, "per-channel message bodies").
    """
    wanted = content.get("template_id")
    found = next((template for template in listed if template.template_id == wanted), None)
    if found is None:
        text = f"The list of channel {channel} has no template {shown(str(wanted))!r}; refresh it, or mend the id."
        yield Finding(channel=channel, path=f"{path}.template_id", text=text)
    elif found.fields:
        yield from _fields_compared(channel, f"{path}.data", content, found)


def _fields_compared(channel: str, path: str, content: Content, template: RemoteTemplate) -> Iterator[Finding]:
    data = content.get("data")
    fed = data.keys() if isinstance(data, dict) else ()
    keys = [field.key for field in template.fields]
    name = f"the template {template.title or template.template_id!r} of channel {channel}"
    for key in fed:
        if key not in keys:
            text = f"There is no such field in {name}; it has {', '.join(keys)}."
            yield Finding(channel=channel, path=f"{path}.{key}", text=text)
    for field in template.fields:
        if field.key not in fed:
            text = f"Nothing feeds {field.key} ({field.label}) of {name}; the provider may refuse the message."
            yield Finding(channel=channel, path=path, text=text)
