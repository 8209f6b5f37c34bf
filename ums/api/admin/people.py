"""`/v1/admin/conflicts`, and `/v1/admin/channels/{code}/backfill`: who people are."""

from __future__ import annotations

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.people import (
    BackfillSchema,
    ConflictSchema,
    ConflictsQuery,
    ConflictsSchema,
    ConflictsWanted,
    Document,
    SettleBody,
    SettleGiven,
    backfill_document,
    conflict_document,
)
from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services.binding import backfill, conflicts

api = ApiBlueprint("admin_people", "Who people are: conflicts, and followers listed", prefix="/v1/admin")


@api.get("/conflicts")
@needs_operator(LOOKS)
@api.takes_query(ConflictsQuery)
@api.gives(ConflictsSchema)
def list_conflicts(_: Operator, query: ConflictsWanted) -> Page[Document]:
    """Persons whose addresses can't all be one user's, in the order in which they came; openids are masked."""
    page = conflicts.page(current_gateway(), **query)
    return Page(items=tuple(map(conflict_document, page.items)), next=page.next)


@api.get("/conflicts/<int:conflict_id>")
@needs_operator(LOOKS)
@api.gives(ConflictSchema)
def show_conflict(_: Operator, conflict_id: int) -> Document:
    """One of them."""
    return conflict_document(conflicts.show(current_gateway(), conflict_id))


@api.post("/conflicts/<int:conflict_id>/settle")
@needs_operator(RUNS_CHANNELS)
@api.takes(SettleBody)
@api.gives(ConflictSchema)
@api.refuses(Conflict)
def settle(operator: Operator, body: SettleGiven, conflict_id: int) -> Document:
    """Bind all addresses of the person to one of the userids; whoever else had one loses it."""
    return conflict_document(conflicts.settle(current_gateway(), operator, conflict_id, body["userid"]))


@api.post("/conflicts/<int:conflict_id>/apart")
@needs_operator(RUNS_CHANNELS)
@api.gives(ConflictSchema)
@api.refuses(Conflict)
def keep_apart(operator: Operator, conflict_id: int) -> Document:
    """Leave everything as it is; it isn't listed again while it is about the same users. Needs no body."""
    return conflict_document(conflicts.keep_apart(current_gateway(), operator, conflict_id))


@api.get("/channels/<code>/backfill")
@needs_operator(LOOKS)
@api.gives(BackfillSchema)
def show_backfill(_: Operator, code: str) -> Document:
    """How far the channel's followers have been listed and asked about."""
    return backfill_document(backfill.progress(current_gateway(), code))


@api.post("/channels/<code>/backfill")
@needs_operator(RUNS_CHANNELS)
@api.gives(BackfillSchema)
@api.refuses(InvalidRequest, Conflict)
def begin_backfill(_: Operator, code: str) -> Document:
    """List and ask about everybody who follows, by the sending side; what has stopped goes on. Needs no body."""
    return backfill_document(backfill.begin(current_gateway(), code))
