"""The events the platform pushes, and the two forms they travel in.

Official accounts get XML. Mini programs get XML or JSON, as the account's owner chose; in JSON the items of
a subscription event stand in a top-level ``List`` that is an object when there is one and an array when
there are several.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
Item = Mapping[str, Value]

WRAPPERS: Mapping[str, str] = {
    "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
    "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    "subscribe_msg_sent_event": "SubscribeMsgSentEvent",
}


class Event(NamedTuple):
    """Something that happened to one person. ``at`` is seconds since the epoch."""

    openid: str
    name: str
    at: int
    fields: Item
    items: tuple[Item, ...] = ()
    form: str = "xml"
    """``xml`` or ``json``."""
    whole: bool = False
    """The fields are all there is: nothing is said of a person."""


def template_finished(openid: str, msgid: int, status: str, at: int) -> Event:
    """The result of a template message. ``status`` is verbatim: ``success``, ``failed:user block``, …"""
    return Event(openid, "TEMPLATESENDJOBFINISH", at, {"MsgID": msgid, "Status": status})


def subscription_sent(openid: str, template_id: str, msgid: int, outcome: str, at: int, form: str) -> Event:
    """The result of a subscription message. The code of a failure is not published: the sandbox says 1."""
    item: Item = {
        "TemplateId": template_id,
        "MsgID": str(msgid),
        "ErrorCode": "0" if outcome == "success" else "1",
        "ErrorStatus": outcome,
    }
    return Event(openid, "subscribe_msg_sent_event", at, {}, (item,), form)


def original_id(appid: str) -> str:
    """The ``gh_…`` name of an account, derived from its appid."""
    return "gh_" + hashlib.sha256(appid.encode()).hexdigest()[:12]


def letter(openid: str, appid: str, at: int, words: Item) -> dict[str, Value]:
    """The members of what a person writes to an account."""
    return {"ToUserName": original_id(appid), "FromUserName": openid, "CreateTime": at, **words}


def document(event: Event, appid: str) -> dict[str, Value]:
    """The members of the event, items in the place where its form has them."""
    if event.whole:
        return dict(event.fields)
    members: dict[str, Value] = {
        "ToUserName": original_id(appid),
        "FromUserName": event.openid,
        "CreateTime": event.at,
        "MsgType": "event",
        "Event": event.name,
        **event.fields,
    }
    if event.items and event.form == "json":
        members["List"] = event.items[0] if len(event.items) == 1 else event.items
    elif event.items:
        members[WRAPPERS.get(event.name, "Items")] = {"List": event.items}
    return members


def written(members: Mapping[str, Value], form: str) -> str:
    """The push body in its form."""
    if form == "json":
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return "<xml>" + "".join(_element(name, value) for name, value in members.items()) + "</xml>"


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        safe = value.replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{safe}]]></{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>" + "".join(_element(*member) for member in value.items()) + f"</{name}>"
    if isinstance(value, Sequence):
        return "".join(_element(name, entry) for entry in value)
    return f"<{name}>{'' if value is None else value}</{name}>"
