"""The body of `POST /v1/sent`, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from marshmallow import Schema, ValidationError, fields, post_dump, post_load, pre_load, validates_schema

from ums.api.schemas.strict import SOMETIMES, Members, NotServed, StrictSchema, Text, Whole, kind
from ums.domain.address import USERID, USERID_RULE
from ums.domain.commands import CallbackChoice, Json
from ums.domain.errors import BothLists, TooManyTargets
from ums.domain.message import DAY, DEFAULT_TIME_TO_LIVE, MAX_TARGETS, Priority
from ums.domain.rule import ALL_AT_ONCE
from ums.domain.wire import CHANNEL_TYPES

LONGEST_TIME_TO_LIVE = 30 * DAY
"""Seconds."""
LONGEST_URL = 2048
LARGEST_RULE = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOption:
    """The `option` of a send."""

    sendno: str | None = None
    owner: str | None = None
    priority: Priority = Priority.MEDIUM
    time_to_live: int = DEFAULT_TIME_TO_LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A send as it was asked for; `contents` maps the `msg_…` given to what stands there, still unread."""

    userids: tuple[str, ...]
    contents: Mapping[str, Json]
    rule_id: int = ALL_AT_ONCE
    option: SendOption = field(default_factory=SendOption)
    callback: CallbackChoice | None = None


class _Userids(fields.Field[tuple[str, ...]]):
    """Up to 1,000 userids; what is wrong with one is told by its place."""

    def __init__(self, *, metadata: Mapping[str, object]) -> None:
        super().__init__(required=True, metadata=metadata)
        said = f"a list of 1 to {MAX_TARGETS} userids"
        self.error_messages |= {"required": f"is missing; give {said}", "null": f"must be {said}, not null"}

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            given = "an empty one" if value == [] else kind(value)
            raise ValidationError(f"must be a list of 1 to {MAX_TARGETS} userids, not {given}")
        if len(value) > MAX_TARGETS:
            text = f"{len(value)} userids in one message; at most {MAX_TARGETS} are taken, so send it in parts"
            raise TooManyTargets(f"aud_userid: {text}.", errors={"aud_userid": [text]})
        wrong = {index: _userid_fault(item) for index, item in enumerate(value) if not _is_userid(item)}
        if wrong:
            raise ValidationError({str(index): [text] for index, text in wrong.items()})
        return tuple(value)

    def json_schema(self) -> dict[str, Json]:
        items: Json = {"type": "string", "minLength": 1, "maxLength": 64}
        return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_TARGETS}


def _is_userid(item: object) -> bool:
    return isinstance(item, str) and USERID.fullmatch(item) is not None


def _userid_fault(item: object) -> str:
    return f"{kind(item)} is no userid: {USERID_RULE}"


class _OptionMembers(TypedDict, total=False):
    sendno: str
    owner: str
    priority: int
    time_to_live: int


class OptionSchema(StrictSchema):
    """How a message is sent."""

    sendno = Text(metadata={"description": "Your own number for this send; it comes back in the answer."})
    owner = Text(metadata={"description": "Who submits it, in your own system."})
    priority = Whole(1, 3, metadata={"description": "1 high, 2 medium (the default), 3 low."})
    time_to_live = Whole(
        1,
        LONGEST_TIME_TO_LIVE,
        metadata={"description": "Seconds after which what no provider has is expired; a day by default."},
    )
    black_id = NotServed()
    white_id = NotServed()
    send_at = NotServed()
    dry_run = NotServed()

    @pre_load
    def refuse_both_lists(self, data: object, **_: object) -> object:
        if isinstance(data, dict) and {"black_id", "white_id"} <= data.keys():
            text = "black_id and white_id must not be given together"
            raise BothLists(f"option: {text}.", errors={"option": [text]})
        return data

    @post_load
    def make(self, data: _OptionMembers, **_: object) -> SendOption:
        return SendOption(
            sendno=data.get("sendno"),
            owner=data.get("owner"),
            priority=Priority(data.get("priority", Priority.MEDIUM)),
            time_to_live=data.get("time_to_live", DEFAULT_TIME_TO_LIVE),
        )


class _CallbackMembers(TypedDict, total=False):
    url: str
    params: dict[str, Json]


class CallbackSchema(StrictSchema):
    """Where this message's receipts go."""

    url = Text(longest=LONGEST_URL, metadata={"description": "One of the application's verified URLs."})
    params = Members(metadata={"description": "Comes back in each receipt."})

    @post_load
    def make(self, data: _CallbackMembers, **_: object) -> CallbackChoice:
        return CallbackChoice(url=data.get("url"), params=data.get("params", {}))


class _Content(fields.Raw):
    """A `msg_…`; the channel type's plugin reads it."""

    def __init__(self, description: str) -> None:
        super().__init__(allow_none=True, metadata={"description": f"{description}: a list with one element."})

    def json_schema(self) -> dict[str, Json]:
        one: Json = {"type": "object"}
        return {"oneOf": [{"type": "array", "items": one, "minItems": 1, "maxItems": 1}, one]}


class _SendMembers(TypedDict, total=False):
    aud_userid: tuple[str, ...]
    rule_id: int
    option: SendOption
    callback: CallbackChoice


class SendSchema(StrictSchema):
    """One message to users."""

    aud_userid = _Userids(metadata={"description": f"1 to {MAX_TARGETS} userids; one given twice is sent to once."})
    msg_app = _Content("App push")
    msg_wechatoa = _Content("WeChat official account")
    msg_wechatmp = _Content("WeChat mini program")
    msg_email = _Content("Email")
    msg_sms = _Content("SMS")
    msg_dingtalk_cc = _Content("DingTalk work notice")
    msg_alipay_life = _Content("Alipay life account")
    msg_wechatwk = _Content("WeCom")
    rule_id = Whole(
        -LARGEST_RULE,
        LARGEST_RULE,
        metadata={"description": "0 (the default): every channel at once. -1: the first that reaches the user."},
    )
    option = fields.Nested(OptionSchema())
    callback = fields.Nested(CallbackSchema())
    aud_tag = NotServed()
    aud_segment = NotServed()
    aud_app = NotServed()
    aud_wechatoa = NotServed()
    aud_wechatmp = NotServed()
    aud_email = NotServed()
    aud_sms = NotServed()
    aud_dingtalk_cc = NotServed()
    aud_alipay_life = NotServed()
    aud_wechatwk = NotServed()
    aud_wechatwk_linkedcorp = NotServed()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def ask_for_content(self, data: _SendMembers, original: dict[str, Json], **_: object) -> None:
        if not MESSAGES & original.keys():
            raise ValidationError(f"give at least one of {', '.join(sorted(MESSAGES))}", "msg_…")

    @post_load(pass_original=True)
    def make(self, data: _SendMembers, original: dict[str, Json], **_: object) -> SendRequest:
        return SendRequest(
            userids=data["aud_userid"],
            contents={name: value for name, value in original.items() if name in MESSAGES},
            rule_id=data.get("rule_id", ALL_AT_ONCE),
            option=data.get("option", SendOption()),
            callback=data.get("callback"),
        )


MESSAGES = frozenset(names.message for names in CHANNEL_TYPES.values())
"""Every `msg_…` of the contract."""


class SentSchema(Schema):
    """The answer to an accepted send; `sendno` and `warnings` only where there are any."""

    code = fields.Constant(0)
    msgid = fields.String(metadata={"description": "The message's id: opaque, URL-safe, sorting by time."})
    sendno = fields.String(metadata={"description": "As it was given.", SOMETIMES: True})
    warnings = fields.List(
        fields.String(), metadata={"description": "What was taken otherwise than asked.", SOMETIMES: True}
    )

    @post_dump
    def leave_out_what_is_not_there(self, data: dict[str, Json], **_: object) -> dict[str, Json]:
        return {name: value for name, value in data.items() if name in {"code", "msgid"} or value}
