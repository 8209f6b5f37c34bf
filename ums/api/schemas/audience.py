"""The `aud_…` of a send: whom it is for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypedDict, cast

from marshmallow import ValidationError, fields, validates_schema

from ums.api.schemas.lenient import LenientSchema
from ums.api.schemas.strict import Text, WordList, kind
from ums.domain.address import LONGEST_USERID, TAG, TAG_BYTES, TAG_RULE, USERID, USERID_RULE, as_userid
from ums.domain.audience import MOST_TAGS, Audience
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, TooManyTargets
from ums.domain.message import MAX_TARGETS
from ums.domain.shown import shown
from ums.domain.wire import CHANNEL_TYPES

LARGEST_SEGMENT = 2**31 - 1

LINKED_CORP = "aud_wechatwk_linkedcorp"
ADDRESSED: Mapping[str, str] = {
    **{names.audience: names.type for names in CHANNEL_TYPES.values()},
    LINKED_CORP: "wechatwk",
}
"""Members that hold addresses outside the user store → the channel type they are of."""


class _Userids(fields.Field[tuple[str, ...]]):
    """Up to 1,000 userids; what is wrong with one is told by its place."""

    def __init__(self, *, metadata: Mapping[str, object]) -> None:
        super().__init__(metadata=metadata)
        self.error_messages["null"] = f"must be a list of 1 to {MAX_TARGETS} userids, not null"

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            given = "an empty one" if value == [] else kind(value)
            raise ValidationError(f"must be a list of 1 to {MAX_TARGETS} userids, not {given}")
        if len(value) > MAX_TARGETS:
            text = f"{len(value)} userids in one message; at most {MAX_TARGETS} are taken, so send it in parts"
            raise TooManyTargets(f"aud_userid: {text}.", errors={"aud_userid": [text]})
        userids = tuple(as_userid(item) for item in value)
        wrong = {index: _userid_fault(item) for index, item in enumerate(userids) if not _is_userid(item)}
        if wrong:
            raise ValidationError({str(index): [text] for index, text in wrong.items()})
        return cast("tuple[str, ...]", userids)

    def json_schema(self) -> dict[str, Json]:
        userid: Json = {"type": ["string", "integer"], "minLength": 1, "maxLength": LONGEST_USERID}
        return {"type": "array", "items": userid, "minItems": 1, "maxItems": MAX_TARGETS}


def _is_userid(item: object) -> bool:
    return isinstance(item, str) and USERID.fullmatch(item) is not None


def _userid_fault(item: object) -> str:
    return f"{kind(item)} is no userid: {USERID_RULE}"


class _Tag(Text):
    """A tag as it is bound to users."""

    def read(self, value: object) -> str:
        text = super().read(value)
        if not TAG.fullmatch(text):
            raise ValidationError(f"'{shown(text)}' is not made of {TAG_RULE}")
        if len(text.encode()) > TAG_BYTES:
            raise ValidationError(f"'{shown(text)}' is longer than {TAG_BYTES} bytes in UTF-8")
        return text


class _Segment(fields.Field[int]):
    """A list of one segment's number, written as a text or as a number."""

    def __init__(self, *, metadata: Mapping[str, object]) -> None:
        super().__init__(metadata=metadata)
        self.error_messages["null"] = 'must be a list of one segment\'s id, as in ["1000"], not null'

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        if not isinstance(value, list) or len(value) != 1:
            given = f"{len(value)} of them" if isinstance(value, list) else kind(value)
            raise ValidationError(f'must be a list of exactly one segment\'s id, as in ["1000"], not {given}')
        item = value[0]
        text = str(item) if isinstance(item, int) and not isinstance(item, bool) else item
        if not (isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 10):
            raise ValidationError({"0": [f"must be a segment's id, not {kind(item)}"]})
        if not 1 <= int(text) <= LARGEST_SEGMENT:
            raise ValidationError({"0": [f"must be from 1 to {LARGEST_SEGMENT}, not {text}"]})
        return int(text)

    def json_schema(self) -> dict[str, Json]:
        ids: Json = {"type": ["string", "integer"]}
        return {"type": "array", "items": ids, "minItems": 1, "maxItems": 1}


class _Addresses(fields.Field[tuple[str, ...]]):
    """`[{"instance": …, "data": […]}]`: addresses on one channel; `instance` is reserved and has no effect."""

    def __init__(self, description: str) -> None:
        said = f"Addresses for {description}: a list of one object with `data`, 1 to {MAX_TARGETS} of them."
        super().__init__(metadata={"description": said})
        self.error_messages["null"] = 'must be a list such as [{{"data": ["…"]}}], not null'

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> tuple[str, ...]:
        elements = value if isinstance(value, list) else [value]
        if not elements:
            raise ValidationError('must be a list such as [{"data": ["…"]}], not an empty one')
        found: list[str] = []
        for index, element in enumerate(elements):
            found += self._element(element, str(index))
        if len(found) > MAX_TARGETS:
            text = f"{len(found)} addresses in one message; at most {MAX_TARGETS} are taken, so send it in parts"
            raise InvalidRequest(f"{attr}: {text}.", errors={str(attr): [text]})
        return tuple(dict.fromkeys(found))

    def _element(self, element: object, place: str) -> list[str]:
        if not isinstance(element, dict):
            raise ValidationError({place: [f"must be an object with data, not {kind(element)}"]})
        strange = element.keys() - {"instance", "data"}
        if strange:
            raise ValidationError({f"{place}.{shown(min(strange))}": ["is unknown here; known are instance, data"]})
        instance = element.get("instance", "")
        if instance is not None and not isinstance(instance, str):
            raise ValidationError({f"{place}.instance": [f"must be a text, not {kind(instance)}"]})
        if "data" not in element:
            raise ValidationError({f"{place}.data": [f"is missing; give 1 to {MAX_TARGETS} addresses"]})
        if element["data"] == []:
            raise ValidationError({f"{place}.data": [f"must hold 1 to {MAX_TARGETS} texts, not 0"]})
        try:
            return _ADDRESS_LIST.read(element["data"])
        except ValidationError as error:
            raise ValidationError({f"{place}.data": error.messages}) from None

    def json_schema(self) -> dict[str, Json]:
        one: dict[str, Json] = {
            "type": "object",
            "properties": {
                "instance": {"type": ["string", "null"], "description": "Reserved; it has no effect."},
                "data": {**_ADDRESS_LIST.json_schema(), "maxItems": MAX_TARGETS},
            },
            "required": ["data"],
            "additionalProperties": False,
        }
        return {"oneOf": [{"type": "array", "items": one, "minItems": 1}, one]}


_ADDRESS_LIST = WordList(Text(shortest=1), shortest=1, longest=10**6)


class AudienceSchema(LenientSchema):
    """Whom a message is for."""

    aud_userid = _Userids(metadata={"description": f"1 to {MAX_TARGETS} userids; one given twice is sent to once."})
    aud_tag = WordList(
        _Tag(), shortest=1, longest=MOST_TAGS, metadata={"description": "Users with one or more of these tags."}
    )
    aud_segment = _Segment(metadata={"description": 'Users of this segment, as in `["1000"]`.'})
    aud_app = _Addresses("app push")
    aud_wechatoa = _Addresses("the WeChat official account")
    aud_wechatmp = _Addresses("the WeChat mini program")
    aud_email = _Addresses("email")
    aud_sms = _Addresses("SMS")
    aud_dingtalk_cc = _Addresses("DingTalk work notices")
    aud_alipay_life = _Addresses("the Alipay life account")
    aud_wechatwk = _Addresses("WeCom")
    aud_wechatwk_linkedcorp = _Addresses("linked enterprises of WeCom")

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def ask_for_audience(self, data: object, original: dict[str, Json], **_: object) -> None:
        if all(original.get(name) is None for name in AudienceMembers.__annotations__):
            raise ValidationError(f"say whom it is for: {', '.join(AudienceMembers.__annotations__)}", "aud_…")


class AudienceMembers(TypedDict, total=False):
    """What `AudienceSchema` reads."""

    aud_userid: tuple[str, ...]
    aud_tag: list[str]
    aud_segment: int
    aud_app: tuple[str, ...]
    aud_wechatoa: tuple[str, ...]
    aud_wechatmp: tuple[str, ...]
    aud_email: tuple[str, ...]
    aud_sms: tuple[str, ...]
    aud_dingtalk_cc: tuple[str, ...]
    aud_alipay_life: tuple[str, ...]
    aud_wechatwk: tuple[str, ...]
    aud_wechatwk_linkedcorp: tuple[str, ...]


def audience_given(data: AudienceMembers, black_id: int | None, white_id: int | None) -> Audience:
    """The audience that these members make. Raises InvalidRequest where they make none."""
    addresses = _addresses(data)
    users = [name for name in ("aud_userid", "aud_tag", "aud_segment") if name in data]
    if addresses and users:
        text = f"addresses of one's own can't be mixed with {', '.join(users)}; send two messages"
        raise _refused(next(name for name in ADDRESSED if name in data), text)
    tags = data.get("aud_tag")
    return Audience(
        userids=data.get("aud_userid"),
        tags=None if tags is None else tuple(dict.fromkeys(tags)),
        segment_id=data.get("aud_segment"),
        addresses=addresses,
        black_id=black_id,
        white_id=white_id,
    )


def _addresses(data: AudienceMembers) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {
        "app": data.get("aud_app", ()),
        "wechatoa": data.get("aud_wechatoa", ()),
        "wechatmp": data.get("aud_wechatmp", ()),
        "email": data.get("aud_email", ()),
        "sms": data.get("aud_sms", ()),
        "dingtalk_cc": data.get("aud_dingtalk_cc", ()),
        "alipay_life": data.get("aud_alipay_life", ()),
        "wechatwk": data.get("aud_wechatwk", ()) + data.get("aud_wechatwk_linkedcorp", ()),
    }
    return {type_: addresses for type_, addresses in found.items() if addresses}


def check_pairs(audience: Audience, types: Collection[str]) -> None:
    """Raises InvalidRequest where addresses are given for another set of channel types than contents are."""
    if not audience.addresses:
        return
    for type_ in CHANNEL_TYPES:
        names = CHANNEL_TYPES[type_]
        if type_ in audience.addresses and type_ not in types:
            raise _refused(
                names.audience, f"has no {names.message} beside it; each aud_… of addresses needs its own"
            )
        if type_ in types and type_ not in audience.addresses:
            raise _refused(names.message, f"has no {names.audience} beside it; each msg_… needs its own addresses")


def _refused(path: str, text: str) -> InvalidRequest:
    return InvalidRequest(f"{path}: {text}", errors={path: [text]})
