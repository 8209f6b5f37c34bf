"""`/v1/admin/segments`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.segments import (
    CountedSegmentSchema,
    SegmentBody,
    SegmentQuery,
    SegmentRequest,
    SegmentSchema,
    SegmentsSchema,
    segment_document,
)
from ums.api.schemas.strict import check_same_id
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import segments

api = ApiBlueprint("admin_segments", "Segments: saved filters over the users", prefix="/v1/admin")


class _CountWanted(TypedDict, total=False):
    application: str


@api.get("/segments")
@needs_operator(LOOKS)
@api.takes_query(PageQuery)
@api.gives(SegmentsSchema)
def list_(_: Operator, query: PageWanted) -> Page[Mapping[str, object]]:
    """Segments by id."""
    page = segments.list_all(current_gateway(), **query)
    return Page(items=tuple(map(segment_document, page.items)), next=page.next)


@api.post("/segments")
@needs_operator(RUNS_CHANNELS)
@api.takes(SegmentBody)
@api.gives(SegmentSchema)
def add(_: Operator, body: SegmentRequest) -> Mapping[str, object]:
    """Save a filter, under an id of your choice or the next free one."""
    return segment_document(segments.add(current_gateway(), body.name, body.filter, body.id))


@api.get("/segments/<int:segment_id>")
@needs_operator(LOOKS)
@api.takes_query(SegmentQuery)
@api.gives(CountedSegmentSchema)
def show(_: Operator, query: _CountWanted, segment_id: int) -> Mapping[str, object]:
    """One segment, and how many users are in it."""
    gateway = current_gateway()
    counted = segments.count(gateway, segment_id, **query)
    return {**segment_document(segments.show(gateway, segment_id)), "count": counted}


@api.put("/segments/<int:segment_id>")
@needs_operator(RUNS_CHANNELS)
@api.takes(SegmentBody)
@api.gives(SegmentSchema)
def change(_: Operator, body: SegmentRequest, segment_id: int) -> Mapping[str, object]:
    """Put another filter in its place."""
    check_same_id(body.id, segment_id)
    return segment_document(segments.change(current_gateway(), segment_id, body.name, body.filter))


@api.delete("/segments/<int:segment_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
@api.refuses(Conflict)
def remove(_: Operator, segment_id: int) -> None:
    """Forget a segment; messages that name it are refused from now on."""
    segments.remove(current_gateway(), segment_id)
