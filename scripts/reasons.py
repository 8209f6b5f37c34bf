"""Writes docs/reasons.md and docs/reasons.zh-CN.md: what the plugins know, and what makes people reachable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ums.domain.remedies import REMEDIES
from ums.registry import Registry
from ums.sdk.explanation import Explanation
from ums.sdk.plugin import HasExplanations

DOCS = Path(__file__).parents[1] / "docs"
ENGLISH = """\
# Why a delivery ended as it did

The `reason` of a delivery, with the provider's own number beside it. The provider's raw words are kept with
every attempt. This page is written by `python scripts/reasons.py` out of the channel plugins.

What follows from each: **Transient** is tried again by itself. **Throttled** waits for the provider's quota.
**BadChannel** parks the channel, or one of its endpoints, until an operator acts; the queue is kept.
**BadAddress** and **BadContent** reject the delivery, and the rule may move on to another channel.
**Uncertain** is repeated only where the provider drops repeats, else the delivery is `unconfirmed`.
What is seen only in receipts has none.

| number | reason | channels | where | class | meaning | what to do |
|---|---|---|---|---|---|---|"""
CHINESE = """\
# 投递结果的原因

投递记录中的 `reason`，旁边是服务商自己的错误码；每次尝试都保留服务商的原话。
本页由 `python scripts/reasons.py` 根据各通道插件生成。

各类的处理：**Transient** 自动重试；**Throttled** 等待服务商配额恢复；
**BadChannel** 挂起通道（或其中一个接口），等运营人员处理，队列保留；
**BadAddress** 与 **BadContent** 判定投递被拒，发送策略可以改走其他通道；
**Uncertain** 仅在服务商会去重时重发，否则记为 `unconfirmed`。只出现在回执里的原因没有类别。

| 错误码 | 原因 | 通道 | 场合 | 类别 | 含义 | 处理 |
|---|---|---|---|---|---|---|"""

ENGLISH_REACH = """
## Why a person can't be reached now

The reasons of `GET /v1/user/{userid}/reach` ([api.md](api.md)), in the order in which a message would meet them.

| reason | when | what would make it work |
|---|---|---|"""
CHINESE_REACH = """
## 为什么现在无法触达某人

`GET /v1/user/{userid}/reach` 给出的原因，按消息会遇到的先后顺序排列。

| 原因 | 何时 | 怎样才能触达 |
|---|---|---|"""


def explained() -> dict[Explanation, list[str]]:
    """Every explanation, with the channel types that give it."""
    found: dict[Explanation, list[str]] = {}
    for plugin in Registry.load():
        for item in plugin.explanations() if isinstance(plugin, HasExplanations) else ():
            found.setdefault(item, []).append(plugin.info.key)
    return found


def rows(*, chinese: bool) -> Iterator[str]:
    for item, types in explained().items():
        number = "" if item.provider_code is None else item.provider_code
        kind = item.raises.__name__ if item.raises else ""
        text, hint = (item.text_zh, item.hint_zh) if chinese else (item.text, item.hint)
        yield f"| {number} | `{item.reason}` | {' '.join(types)} | {item.when} | {kind} | {text} | {hint} |"


def remedies(*, chinese: bool) -> Iterator[str]:
    for each in REMEDIES:
        when, fix = (each.when_zh, each.fix_zh) if chinese else (each.when, each.fix)
        yield f"| `{each.reason}` | {when} | {fix} |"


def pages() -> dict[Path, str]:
    """Each page's path and text."""
    return {
        DOCS / "reasons.md": _page(ENGLISH, ENGLISH_REACH, chinese=False),
        DOCS / "reasons.zh-CN.md": _page(CHINESE, CHINESE_REACH, chinese=True),
    }


def _page(head: str, reach: str, *, chinese: bool) -> str:
    return "\n".join([head, *rows(chinese=chinese), reach, *remedies(chinese=chinese)]) + "\n"


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
