"""Messages that fit the sandbox's built-in templates."""

from __future__ import annotations

from typing import NamedTuple

from sandbox import paths

MP_TEMPLATE = "sandbox_mp_order_shipped_000000000000000001"
OA_TEMPLATE = "sandbox_oa_order_shipped_000000000000000001"
MP_VALUES = {"character_string1": "SO20260101", "phrase2": "已发货", "thing3": "请留意查收"}
OA_VALUES = {"character_string1": "SO20260101", "thing2": "绿茶", "time3": "2026年1月1日 15:01"}


class Way(NamedTuple):
    """One of the three ways to send, with a message that fits."""

    path: str
    template_id: str
    values: dict[str, str]
    templates_member: str
    id_member: str


TEMPLATE = Way(paths.TEMPLATE_SEND, OA_TEMPLATE, OA_VALUES, "templates", "template_id")
NOTICE = Way(paths.BIZSEND, MP_TEMPLATE, MP_VALUES, "subscription_templates", "priTmplId")
SUBSCRIBE = Way(paths.SUBSCRIBE_SEND, MP_TEMPLATE, MP_VALUES, "subscription_templates", "priTmplId")
WAYS = (TEMPLATE, NOTICE, SUBSCRIBE)
