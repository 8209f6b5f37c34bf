"""The providers' template lists as they were last fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from ums.domain.commands import Json
from ums.domain.template import RemoteTemplate, TemplateField
from ums.domain.views import TemplateView
from ums.store.direct import fetched
from ums.store.models import RemoteTemplateRow


def of_channel(session: Session, channel_id: int) -> tuple[TemplateView, ...]:
    """A channel's templates, in the provider's order."""
    rows = session.scalars(
        select(RemoteTemplateRow)
        .where(RemoteTemplateRow.channel_id == channel_id)
        .order_by(RemoteTemplateRow.position)
    )
    return tuple(TemplateView(template=_value(row), state=row.state) for row in rows)


def is_listed(session: Session, channel_ids: Iterable[int], template_id: str) -> bool:
    """Whether one of the channels has a template with the provider's id `template_id`."""
    return bool(kinds(session, channel_ids, template_id))


def kinds(session: Session, channel_ids: Iterable[int], template_id: str) -> dict[int, str]:
    """Those of the channels that have a template with the provider's id `template_id`, and on which list."""
    query = select(RemoteTemplateRow.channel_id, RemoteTemplateRow.kind).where(
        RemoteTemplateRow.channel_id.in_(list(channel_ids)), RemoteTemplateRow.template_id == template_id
    )
    return dict(session.execute(query).all())


_LISTED = text("""
    SELECT template_id, title, kind, content, example, CAST(fields AS TEXT), long_term
    FROM remote_templates WHERE channel_id = :channel_id AND template_id = :template_id
""")


def listed(session: Session, channel_id: int, template_id: str) -> RemoteTemplate | None:
    """The template with the provider's id `template_id`, if the channel's list holds it. Every send asks."""
    return next(
        iter(fetched(session, _LISTED, {"channel_id": channel_id, "template_id": template_id}, _listed)), None
    )


@lru_cache(maxsize=256)
def _listed(
    template_id: str, title: str, kind: str, content: str, example: str, fields: str, long_term: int
) -> RemoteTemplate:
    return RemoteTemplate(
        template_id=template_id,
        title=title,
        kind=kind,
        content=content,
        example=example,
        fields=tuple(map(_field, json.loads(fields))),
        long_term=bool(long_term),
    )


def replace(session: Session, channel_id: int, templates: Iterable[RemoteTemplate]) -> None:
    """Make `templates`, in this order, the channel's list; those that stay keep their rows."""
    rows = session.scalars(select(RemoteTemplateRow).where(RemoteTemplateRow.channel_id == channel_id))
    known = {row.template_id: row for row in rows}
    for position, template in enumerate(templates):
        row = known.pop(template.template_id, None) or RemoteTemplateRow(channel_id=channel_id)
        _fill(row, template, position)
        session.add(row)
    session.execute(delete(RemoteTemplateRow).where(RemoteTemplateRow.id.in_([row.id for row in known.values()])))
    session.flush()


def _fill(row: RemoteTemplateRow, template: RemoteTemplate, position: int) -> None:
    row.template_id = template.template_id
    row.kind = template.kind
    row.title = template.title
    row.content = template.content
    row.example = template.example
    row.fields = [_field_document(field) for field in template.fields]
    row.long_term = template.long_term
    row.position = position


def _field_document(field: TemplateField) -> dict[str, Json]:
    document: dict[str, Json] = {"key": field.key, "type": field.type, "label": field.label, "limit": field.limit}
    return {**document, "choices": list(field.choices)} if field.choices else document


def _value(row: RemoteTemplateRow) -> RemoteTemplate:
    return RemoteTemplate(
        template_id=row.template_id,
        title=row.title,
        kind=row.kind,
        content=row.content,
        example=row.example,
        fields=tuple(_field(document) for document in row.fields),
        long_term=row.long_term,
    )


def _field(document: Json) -> TemplateField:
    if not isinstance(document, dict):
        raise TypeError(f"a template's field is an object, not {document!r}")
    choices = document.get("choices")
    words = {name: str(value) for name, value in document.items() if name != "choices"}
    return TemplateField(**words, choices=tuple(map(str, choices)) if isinstance(choices, list) else ())
