"""Channels and their templates as they are shown."""

from __future__ import annotations

from marshmallow import Schema, fields, post_dump

from ums.api.schemas.strict import SOMETIMES, NextPage, Seconds
from ums.domain.commands import Json
from ums.domain.template import Change
from ums.domain.views import ChannelState


class FailingSchema(Schema):
    """A channel's calls keep failing: single ones try it."""

    reason = fields.String(metadata={"description": "Why the last call failed."})
    since = Seconds(metadata={"description": "Since when only single calls try it."})
    tried_at = Seconds(metadata={"description": "When it is tried next."})


class ChannelSchema(Schema):
    """One channel."""

    channel = fields.String(attribute="code", metadata={"description": "The channel code."})
    type = fields.String()
    name = fields.String()
    state = fields.Enum(enum=ChannelState, by_value=True)
    reason = fields.String(metadata={"description": "Why it is not ready."})
    refreshed_at = Seconds(
        allow_none=True, metadata={"description": "When its templates were last fetched; null for never."}
    )
    authorised_by = fields.String(
        metadata={"description": "platform: its account lets the third-party platform act for it; else empty."}
    )
    failing = fields.Nested(
        FailingSchema, allow_none=True, metadata={"description": "null where its calls are answered."}
    )


class ChannelsSchema(Schema):
    """A page of channels."""

    code = fields.Constant(0)
    channels = fields.List(fields.Nested(ChannelSchema), attribute="items")
    next = NextPage()


class TemplateFieldSchema(Schema):
    """One value that a template asks for."""

    key = fields.String(metadata={"description": "Its name in a message's `data`."})
    type = fields.String()
    label = fields.String()
    limit = fields.String(metadata={"description": "What may stand there, in words."})


class TemplateSchema(Schema):
    """One template of the provider's."""

    template_id = fields.String(attribute="template.template_id")
    title = fields.String(attribute="template.title")
    kind = fields.String(attribute="template.kind")
    fields_ = fields.List(fields.Nested(TemplateFieldSchema), attribute="template.fields", data_key="fields")
    content = fields.String(attribute="template.content")
    example = fields.String(attribute="template.example")
    state = fields.String()


class _Noted(Schema):
    """`notes` stands there only where a list could not be fetched."""

    notes = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata={
            "description": "Lists that could not be fetched: kind and why. Absent where all were.",
            SOMETIMES: True,
        },
    )

    @post_dump
    def leave_out_no_notes(self, data: dict[str, Json], **_: object) -> dict[str, Json]:
        return {name: value for name, value in data.items() if name != "notes" or value}


class _CountSchema(Schema):
    """How full one of a channel's lists is."""

    kind = fields.String()
    used = fields.Integer(metadata={"description": "How many templates it has."})
    allowed = fields.Integer(
        allow_none=True, metadata={"description": "How many it may have; null where nobody publishes it."}
    )


class TemplatesSchema(_Noted):
    """A channel's templates as last fetched."""

    code = fields.Constant(0)
    templates = fields.List(fields.Nested(TemplateSchema))
    counts = fields.List(fields.Nested(_CountSchema), metadata={"description": "One for each list that it has."})
    refreshed_at = Seconds(
        allow_none=True, metadata={"description": "Unix seconds; null where they were never fetched."}
    )


class _Count(fields.Field[tuple[str, ...]]):
    """How many there are."""

    def _serialize(self, value: tuple[str, ...] | None, attr: str | None, obj: object, **_: object) -> int:
        return len(value or ())

    def json_schema(self) -> dict[str, Json]:
        return {"type": "integer", "minimum": 0}


class _ChangeSchema(Schema):
    """One template that is new, gone or changed."""

    change = fields.Enum(enum=Change, by_value=True)
    template_id = fields.String()
    title = fields.String()
    kind = fields.String()
    members = fields.List(
        fields.String(), metadata={"description": "Those of title, kind, content and example that have changed."}
    )
    fields_added = fields.List(fields.String(), metadata={"description": "Keys that it asks for now."})
    fields_removed = fields.List(fields.String(), metadata={"description": "Keys that it no longer has."})
    fields_changed = fields.List(
        fields.String(), metadata={"description": "Keys whose type, label or limit is another."}
    )


_UNFIT = {"description": "Fields that are gone, new or changed and used so; empty where the template is gone."}


class _BrokenTemplateSchema(Schema):
    """A message template that no longer fits."""

    id = fields.Integer()
    name = fields.String()
    template_id = fields.String(metadata={"description": "The provider's template."})
    fields_ = fields.List(fields.String(), attribute="fields", data_key="fields", metadata=_UNFIT)


class _BrokenCallerSchema(Schema):
    """An application whose messages no longer fit."""

    application = fields.String()
    template_id = fields.String(metadata={"description": "The provider's template."})
    fields_ = fields.List(fields.String(), attribute="fields", data_key="fields", metadata=_UNFIT)
    waiting = fields.Integer(metadata={"description": "How many of its messages wait for their time or approval."})
    msgids = fields.List(fields.String(), metadata={"description": "The first of those that wait."})
    sent = fields.Integer(metadata={"description": "How many it has sent in the last seven days."})
    last_sent_at = Seconds(allow_none=True, metadata={"description": "When it sent the last; null for none."})


class _BreaksSchema(Schema):
    """Who no longer fits what a template asks for."""

    message_templates = fields.List(
        fields.Nested(_BrokenTemplateSchema), metadata={"description": "Always empty for a ChannelKey."}
    )
    applications = fields.List(
        fields.Nested(_BrokenCallerSchema), metadata={"description": "For a ChannelKey only itself."}
    )


class _RefreshedSchema(_Noted):
    """When a list was refreshed, and what that changed and broke."""

    at = Seconds(metadata={"description": "When it was fetched."})
    added = _Count(attribute="diff.added", metadata={"description": "How many templates are new."})
    removed = _Count(attribute="diff.removed", metadata={"description": "How many are gone."})
    changed = _Count(attribute="diff.changed", metadata={"description": "How many say something else."})
    total = fields.Integer(attribute="diff.total", metadata={"description": "How many there are now."})
    changes = fields.List(
        fields.Nested(_ChangeSchema), attribute="diff.changes", metadata={"description": "Each of those."}
    )
    breaks = fields.Nested(_BreaksSchema)


class RefreshSchema(_RefreshedSchema):
    """What a refresh changed and broke."""

    code = fields.Constant(0)


class RefreshesSchema(Schema):
    """The last refreshes that found the list changed, the newest first."""

    code = fields.Constant(0)
    refreshes = fields.List(fields.Nested(_RefreshedSchema))
