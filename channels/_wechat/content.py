"""What the platform's messages have in common: their values, their links, and how a body is made.

A body is rendered once per message. For each recipient only the openid is put in front, which costs about a
microsecond instead of a whole document.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from marshmallow import Schema, ValidationError, fields, validate

from channels._wechat.account import APPID
from ums.sdk.call import Json, json_body

Values = Mapping[str, Mapping[str, str]]
"""A message's values as they go out: `{"thing1": {"value": "…"}}`."""

KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
ANY_TEMPLATE = "TEMPLATE"
ANY_DATA: Json = {"thing1": {"value": "-"}}
"""What a specimen says."""
_quoted = json.JSONEncoder().encode
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Frame:
    """A body without its recipient: a JSON object that begins after its first members."""

    rest: bytes

    def addressed(self, address: str, repeat_id: str | None = None) -> bytes:
        """The whole body: UTF-8 JSON with `touser` first, and `client_msg_id` where there is one."""
        head = f'{{"touser":{_quoted(address)},'
        if repeat_id is not None:
            head += f'"client_msg_id":{_quoted(repeat_id)},'
        return head.encode("ascii") + self.rest


def frame(members: Mapping[str, Json]) -> Frame:
    """The frame of a body with these members; those that are None are left out."""
    return Frame(json_body({name: value for name, value in members.items() if value is not None})[1:])


def well_formed(value: str) -> None:
    """Refuse half a character (an unpaired surrogate), which no encoding can carry."""
    if _HALF_CHARACTER.search(value):
        raise ValidationError("Holds half of a character (an unpaired surrogate).")


def given(values: object, optional: Collection[str]) -> object:
    """The members of a message without those of `optional` that say nothing: empty, null, or an object of such.

    Clients in languages that can't leave a member out of a struct send it empty.
    """
    if not isinstance(values, dict):
        return values
    return {name: value for name, value in values.items() if name not in optional or not _says_nothing(value)}


def _says_nothing(value: object) -> bool:
    if isinstance(value, dict):
        return all(_says_nothing(inner) for inner in value.values())
    return value is None or value in ("", [])


def without_colors(data: Json) -> Json:
    """A template's values without colors, for messages that have none: one struct often serves for all kinds."""
    if not isinstance(data, dict):
        return data
    return {
        key: {name: value for name, value in entry.items() if name != "color"} if isinstance(entry, dict) else entry
        for key, entry in data.items()
    }


template_id = fields.String(
    required=True,
    validate=validate.Regexp(r"[!-~]{1,128}\Z", error="Take it from the channel's template list."),
    metadata={
        "label": "Template",
        "label_zh": "模板 ID",
        "help": "The template's id on this account, from the channel's template list.",
        "help_zh": "该账号下的模板 ID，见通道的模板列表。",
    },
)
page = fields.String(
    validate=[validate.Length(min=1, max=1024), well_formed],
    metadata={
        "label": "Page",
        "label_zh": "跳转页面",
        "help": "The page that opens when the message is tapped; may carry a query.",
        "help_zh": "点击消息后打开的页面，可带参数。",
    },
)


class TemplateData(fields.Field[Values]):
    """A template's values, `{"thing1": {"value": "…"}}`; numbers are taken as their text."""

    def __init__(self, *, colors: bool = False) -> None:
        super().__init__(
            required=True,
            metadata={
                "label": "Values",
                "label_zh": "模板参数",
                "help": 'One {"value": "…"} for each key of the template, without ".DATA".',
                "help_zh": '模板每个字段一个 {"value": "…"}，字段名不带 ".DATA"。',
            },
        )
        self.members = ("value", "color") if colors else ("value",)

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> Values:
        if not isinstance(value, dict):
            raise ValidationError('Must be an object such as {"thing1": {"value": "…"}}.')
        if not value:
            raise ValidationError("Must hold a value for each key of the template; it is empty.")
        errors: dict[str, object] = {}
        values = {key: self._entry(key, entry, errors) for key, entry in value.items()}
        if errors:
            raise ValidationError(errors)
        return values

    def _entry(self, key: str, entry: object, errors: dict[str, object]) -> dict[str, str]:
        problem = _key_problem(key)
        if problem:
            errors[key] = [problem]
            return {}
        if not isinstance(entry, dict):
            errors[key] = ['Must be an object: {"value": "…"}.']
            return {}
        made, wrong = _members(entry, self.members)
        if wrong:
            errors[key] = wrong
        return made


class MiniProgramSchema(Schema):
    """A link into a mini program that is linked to the account."""

    appid = fields.String(
        required=True,
        validate=validate.Regexp(APPID.pattern + r"\Z", error='An AppID starts with "wx".'),
        metadata={"label": "Mini program's AppID", "label_zh": "小程序 AppID"},
    )
    pagepath = fields.String(
        validate=[validate.Length(min=1, max=1024), well_formed],
        metadata={"label": "Mini program's page", "label_zh": "小程序页面"},
    )


def _key_problem(key: str) -> str:
    if key.endswith(".DATA"):
        return f'Write "{key.removesuffix(".DATA")}", without ".DATA".'
    return "" if KEY.fullmatch(key) else "A key has only letters, digits, - and _."


def _members(entry: Mapping[str, object], allowed: tuple[str, ...]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The members of one value, and what is wrong with them by name."""
    made: dict[str, str] = {}
    wrong = {name: ["Unknown field."] for name in entry if name not in allowed}
    if "value" not in entry:
        wrong["value"] = ["Missing data for required field."]
    for name in allowed:
        if name in entry and not (name == "color" and _says_nothing(entry[name])):
            try:
                made[name] = _color(entry[name]) if name == "color" else _value(entry[name])
            except ValidationError as error:
                wrong[name] = [str(message) for message in error.messages]
    return made, wrong


def _value(value: object) -> str:
    finite = math.isfinite(value) if isinstance(value, float) else isinstance(value, str | int)
    if not finite or isinstance(value, bool):
        raise ValidationError("Must be text or a number.")
    written = value if isinstance(value, str) else json.dumps(value)
    well_formed(written)
    return written


def _color(value: object) -> str:
    if not isinstance(value, str) or not COLOR.fullmatch(value):
        raise ValidationError('Must be a color such as "#173177".')
    return value
