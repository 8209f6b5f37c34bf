"""Templates as the platform lists them, and the keys hidden in their content.

An account that nobody configured, or that was configured without templates, has the built-in lists below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
UNTYPED_OLD_KEYS = frozenset({"first", "remark"})
"""Gone since 2023-05-04: old contents still show them, nobody has to fill them."""


class Template(NamedTuple):
    """One template: its id, the keys a send must fill, allowed values of enum keys, and the listed text."""

    id: str
    keys: tuple[str, ...]
    choices: Mapping[str, frozenset[str]]
    listed: Mapping[str, object]


def template_message(listed: Mapping[str, object]) -> Template:
    """A template of the official account's template messages (``template_id``)."""
    return _template(str(listed["template_id"]), listed)


def subscription_template(listed: Mapping[str, object]) -> Template:
    """A template of subscription messages and notices (``priTmplId``)."""
    return _template(str(listed["priTmplId"]), listed)


def _template(template_id: str, listed: Mapping[str, object]) -> Template:
    keys = dict.fromkeys(PLACEHOLDER.findall(str(listed.get("content", ""))))
    needed = tuple(key for key in keys if key not in UNTYPED_OLD_KEYS)
    return Template(template_id, needed, _choices(listed.get("keywordEnumValueList")), listed)


def _choices(enumerations: object) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for entry in enumerations if isinstance(enumerations, list) else []:
        code, values = entry.get("keywordCode"), entry.get("enumValueList")
        if isinstance(code, str) and isinstance(values, list):
            found[code.removesuffix(".DATA")] = frozenset(map(str, values))
    return found


def by_id(templates: Iterable[Template]) -> dict[str, Template]:
    return {template.id: template for template in templates}


BUILT_IN_TEMPLATES = by_id(
    template_message(
        {
            "template_id": template_id,
            "title": title,
            "primary_industry": "IT科技",
            "deputy_industry": "互联网|电子商务",
            "content": content,
            "example": example,
        }
    )
    for template_id, title, content, example in (
        (
            "sandbox_oa_order_shipped_000000000000000001",
            "订单发货通知",
            "订单编号:{{character_string1.DATA}}\n商品名称:{{thing2.DATA}}\n发货时间:{{time3.DATA}}\n",
            "订单编号:SO20260101\n商品名称:绿茶\n发货时间:2026年1月1日 15:01\n",
        ),
        (
            "sandbox_oa_payment_received_000000000000002",
            "付款成功通知",
            "付款金额:{{amount1.DATA}}\n付款方式:{{short_thing2.DATA}}\n付款人:{{name3.DATA}}\n",
            "付款金额:￥12.50\n付款方式:微信支付\n付款人:张三\n",
        ),
        (
            "sandbox_oa_service_alarm_000000000000000003",
            "系统告警通知",
            "告警级别:{{const1.DATA}}\n告警内容:{{thing2.DATA}}\n联系电话:{{phone_number3.DATA}}\n",
            "告警级别:严重\n告警内容:磁盘将满\n联系电话:0766-66888866\n",
        ),
    )
)

BUILT_IN_SUBSCRIPTION_TEMPLATES = by_id(
    subscription_template(
        {
            "priTmplId": template_id,
            "title": title,
            "content": content,
            "example": example,
            "type": 2,
            **more,
        }
    )
    for template_id, title, content, example, more in (
        (
            "sandbox_mp_order_shipped_000000000000000001",
            "订单发货通知",
            "订单号:{{character_string1.DATA}}\n状态:{{phrase2.DATA}}\n备注:{{thing3.DATA}}\n",
            "订单号:SO20260101\n状态:已发货\n备注:请留意查收\n",
            {},
        ),
        (
            "sandbox_mp_appointment_00000000000000000002",
            "预约提醒",
            "预约项目:{{thing1.DATA}}\n预约日期:{{date2.DATA}}\n人数:{{number3.DATA}}\n",
            "预约项目:体检\n预约日期:2026年1月1日\n人数:2\n",
            {},
        ),
        (
            "sandbox_mp_parcel_state_0000000000000000003",
            "包裹状态通知",
            "包裹:{{thing1.DATA}}\n状态:{{enum_string2.DATA}}\n",
            "包裹:绿茶\n状态:运输中\n",
            {
                "keywordEnumValueList": [
                    {"keywordCode": "enum_string2.DATA", "enumValueList": ["运输中", "已签收"]},
                ]
            },
        ),
    )
)
