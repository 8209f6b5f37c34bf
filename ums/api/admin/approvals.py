"""`/v1/admin/approvals`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.approvals import (
    ApprovalSchema,
    ApprovalsQuery,
    ApprovalsSchema,
    ApprovalsWanted,
    Refusal,
    RefusalBody,
    approval_document,
)
from ums.domain.approval import ApprovalState
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import approvals

api = ApiBlueprint("admin_approvals", "Approval: messages that wait for an operator", prefix="/v1/admin")


@api.get("/approvals")
@needs_operator(LOOKS)
@api.takes_query(ApprovalsQuery)
@api.gives(ApprovalsSchema)
def list_(_: Operator, query: ApprovalsWanted) -> Page[Mapping[str, object]]:
    """Messages that need approval, the oldest first."""
    state = ApprovalState(query["state"]) if "state" in query else None
    page = approvals.list_all(current_gateway(), state, query.get("cursor"), query["limit"])
    return Page(items=tuple(map(approval_document, page.items)), next=page.next)


@api.get("/approvals/<msgid>")
@needs_operator(LOOKS)
@api.gives(ApprovalSchema)
def show(_: Operator, msgid: str) -> Mapping[str, object]:
    """One of them, with what it says and whom it is for."""
    return approval_document(approvals.show(current_gateway(), msgid))


@api.post("/approvals/<msgid>/approve")
@needs_operator(RUNS_CHANNELS)
@api.gives(ApprovalSchema)
@api.refuses(Conflict)
def approve(operator: Operator, msgid: str) -> Mapping[str, object]:
    """Let it go: at its own time, or now where that has passed. Needs no body."""
    return approval_document(approvals.approve(current_gateway(), msgid, operator.name))


@api.post("/approvals/<msgid>/refuse")
@needs_operator(RUNS_CHANNELS)
@api.takes(RefusalBody)
@api.gives(ApprovalSchema)
@api.refuses(Conflict)
def refuse(operator: Operator, body: Refusal, msgid: str) -> Mapping[str, object]:
    """Keep it from being sent, for good. Needs no body."""
    return approval_document(approvals.refuse(current_gateway(), msgid, operator.name, body.get("reason", "")))
