"""The shapes of requests, by the names of the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
"""A value as it stands in a JSON document."""
Contents = Sequence[Mapping[str, Json]]
"""A `msg_…`: a list with one element."""


class CustomIds(TypedDict):
    """Addresses of one channel type, in the place of users."""

    instance: NotRequired[str]
    data: Sequence[str]


class Option(TypedDict, total=False):
    """How a message is sent."""

    sendno: str
    owner: str
    black_id: int
    white_id: int
    priority: int
    send_at: int
    time_to_live: int
    dry_run: bool


class Callback(TypedDict, total=False):
    """Where a message's receipts go."""

    url: str
    params: Mapping[str, Json]


class Audience(TypedDict, total=False):
    """Whom a message is for: users, or addresses of channel types."""

    aud_userid: Sequence[str]
    aud_tag: Sequence[str]
    aud_segment: Sequence[str]
    aud_app: Sequence[CustomIds]
    aud_wechatoa: Sequence[CustomIds]
    aud_wechatmp: Sequence[CustomIds]
    aud_sms: Sequence[CustomIds]
    aud_email: Sequence[CustomIds]
    aud_alipay_life: Sequence[CustomIds]
    aud_dingtalk_cc: Sequence[CustomIds]
    aud_wechatwk: Sequence[CustomIds]
    aud_wechatwk_linkedcorp: Sequence[CustomIds]


class Sending(TypedDict, total=False):
    """What every send may say."""

    rule_id: int
    option: Option
    callback: Callback


class Saying(TypedDict, total=False):
    """What a message says: a `msg_…` for each channel type it goes out on."""

    msg_app: Contents
    msg_wechatoa: Contents
    msg_wechatmp: Contents
    msg_sms: Contents
    msg_email: Contents
    msg_alipay_life: Contents
    msg_dingtalk_cc: Contents
    msg_wechatwk: Contents


class Broadcast(Sending, Saying, total=False):
    """A message to everyone."""


class Message(Broadcast, Audience, total=False):
    """A message to some."""


class TemplateBroadcast(Sending):
    """A message template filled in, to everyone."""

    template_id: int
    template_para: NotRequired[Mapping[str, Json]]
    app_para: NotRequired[Mapping[str, Json]]


class TemplateMessage(TemplateBroadcast, Audience):
    """A message template filled in, to some."""
