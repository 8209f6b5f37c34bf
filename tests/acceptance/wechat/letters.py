"""What is written to people in these tests: contents that the sandbox's built-in templates take."""

from __future__ import annotations

from ums.domain.commands import Json

MINI_PROGRAM_TEMPLATE = "sandbox_mp_order_shipped_000000000000000001"
OFFICIAL_TEMPLATE = "sandbox_oa_order_shipped_000000000000000001"

SUBSCRIPTION: dict[str, Json] = {
    "template_id": MINI_PROGRAM_TEMPLATE,
    "data": {"character_string1": {"value": "SO1"}, "phrase2": {"value": "已发货"}, "thing3": {"value": "请查收"}},
}
"""A mini program's subscription message; an official account's notice has the same template."""

TEMPLATE_MESSAGE: dict[str, Json] = {
    "type": 0,
    "template_id": OFFICIAL_TEMPLATE,
    "data": {
        "character_string1": {"value": "SO1"},
        "thing2": {"value": "绿茶"},
        "time3": {"value": "2026年1月1日 15:01"},
    },
}
NOTICE: dict[str, Json] = {"type": 1, **SUBSCRIPTION}
ONE_TIME: dict[str, Json] = {
    "type": 3,
    "template_id": "T1",
    "scene": 7,
    "title": "A parcel",
    "data": {"content": {"value": "It has come."}},
}
