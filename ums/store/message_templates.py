"""Message templates that operators have made, in all their versions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, and_, delete, select, update
from sqlalchemy.orm import Session

from ums.domain.message_template import MessageTemplate, Variable, variable_item
from ums.store.models import MessageTemplateRow, MessageTemplateVersionRow
from ums.store.numbers import next_id

_Found = Select[MessageTemplateRow, MessageTemplateVersionRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTemplate:
    """One version of a message template; times are unix seconds.

    `latest` is the number of the version that counts now, `created_at` when the template was first made,
    `updated_at` when this version was.
    """

    id: int
    name: str
    version: int
    latest: int
    template: MessageTemplate
    created_at: float
    updated_at: float


def add(
    session: Session, name: str, template: MessageTemplate, now: float, *, template_id: int | None = None
) -> KeptTemplate:
    """Keep a new template as version 1, under `template_id` where one is chosen."""
    row = MessageTemplateRow(
        id=template_id or next_id(session, MessageTemplateRow.id), name=name, version=1, created_at=now
    )
    session.add(row)
    session.flush()
    written = _version(row.id, 1, name, template, now)
    session.add(written)
    session.flush()
    return _value(row, written)


def change(session: Session, template_id: int, name: str, template: MessageTemplate, now: float) -> None:
    """Keep another version, which counts from now on."""
    number = session.scalars(
        update(MessageTemplateRow)
        .where(MessageTemplateRow.id == template_id)
        .values(name=name, version=MessageTemplateRow.version + 1)
        .returning(MessageTemplateRow.version)
    ).one()
    session.add(_version(template_id, number, name, template, now))
    session.flush()


def remove(session: Session, template_id: int) -> bool:
    """Forget a template with its versions; whether there was one."""
    removed = (
        delete(MessageTemplateRow).where(MessageTemplateRow.id == template_id).returning(MessageTemplateRow.id)
    )
    return session.scalars(removed).first() is not None


def by_id(session: Session, template_id: int, version: int | None = None) -> KeptTemplate | None:
    """The template as it counts now, or as it was in `version`."""
    wanted = MessageTemplateRow.version if version is None else version
    found = session.execute(_versions(wanted).where(MessageTemplateRow.id == template_id)).first()
    return None if found is None else _value(*found)


def by_name(session: Session, name: str) -> KeptTemplate | None:
    found = session.execute(_versions(MessageTemplateRow.version).where(MessageTemplateRow.name == name)).first()
    return None if found is None else _value(*found)


def page(session: Session, *, after: int, limit: int) -> list[KeptTemplate]:
    """At most `limit` templates by id as they count now, from the first after `after`."""
    wanted = _versions(MessageTemplateRow.version).where(MessageTemplateRow.id > after)
    return [_value(*found) for found in session.execute(wanted.order_by(MessageTemplateRow.id).limit(limit))]


def naming(session: Session, type_: str, remote_ids: Collection[str]) -> list[KeptTemplate]:
    """The templates whose content for a channel type names one of these templates of a provider."""
    named = MessageTemplateVersionRow.channels[(type_, "template_id")].as_string()
    wanted = _versions(MessageTemplateRow.version).where(named.in_(remote_ids))
    return [_value(*found) for found in session.execute(wanted.order_by(MessageTemplateRow.id))]


def versions(session: Session, template_id: int, *, after: int, limit: int) -> list[KeptTemplate]:
    """At most `limit` versions of one template by number, from the first after `after`."""
    number = MessageTemplateVersionRow.version
    wanted = _versions(number).where(MessageTemplateRow.id == template_id, number > after)
    return [_value(*found) for found in session.execute(wanted.order_by(number).limit(limit))]


def _versions(number: object) -> _Found:
    """Templates, each with those of its versions whose number is `number`."""
    return select(MessageTemplateRow, MessageTemplateVersionRow).join(
        MessageTemplateVersionRow,
        and_(
            MessageTemplateVersionRow.template_id == MessageTemplateRow.id,
            MessageTemplateVersionRow.version == number,
        ),
    )


def _version(
    template_id: int, number: int, name: str, template: MessageTemplate, now: float
) -> MessageTemplateVersionRow:
    return MessageTemplateVersionRow(
        template_id=template_id,
        version=number,
        name=name,
        variables=[variable_item(variable) for variable in template.variables],
        channels={type_: dict(content) for type_, content in template.channels.items()},
        created_at=now,
    )


def _value(row: MessageTemplateRow, written: MessageTemplateVersionRow) -> KeptTemplate:
    return KeptTemplate(
        id=row.id,
        name=written.name,
        version=written.version,
        latest=row.version,
        template=MessageTemplate(
            variables=tuple(Variable(**item) for item in written.variables), channels=written.channels
        ),
        created_at=row.created_at,
        updated_at=written.created_at,
    )
