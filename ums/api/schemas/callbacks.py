"""Callback URLs as operators write and read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema

from ums.api.schemas.strict import SOMETIMES, Flag, NextPage, OneOfWords, Seconds, StrictSchema, Text, Whole
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.callback import LONGEST_URL, BatchState, ReceiptType
from ums.domain.commands import Json
from ums.services.callbacks import CallbackDetail, CallbackWanted
from ums.services.names import LARGEST_ID, LONGEST_NAME
from ums.store.callback_attempts import Attempt
from ums.store.callback_batches import Chosen
from ums.store.callbacks import KeptCallback

LATEST = 4_102_444_800
"""The year 2100, in unix seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """A callback URL as it is asked for; without `id` it gets the next free one."""

    wanted: CallbackWanted
    application: str | None = None
    id: int | None = None


class _Types(fields.Field[tuple[ReceiptType, ...]]):
    """A list of receipt types, each once."""

    def __init__(self, description: str) -> None:
        items: Json = {"type": "integer", "minimum": 0, "maximum": int(max(ReceiptType))}
        super().__init__(metadata={"description": description, "type": "array", "items": items})

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[ReceiptType, ...]:
        known = {int(type_): type_ for type_ in ReceiptType}
        if not isinstance(value, list) or not value:
            raise ValidationError("must be a list of receipt types, from 0 to 8")
        if any(isinstance(item, bool) or not isinstance(item, int) or item not in known for item in value):
            raise ValidationError("must hold whole numbers from 0 to 8, and nothing else")
        return tuple(known[item] for item in sorted(set(value)))

    def json_schema(self) -> dict[str, Json]:
        types: Json = [int(type_) for type_ in ReceiptType]
        return {"type": "array", "items": {"type": "integer", "enum": types}, "minItems": 1}


class _CallbackMembers(TypedDict, total=False):
    id: int
    application: str
    url: str
    types: tuple[ReceiptType, ...]
    enabled: bool
    default: bool


class CallbackBody(StrictSchema):
    """A callback URL."""

    id = Whole(1, LARGEST_ID, metadata={"description": "The next free one by default."})
    application = Text(
        longest=LONGEST_NAME, metadata={"description": "Whose receipts go there, by name; needed to make one."}
    )
    url = Text(longest=LONGEST_URL, required=True, metadata={"description": "http:// or https://, any port."})
    types = _Types("The receipt types wanted, 0 to 8; all by default.")
    enabled = Flag(metadata={"description": "The switch; on by default."})
    default = Flag(
        metadata={"description": "True makes it the default, for messages that name no URL; false changes nothing."}
    )

    @post_load
    def make(self, data: _CallbackMembers, **_: object) -> CallbackRequest:
        wanted = CallbackWanted(
            url=data["url"],
            types=data.get("types", tuple(ReceiptType)),
            enabled=data.get("enabled", True),
            default=data.get("default", False),
        )
        return CallbackRequest(wanted=wanted, application=data.get("application"), id=data.get("id"))


class _ReplayMembers(TypedDict, total=False):
    batch: int
    webhook_id: str
    since: int
    until: int
    delivered: bool


class ReplayBody(StrictSchema):
    """Which posts are made again: one, by `batch` or `webhook_id`, or those of a time range."""

    batch = Whole(1, 2**53, metadata={"description": "A post's number, as the attempts name it."})
    webhook_id = Text(longest=64, metadata={"description": "A post's `webhook-id`."})
    since = Whole(0, LATEST, metadata={"description": "Unix seconds: posts with receipts from then on."})
    until = Whole(0, LATEST, metadata={"description": "Unix seconds: and not later; now by default."})
    delivered = Flag(metadata={"description": "True: of a time range also what was delivered; false by default."})

    @validates_schema
    def check_one(self, data: _ReplayMembers, **_: object) -> None:
        ways = [name for name in ("batch", "webhook_id", "since") if name in data]
        if len(ways) != 1:
            raise ValidationError({"since": ["give one of batch, webhook_id and since (with or without until)"]})

    @post_load
    def make(self, data: _ReplayMembers, **_: object) -> Chosen:
        if "since" not in data:
            return Chosen(batch=data.get("batch"), webhook_id=data.get("webhook_id"))
        until = float(data["until"]) + 1 if "until" in data else float("inf")
        return Chosen(since=float(data["since"]), until=until, delivered=data.get("delivered", False))


class CallbacksQuery(PageQuery):
    """Which callback URLs."""

    application = Text(longest=LONGEST_NAME, metadata={"description": "Only those of this application, by name."})


class CallbacksWanted(PageWanted, total=False):
    """What `CallbacksQuery` reads."""

    application: str


class AttemptsQuery(PageQuery):
    """Which tries."""

    state = OneOfWords(tuple(BatchState), metadata={"description": "Only those of posts that stand there."})


class AttemptsWanted(PageWanted, total=False):
    """What `AttemptsQuery` reads."""

    state: str


class CallbackEntry(Schema):
    """A callback URL as it is kept."""

    id = fields.Integer()
    application = fields.String()
    url = fields.String()
    types = fields.List(fields.Integer())
    enabled = fields.Boolean()
    default = fields.Boolean()
    state = fields.String(metadata={"description": "unverified, verified or disabled."})
    reason = fields.String(metadata={"description": "Why it is disabled."})
    failures = fields.Integer(metadata={"description": "Posts that failed since the last one that didn't."})
    failing_since = Seconds(
        allow_none=True, metadata={"description": "Unix seconds; null where the last post was taken."}
    )
    created_at = Seconds(metadata={"description": "Unix seconds."})
    updated_at = Seconds(metadata={"description": "Unix seconds."})


class _PostsShown(Schema):
    open = fields.Integer()
    delivered = fields.Integer()
    dead = fields.Integer()
    waiting = fields.Integer(metadata={"description": "Receipts that are not in a post yet."})


class CallbackUrlSchema(CallbackEntry):
    """One callback URL."""

    code = fields.Constant(0)
    posts = fields.Nested(_PostsShown, metadata={"description": "How many posts of it stand where."})
    secret = fields.String(
        metadata={"description": "What signs its posts; shown once, when it is made.", SOMETIMES: True}
    )


class CallbackUrlsSchema(Schema):
    """A page of callback URLs, by id."""

    code = fields.Constant(0)
    callbacks = fields.List(fields.Nested(CallbackEntry), attribute="items")
    next = NextPage()


class AttemptEntry(Schema):
    """One try of one post."""

    id = fields.Integer()
    batch = fields.Integer()
    webhook_id = fields.String()
    state = fields.String(metadata={"description": "Where its post stands now: open, delivered or dead."})
    receipts = fields.Integer(attribute="size", metadata={"description": "How many the post holds."})
    at = Seconds(attribute="began_at", metadata={"description": "Unix seconds."})
    seconds = fields.Float(metadata={"description": "How long it took."})
    status = fields.Integer(
        allow_none=True, metadata={"description": "The HTTP status; null where no answer came."}
    )
    fault = fields.String(metadata={"description": "A word for why no answer came, else empty."})
    answer = fields.String(metadata={"description": "The first 512 characters of the answer."})


class AttemptsSchema(Schema):
    """A page of tries, the newest first."""

    code = fields.Constant(0)
    attempts = fields.List(fields.Nested(AttemptEntry), attribute="items")
    next = NextPage()


class ReplayedSchema(Schema):
    """How many posts are made again."""

    code = fields.Constant(0)
    replayed = fields.Integer()


def callback_entry(kept: KeptCallback) -> dict[str, Json | float]:
    """What `CallbackEntry` renders."""
    return {
        "id": kept.id,
        "application": kept.application,
        "url": kept.url,
        "types": [int(type_) for type_ in kept.types],
        "enabled": kept.enabled,
        "default": kept.is_default,
        "state": kept.state.value,
        "reason": kept.reason,
        "failures": kept.failures,
        "failing_since": kept.failing_since,
        "created_at": kept.created_at,
        "updated_at": kept.updated_at,
    }


def callback_document(detail: CallbackDetail) -> Mapping[str, object]:
    """What `CallbackUrlSchema` renders."""
    secret = {} if detail.secret is None else {"secret": detail.secret}
    return {**callback_entry(detail.callback), "posts": detail.posts, **secret}


def attempt_document(attempt: Attempt) -> dict[str, Json]:
    """A try as `AttemptEntry` renders it."""
    document: dict[str, Json] = AttemptEntry().dump(attempt)
    return document
