"""An example of every body of the API's description: written by hand, or made up from its schema.

What is written by hand stands in `BODIES`, or in a field's `metadata` as `example`. The rest is made up, so that
no operation is without one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from ums.domain.commands import Json

Document = dict[str, Json]

BODIES: Mapping[str, Json] = {
    "POST /v1/user/opt": [
        {"userid": "zhangsan", "set": {"wechatmp": {"wechatmp123": "oMPzhangsan"}, "tag": {"all": ["vip"]}}},
        {"userid": "lisi", "set": {"wechatmp123": "oMPlisi"}},
    ],
    "POST /v1/user/delete": ["zhangsan"],
    "POST /v1/sent": {
        "aud_userid": ["zhangsan", "lisi"],
        "msg_wechatmp": [{"template_id": "TEMPLATE", "data": {"thing1": {"value": "A parcel"}}}],
        "rule_id": -1,
        "option": {"sendno": "order-7", "time_to_live": 3600},
    },
    "POST /v1/sent/batch": [
        {
            "aud_userid": ["zhangsan"],
            "msg_wechatmp": [{"template_id": "TEMPLATE", "data": {"thing1": {"value": "1"}}}],
        },
        {"aud_tag": ["vip"], "msg_wechatmp": [{"template_id": "TEMPLATE", "data": {"thing1": {"value": "2"}}}]},
    ],
    "POST /v1/subscription": {
        "channel": "wechatmp123",
        "userid": "zhangsan",
        "results": {"TEMPLATE": "accept"},
    },
    "POST /v1/bind/{type}/{code}/login": {"code": "0a3Xy1000CODE", "userid": "zhangsan"},
    "POST /v1/bind/{type}/{code}/decrypt": {
        "session": "SESSION",
        "encryptedData": "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZM…",
        "iv": "r7BXXKkLb8qrSNn05n0qiA==",
    },
    "POST /v1/bind/qr": {"userid": "zhangsan", "expires_in": 300},
    "POST /v1/bind/ticket": {
        "channel": "wechatoa123",
        "userid": "zhangsan",
        "return_to": "https://shop.example/orders",
    },
    "POST /v1/bind/jssdk": {"channel": "wechatoa123", "url": "https://shop.example/page"},
    "POST /v1/bind/unbind": {"userid": "zhangsan", "channel": "wechatoa123"},
    "POST /v1/broadcast": {
        "msg_wechatmp": [{"template_id": "TEMPLATE", "data": {"thing1": {"value": "The shop is open"}}}]
    },
    "POST /v1/lint": {"msg_wechatmp": [{"template_id": "TEMPLATE", "data": {"thing1": {"value": "A parcel"}}}]},
    "POST /v1/template/sent": {"aud_userid": ["zhangsan"], "template_id": 7, "template_para": {"order": "A1"}},
    "POST /v1/template/broadcast": {"template_id": 7, "template_para": {"order": "A1"}},
    "POST /v1/admin/applications": {"name": "shop", "policy": {"rate_limit": 1200}, "preference": ["wechatmp"]},
    "PUT /v1/admin/applications/{application_id}": {"state": "closed"},
    "POST /v1/admin/channels": {
        "channel": "wechatmp123",
        "type": "wechatmp",
        "name": "Parcels",
        "settings": {"appid": "wx0123456789abcdef", "secret": "SECRET"},
        "grants": ["shop"],
    },
    "PUT /v1/admin/channels/{code}": {"name": "Parcels and bills", "settings": {"secret": "SECRET"}},
    "POST /v1/admin/channels/{code}/replace": {"by": "wechatmp456", "bindings": False},
    "PUT /v1/admin/channels/{code}/quotas/{endpoint}": {"daily_limit": 100000},
    "POST /v1/admin/channels/{code}/quotas/clear": {"endpoint": "subscription", "force": False},
    "PUT /v1/admin/platform": {
        "settings": {"component_appid": "wx0123456789abcdef", "component_secret": "SECRET", "token": "TOKEN"}
    },
    "POST /v1/admin/platform/links": {"channel": "wechatoa123", "type": "wechatoa", "grants": ["shop"]},
    "POST /v1/admin/operators": {"name": "zhangsan", "role": "viewer", "token": True},
    "PUT /v1/admin/operators/{operator_id}": {"role": "operator"},
    "POST /v1/admin/callbacks": {"application": "shop", "url": "https://shop.example/receipts"},
    "POST /v1/admin/callbacks/{callback_id}/replay": {"since": 1800000000},
    "POST /v1/admin/words": {"word": "lottery"},
    "POST /v1/admin/templates": {
        "name": "Parcel",
        "variables": [{"name": "order", "sample": "A1"}],
        "channels": {"wechatmp": {"template_id": "TEMPLATE", "data": {"thing1": {"value": "{{order}}"}}}},
    },
    "POST /v1/admin/rules": {
        "name": "Mini program first",
        "steps": [
            {"channels": ["wechatmp"], "on": ["unreachable", "rejected"]},
            {"channels": ["wechatoa"]},
        ],
    },
}
"""The bodies of requests, by method and path."""

_PLAIN: Mapping[str, Json] = {"boolean": True, "number": 1.5, "null": None}
_WORDS: Mapping[str, Json] = {
    "address": "oMPzhangsan",
    "bind_id": "wechatmp123",
    "cause": "",
    "channel": "wechatmp123",
    "code": "wechatmp123",
    "content": "{{thing1.DATA}}",
    "errcode": "4004",
    "errmsg": "userid: is no userid.",
    "key": "thing1",
    "kind": "message",
    "label": "Thing",
    "limit": "20",
    "msgid": "0mtk1x0v9d3qk2b7h5s8w6yzta",
    "name": "Shop",
    "next": None,
    "property": "wechatmp",
    "reason": "",
    "state": "active",
    "status": "ok",
    "success": "zhangsan",
    "template_id": "TEMPLATE",
    "title": "Parcel",
    "type": "wechatmp",
    "userid": "zhangsan",
    "value": "oMPzhangsan",
}
"""By the names of members, where their type is text."""
_MOMENT = 1_800_000_000


def add_examples(document: Document) -> None:
    """Give every body in `document` that has no example one."""
    components = _within(document, "components", "schemas")
    for name, operation in _operations(document):
        request = _content(operation.get("requestBody"))
        if request is not None:
            made = BODIES.get(name) or BODIES.get(_maker(name)) or example(request["schema"], components)
            request.setdefault("example", made)
        for response in _within(operation, "responses").values():
            answer = _content(response)
            if answer is not None:
                answer.setdefault("example", example(answer["schema"], components, whole=True))


def example(schema: Json, components: Document, name: str = "", *, whole: bool = False, deep: int = 0) -> Json:
    """A value that `schema` takes; `whole`: with every member, and not only those that must be there."""
    described = _resolved(schema, components)
    for word in ("example", "const", "default"):
        if word in described:
            return described[word]
    for word in ("examples", "enum"):
        if described.get(word):
            return cast("list[Json]", described[word])[0]
    for word in ("oneOf", "anyOf", "allOf"):
        if described.get(word):
            return example(cast("list[Json]", described[word])[0], components, name, whole=whole, deep=deep)
    return _of_type(described, components, name, whole=whole, deep=deep)


def _of_type(described: Document, components: Document, name: str, *, whole: bool, deep: int) -> Json:
    type_ = described.get("type")
    type_ = type_[0] if isinstance(type_, list) else type_
    if type_ == "object":
        return dict(_members(described, components, whole=whole, deep=deep + 1))
    if type_ == "array":
        one = name if name in _WORDS else name.removesuffix("s")
        return [example(described.get("items", {}), components, one, whole=whole, deep=deep)]
    if type_ == "integer":
        return _MOMENT if name.endswith("_at") else max(1, cast("int", described.get("minimum", 1)))
    return _WORDS.get(name, name or "text") if type_ == "string" else _PLAIN.get(str(type_), {})


def _members(described: Document, components: Document, *, whole: bool, deep: int) -> Iterator[tuple[str, Json]]:
    required = cast("list[str]", described.get("required", []))
    for name, schema in _within(described, "properties").items():
        refused = isinstance(schema, dict) and "not" in schema
        wanted = whole or name in required or (isinstance(schema, dict) and "example" in schema)
        if wanted and not refused and deep < DEEPEST:
            yield name, example(schema, components, name, whole=whole, deep=deep)


DEEPEST = 6
"""Levels of an example; a schema may contain itself."""


def _maker(name: str) -> str:
    """The operation that makes what this one changes: both take the same body."""
    return name.replace("PUT", "POST").rpartition("/")[0]


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in _within(document, "paths").items():
        for method, operation in cast("Document", item).items():
            if method != "parameters":
                yield f"{method.upper()} {path}", cast("Document", operation)


def _content(body: Json) -> Document | None:
    """The JSON of a request or an answer, if it is JSON."""
    content = body.get("content") if isinstance(body, dict) else None
    found = content.get("application/json") if isinstance(content, dict) else None
    return found if isinstance(found, dict) else None


def _resolved(schema: Json, components: Document) -> Document:
    found = schema if isinstance(schema, dict) else {}
    while "$ref" in found:
        found = cast("Document", components[str(found["$ref"]).rpartition("/")[2]])
    return found


def _within(document: Document, *names: str) -> Document:
    """What stands there; nothing where nothing does."""
    for name in names:
        document = cast("Document", document.get(name, {}))
    return document
