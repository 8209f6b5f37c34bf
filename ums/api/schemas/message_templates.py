"""Message templates as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load

from ums.api.schemas.strict import Flag, Members, NextPage, Seconds, StrictSchema, Text, Whole, WholeInQuery, kind
from ums.domain.commands import Json
from ums.domain.message_template import LONGEST_VALUE, NAME_RULE, MessageTemplate, Variable, as_text, variable_item
from ums.domain.placeholders import Content
from ums.domain.template_findings import Finding
from ums.services.names import LARGEST_ID, LONGEST_NAME
from ums.store.message_templates import KeptTemplate


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplateRequest:
    """A message template as it is asked for; without `id` it gets the next free one."""

    name: str
    template: MessageTemplate
    id: int | None = None


class _Value(fields.Field[str]):
    """A text, or a number, which is taken as its text."""

    def __init__(self, *, required: bool = False, allow_none: bool = False, description: str) -> None:
        super().__init__(required=required, allow_none=allow_none, metadata={"description": description})
        self.error_messages |= {"required": "is missing; give a text", "null": "must be a text or a number"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str:
        if not isinstance(value, str | int | float):
            raise ValidationError(f"must be a text or a number, not {kind(value)}")
        try:
            return as_text(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def json_schema(self) -> dict[str, Json]:
        return {"type": ["string", "number"]}


class _Contents(Members):
    """One content for each channel type."""

    def __init__(self, *, metadata: Mapping[str, object]) -> None:
        super().__init__(metadata=metadata)
        self.required = True
        self.error_messages["required"] = "is missing; give an object with a content for each channel type"

    def _deserialize(self, value: object, attr: str | None, data: object, **named: object) -> dict[str, Json]:
        contents = super()._deserialize(value, attr, data, **named)
        wrong = {
            type_: [f"must be an object, not {kind(content)}"]
            for type_, content in contents.items()
            if not isinstance(content, dict)
        }
        if wrong:
            raise ValidationError(wrong)
        return contents

    def json_schema(self) -> dict[str, Json]:
        return {"type": "object", "additionalProperties": {"type": "object"}}


class _VariableMembers(TypedDict, total=False):
    name: str
    label: str
    sample: str
    required: bool
    default: str | None


class VariableSchema(StrictSchema):
    """A value that a sender gives."""

    name = Text(longest=32, required=True, metadata={"description": f"What stands in {{{{…}}}}: {NAME_RULE}."})
    label = Text(metadata={"description": "What people call it."})
    sample = _Value(required=True, description=f"What it may be, up to {LONGEST_VALUE} characters; for previews.")
    required = Flag(metadata={"description": "Whether each send gives it; true, unless there is a default."})
    default = _Value(allow_none=True, description="What stands there where a send doesn't give it.")

    @post_load
    def make(self, data: _VariableMembers, **_: object) -> Variable:
        default = data.get("default")
        return Variable(
            name=data["name"],
            label=data.get("label", ""),
            sample=data["sample"],
            required=data.get("required", default is None),
            default=default,
        )


class _TemplateMembers(TypedDict, total=False):
    id: int
    name: str
    variables: list[Variable]
    channels: dict[str, Content]


class MessageTemplateBody(StrictSchema):
    """A message template."""

    id = Whole(1, LARGEST_ID, metadata={"description": "The number that sends name it by; the next free one."})
    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What operators call it."})
    variables = fields.List(fields.Nested(VariableSchema()), metadata={"description": "The values a send gives."})
    channels = _Contents(
        metadata={"description": "For each channel type the content, as an element of its `msg_…`."}
    )

    @post_load
    def make(self, data: _TemplateMembers, **_: object) -> MessageTemplateRequest:
        template = MessageTemplate(variables=tuple(data.get("variables", ())), channels=data["channels"])
        return MessageTemplateRequest(id=data.get("id"), name=data["name"], template=template)


class VersionQuery(StrictSchema):
    """Which version is looked at."""

    version = WholeInQuery(1, LARGEST_ID, metadata={"description": "The one that counts now, if left out."})


class VersionWanted(TypedDict, total=False):
    """What `VersionQuery` makes."""

    version: int


class PreviewBody(StrictSchema):
    """What a preview is made of."""

    values = Members(metadata={"description": "By variable; what isn't given is the variable's sample."})


class PreviewWanted(TypedDict, total=False):
    """What `PreviewBody` makes."""

    values: dict[str, Json]


class _VariableShown(Schema):
    name = fields.String()
    label = fields.String()
    sample = fields.String()
    required = fields.Boolean()
    default = fields.String(allow_none=True)


class _FindingShown(Schema):
    channel = fields.String(allow_none=True, metadata={"description": "The code of the channel it is about."})
    path = fields.String()
    text = fields.String()


class MessageTemplateEntry(Schema):
    """One version of a message template."""

    id = fields.Integer()
    name = fields.String()
    version = fields.Integer()
    latest = fields.Integer(metadata={"description": "The version that counts now."})
    variables = fields.List(fields.Nested(_VariableShown))
    channels = fields.Dict(keys=fields.String(), values=fields.Dict())
    created_at = Seconds(metadata={"description": "When the template was first made; unix seconds."})
    updated_at = Seconds(metadata={"description": "When this version was made; unix seconds."})


class MessageTemplateSchema(MessageTemplateEntry):
    """One message template, and what should be looked at in it."""

    code = fields.Constant(0)
    findings = fields.List(fields.Nested(_FindingShown))


class MessageTemplatesSchema(Schema):
    """A page of message templates, by id."""

    code = fields.Constant(0)
    templates = fields.List(fields.Nested(MessageTemplateEntry), attribute="items")
    next = NextPage()


class MessageTemplateVersionsSchema(Schema):
    """A page of a message template's versions, by number."""

    code = fields.Constant(0)
    versions = fields.List(fields.Nested(MessageTemplateEntry), attribute="items")
    next = NextPage()


class PreviewSchema(Schema):
    """What a send would say, by channel type, and what should be looked at."""

    code = fields.Constant(0)
    contents = fields.Dict(keys=fields.String(), values=fields.Dict())
    findings = fields.List(fields.Nested(_FindingShown))


def template_document(kept: KeptTemplate, findings: Sequence[Finding] = ()) -> Mapping[str, object]:
    """What `MessageTemplateSchema` renders."""
    return {
        "id": kept.id,
        "name": kept.name,
        "version": kept.version,
        "latest": kept.latest,
        "variables": [variable_item(variable) for variable in kept.template.variables],
        "channels": kept.template.channels,
        "created_at": kept.created_at,
        "updated_at": kept.updated_at,
        "findings": findings,
    }
