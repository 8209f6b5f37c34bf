"""Who people are, as it is shown: the history of addresses, conflicts, and how far a backfill is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from marshmallow import Schema, fields

from ums.api.schemas.strict import NextPage, OneOfWords, Seconds, StrictSchema, Text
from ums.api.schemas.users import PageQuery
from ums.domain.address import LONGEST_USERID
from ums.domain.binding_history import CHANGES, change_word
from ums.domain.person import Cause, Clash
from ums.domain.privacy import masked
from ums.services.binding.backfill import Progress
from ums.services.binding.conflicts import ConflictView
from ums.store.backfills import STATES as BACKFILL_STATES
from ums.store.binding_changes import KeptChange
from ums.store.conflicts import STATES

Document = Mapping[str, object]

_STATE = {"type": "string", "enum": list(STATES)}


class UserChangeEntry(Schema):
    """A change of one of a user's addresses."""

    id = fields.Integer()
    at = Seconds(metadata={"description": "Unix seconds."})
    property = fields.String()
    bind_id = fields.String()
    address = fields.String(metadata={"description": '"(erased)" where nobody may know it any more.'})
    change = fields.String(
        metadata={
            "enum": list(CHANGES),
            "description": "bound and unbound; unreachable and reachable: his still, and he no longer follows.",
        }
    )
    cause = fields.Enum(enum=Cause, by_value=True)
    by = fields.String(
        metadata={"description": "By what or whom: a ChannelKey, a channel's code, an operator. May be empty."}
    )


class UserHistorySchema(Schema):
    """A page of a user's history, the newest change first."""

    code = fields.Constant(0)
    history = fields.List(fields.Nested(UserChangeEntry), attribute="items")
    next = NextPage()


class ConflictsQuery(PageQuery):
    """Which conflicts."""

    state = OneOfWords(STATES, metadata={"description": "Those in this state; left out, those that are open."})


class ConflictsWanted(TypedDict, total=False):
    """What `ConflictsQuery` reads."""

    state: str
    cursor: str
    limit: int


class SettleGiven(TypedDict):
    """What `SettleBody` reads."""

    userid: str


class SettleBody(StrictSchema):
    """Whose all addresses of the person are."""

    userid = Text(
        required=True,
        longest=LONGEST_USERID,
        metadata={"description": "One of the conflict's userids."},
    )


class _ClaimEntry(Schema):
    """An address of the person, as things are now."""

    channel = fields.String()
    address = fields.String(metadata={"description": "Masked."})
    userids = fields.List(fields.String(), metadata={"description": "Whose it is; empty: nobody's."})


class ConflictEntry(Schema):
    """Addresses of one person that can't all be one user's."""

    id = fields.Integer()
    kind = fields.Enum(
        enum=Clash,
        by_value=True,
        metadata={"description": "userids: several have them; addresses: his userid has another one there."},
    )
    state = fields.String(metadata=_STATE)
    userids = fields.List(fields.String())
    addresses = fields.List(fields.Nested(_ClaimEntry))
    at = Seconds(metadata={"description": "When it was found, in unix seconds."})
    decided_at = Seconds(allow_none=True)
    decided_by = fields.String(metadata={"description": "The operator's name; empty where nobody had to decide."})
    decision = fields.String(metadata={"description": "The userid that got everything; empty for none."})


class ConflictSchema(ConflictEntry):
    """One conflict."""

    code = fields.Constant(0)


class ConflictsSchema(Schema):
    """A page of conflicts, in the order in which they came."""

    code = fields.Constant(0)
    conflicts = fields.List(fields.Nested(ConflictEntry), attribute="items")
    next = NextPage()


class BackfillSchema(Schema):
    """How far a channel's followers have been listed and asked about."""

    code = fields.Constant(0)
    state = fields.String(
        metadata={
            "enum": list(BACKFILL_STATES),
            "description": "idle: nobody has begun it; stopped: see `note`, then begin it again.",
        }
    )
    total = fields.Integer(metadata={"description": "How many follow, as the provider says."})
    listed = fields.Integer(metadata={"description": "How many of them have been listed."})
    asked = fields.Integer(metadata={"description": "Of how many the provider was asked who they are."})
    left = fields.Integer(metadata={"description": "Of how many it is still to be asked."})
    joined = fields.Integer(metadata={"description": "How many addresses were bound by what it said."})
    calls = fields.Integer(metadata={"description": "Lists asked for on the last day that any were."})
    waits_until = Seconds(
        allow_none=True, metadata={"description": "When it goes on, where the provider's quota is used up."}
    )
    started_at = Seconds(allow_none=True)
    finished_at = Seconds(allow_none=True)
    note = fields.String(metadata={"description": "Why it waits or has stopped; empty while nothing is wrong."})


def change_document(kept: KeptChange) -> Document:
    """What `UserChangeEntry` renders."""
    change = kept.change
    return {
        "id": kept.id,
        "at": kept.at,
        "property": change.property,
        "bind_id": change.bind_id,
        "address": change.address,
        "change": change_word(change),
        "cause": change.cause,
        "by": change.by,
    }


def conflict_document(view: ConflictView) -> Document:
    """What `ConflictSchema` renders; addresses are masked."""
    kept = view.conflict
    return {
        "id": kept.id,
        "kind": kept.kind,
        "state": kept.state,
        "userids": list(kept.userids),
        "addresses": [
            {
                "channel": claim.place.code,
                "address": masked(claim.place.address),
                "userids": [owner.userid for owner in claim.owners],
            }
            for claim in view.claims
        ],
        "at": kept.at,
        "decided_at": kept.decided_at,
        "decided_by": kept.decided_by,
        "decision": kept.decision,
    }


def backfill_document(progress: Progress) -> Document:
    """What `BackfillSchema` renders."""
    kept = progress.backfill
    return {
        "state": kept.state,
        "total": kept.total,
        "listed": kept.listed,
        "asked": kept.asked,
        "left": progress.left,
        "joined": kept.joined,
        "calls": kept.calls,
        "waits_until": progress.waits_until,
        "started_at": kept.started_at or None,
        "finished_at": kept.finished_at,
        "note": kept.note,
    }
