"""Approvals as operators see them, and what they decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, OneOfWords, Seconds, StrictSchema, Text
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.approval import Approval, ApprovalState

LONGEST_REASON = 1000


class ApprovalsQuery(PageQuery):
    """Which approvals."""

    state = OneOfWords(tuple(ApprovalState), metadata={"description": "Only those in this state."})


class ApprovalsWanted(PageWanted, total=False):
    """What `ApprovalsQuery` reads."""

    state: str


class RefusalBody(StrictSchema):
    """Why a message is refused."""

    may_be_left_out = True

    reason = Text(longest=LONGEST_REASON, metadata={"description": "For those who submitted it; kept with it."})


class Refusal(TypedDict, total=False):
    """What `RefusalBody` reads."""

    reason: str


class ApprovalEntry(Schema):
    """A message that needs approval, and what was decided."""

    id = fields.String(metadata={"description": "The message's msgid."})
    state = fields.Enum(enum=ApprovalState, by_value=True)
    application = fields.String(metadata={"description": "Whose message it is."})
    owner = fields.String(
        allow_none=True, metadata={"description": "Who submitted it, in the application's own words."}
    )
    sendno = fields.String(allow_none=True, metadata={"description": "The application's own number."})
    rule_id = fields.Integer()
    recipients = fields.Integer(metadata={"description": "How many users it is for, as far as that is known."})
    channels = fields.List(fields.String(), metadata={"description": "The channel types it is for."})
    created_at = Seconds(metadata={"description": "Unix seconds."})
    start_at = Seconds(metadata={"description": "When it begins, or would have if it had been approved by then."})
    expires_at = Seconds(metadata={"description": "When its time to live ends."})
    decided_by = fields.String(metadata={"description": "The operator's name; empty while nobody has decided."})
    decided_at = Seconds(allow_none=True, metadata={"description": "Unix seconds; null while nothing is decided."})
    reason = fields.String(metadata={"description": "Why it was refused, if that was said."})


class ApprovalSchema(ApprovalEntry):
    """One message that needs approval, with what it says and whom it is for."""

    code = fields.Constant(0)
    contents = fields.Dict(keys=fields.String(), metadata={"description": "What it says, by channel type."})
    audience = fields.Dict(keys=fields.String(), metadata={"description": "Whom it is for."})


class ApprovalsSchema(Schema):
    """A page of approvals, the oldest first."""

    code = fields.Constant(0)
    approvals = fields.List(fields.Nested(ApprovalEntry), attribute="items")
    next = NextPage()


def approval_document(approval: Approval) -> Mapping[str, object]:
    """What `ApprovalSchema` renders."""
    return {
        "id": approval.msgid,
        "state": approval.state,
        "application": approval.application,
        "owner": approval.owner,
        "sendno": approval.sendno,
        "rule_id": approval.rule_id,
        "recipients": approval.recipients,
        "channels": sorted(approval.contents),
        "created_at": approval.created_at,
        "start_at": approval.start_at,
        "expires_at": approval.expires_at,
        "decided_by": approval.decided_by,
        "decided_at": approval.decided_at,
        "reason": approval.reason,
        "contents": approval.contents,
        "audience": approval.audience,
    }
