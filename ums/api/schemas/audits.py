"""Notes of who changed what."""

from __future__ import annotations

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, Seconds


class AuditEntry(Schema):
    """One change."""

    id = fields.Integer()
    at = Seconds(metadata={"description": "Unix seconds."})
    operator = fields.String(
        metadata={"description": "What he was called then; (provider) for a provider's event."}
    )
    action = fields.String(metadata={"description": "POST, PUT or DELETE; or ERASE."})
    thing = fields.String(metadata={"description": "The path."})
    detail = fields.String(metadata={"description": "The members given; values only where none is secret."})


class AuditsSchema(Schema):
    """A page of changes, newest first."""

    code = fields.Constant(0)
    audit = fields.List(fields.Nested(AuditEntry), attribute="items")
    next = NextPage()
