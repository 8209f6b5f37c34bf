# -- start plugin
"""Short messages through an HTTP provider."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from marshmallow import Schema, fields, post_load, validate

from ums.sdk.call import Call, Exchange, Json, Reply, json_body
from ums.sdk.errors import Accepted, BadAddress, BadChannel, BadContent, SendError, Transient, Uncertain
from ums.sdk.plugin import Address, ChannelPlugin, Outbound, PluginInfo

REFUSALS: dict[str, type[SendError]] = {
    "unknown_number": BadAddress,
    "wrong_key": BadChannel,
    "text_refused": BadContent,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    content: str


class ProviderSchema(Schema):
    url = fields.Url(required=True, require_tld=False, metadata={"label": "Address", "label_zh": "接口地址"})
    key = fields.String(required=True, metadata={"label": "Key", "label_zh": "密钥", "secret": True})

    @post_load
    def make(self, values: dict[str, str], **_: object) -> Provider:
        return Provider(url=values["url"], key=values["key"])


class TextSchema(Schema):
    content = fields.String(
        required=True, validate=validate.Length(1, 500), metadata={"label": "Text", "label_zh": "内容"}
    )

    @post_load
    def make(self, values: dict[str, str], **_: object) -> Text:
        return Text(content=values["content"])


class ShortMessages(ChannelPlugin[Provider, Text]):
    info = PluginInfo(
        key="sms",
        title="Short messages",
        title_zh="短信",
        homepage="https://provider.example/docs",
        endpoints={"send": 50.0},
    )
    address = Address(
        label="phone number",
        label_zh="手机号",
        pattern=re.compile(r"\+?[0-9]{5,15}"),
        example="+8613800138000",
    )

    def settings_schema(self) -> Schema:
        return ProviderSchema()

    def message_schema(self) -> Schema:
        return TextSchema()

    def send(self, settings: Provider, outbound: Outbound[Text]) -> Exchange[Accepted]:
        body: Json = {"key": settings.key, "to": outbound.address, "text": outbound.content.content}
        reply = yield Call("POST", settings.url, body=json_body(body))
        return accepted(reply)


def accepted(reply: Reply) -> Accepted:
    """What the provider's answer means; an error says who must act."""
    if reply.status == 429:
        raise Transient("slow_down")
    try:
        answer: Json = json.loads(reply.body) if reply.status == 200 else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or not {"id", "error"} & answer.keys():
        raise Uncertain("unreadable_answer")  # it may have been taken, so nobody sends it twice
    word = str(answer.get("error") or "")
    if word:
        raise REFUSALS.get(word, BadContent)(word, provider_message=word)
    return Accepted(provider_id=str(answer["id"]))


channel = ShortMessages()
# -- end plugin
