"""Segments as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load

from ums.api.schemas.strict import NextPage, Seconds, StrictSchema, Text, Whole
from ums.domain.errors import InvalidRequest
from ums.domain.segment import PATH, Filter, filter_item, read_filter
from ums.services.names import LARGEST_ID, LONGEST_NAME
from ums.store.segments import KeptSegment

_EXAMPLE = {"all": [{"tag": ["vip", "gold"]}, {"has": "phone"}, {"not": {"bound_on": "wechatmp123"}}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRequest:
    """A segment as it is asked for; without `id` it gets the next free one."""

    name: str
    filter: Filter
    id: int | None = None


class _SegmentMembers(TypedDict, total=False):
    id: int
    name: str
    filter: Filter


class FilterField(fields.Field[Filter]):
    """A segment's filter."""

    def __init__(self) -> None:
        said = "Which users: `all`, `any` and `not` of the questions `tag`, `has`, `hasnt` and `bound_on`."
        super().__init__(required=True, metadata={"type": "object", "description": said, "example": _EXAMPLE})
        self.error_messages |= {"required": "is missing; give a filter", "null": "must be a filter, not null"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> Filter:
        try:
            return read_filter(value)
        except InvalidRequest as wrong:
            inner = {
                path.removeprefix(PATH).removeprefix(".") or "_schema": texts
                for path, texts in wrong.errors.items()
            }
            raise ValidationError(inner) from None


class SegmentBody(StrictSchema):
    """A segment."""

    id = Whole(1, LARGEST_ID, metadata={"description": "The number that messages name it by; the next free one."})
    name = Text(longest=LONGEST_NAME, required=True, metadata={"description": "What operators call it."})
    filter = FilterField()

    @post_load
    def make(self, data: _SegmentMembers, **_: object) -> SegmentRequest:
        return SegmentRequest(**data)


class SegmentQuery(StrictSchema):
    """Whose users are counted."""

    application = Text(metadata={"description": "As this application sees them; left out, all users count."})


class SegmentEntry(Schema):
    """A segment as it is kept."""

    id = fields.Integer()
    name = fields.String()
    filter = fields.Dict(metadata={"description": "As it was given."})
    created_at = Seconds(metadata={"description": "Unix seconds."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class SegmentSchema(SegmentEntry):
    """One segment."""

    code = fields.Constant(0)


class CountedSegmentSchema(SegmentSchema):
    """One segment with its users counted."""

    count = fields.Integer(metadata={"description": "How many users are in it now."})


class SegmentsSchema(Schema):
    """A page of segments, by id."""

    code = fields.Constant(0)
    segments = fields.List(fields.Nested(SegmentEntry), attribute="items")
    next = NextPage()


def segment_document(kept: KeptSegment) -> Mapping[str, object]:
    """What `SegmentSchema` renders."""
    return {
        "id": kept.id,
        "name": kept.name,
        "filter": filter_item(kept.filter),
        "created_at": kept.created_at,
        "updated_at": kept.updated_at,
    }
