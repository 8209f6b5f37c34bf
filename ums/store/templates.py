"""The providers' template lists as they were last fetched."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ums.domain.commands import Json
from ums.domain.template import RemoteTemplate, TemplateField
from ums.domain.views import TemplateView
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
    query = select(RemoteTemplateRow.id).where(
        RemoteTemplateRow.channel_id.in_(list(channel_ids)), RemoteTemplateRow.template_id == template_id
    )
    return session.scalars(query).first() is not None


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
    row.position = position


def _field_document(field: TemplateField) -> dict[str, Json]:
    return {"key": field.key, "type": field.type, "label": field.label, "limit": field.limit}


def _value(row: RemoteTemplateRow) -> RemoteTemplate:
    return RemoteTemplate(
        template_id=row.template_id,
        title=row.title,
        kind=row.kind,
        content=row.content,
        example=row.example,
        fields=tuple(_field(document) for document in row.fields),
    )


def _field(document: Json) -> TemplateField:
    if not isinstance(document, dict):
        raise TypeError(f"a template's field is an object, not {document!r}")
    return TemplateField(**{name: str(value) for name, value in document.items()})
