"""What the platform would refuse in the messages that fill no template: words that say nothing, or too many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from channels._wechat.account import OFF
from channels._wechat.key_types import counted
from channels.wechatoa.customer_service import CustomerServiceMessage
from channels.wechatoa.one_time import LONGEST_CONTENT, LONGEST_TITLE, OneTimeMessage
from ums.sdk.lint import CLEAN, Finding, Linted

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Characters nobody can read; words may break into lines."""


def lint(mode: str, message: CustomerServiceMessage | OneTimeMessage) -> Linted:
    """What the platform would refuse; nothing of it can be mended by clipping."""
    if mode == OFF:
        return CLEAN
    findings = tuple(Finding(path=path, text=text) for path, text in _faults(message))
    return Linted(findings=findings) if findings else CLEAN


def _faults(message: CustomerServiceMessage | OneTimeMessage) -> Iterator[tuple[str, str]]:
    if isinstance(message, CustomerServiceMessage):
        for path, text in message.texts():
            yield from _unreadable(path, text)
        return
    for path, text, most in (
        ("title", message.title, LONGEST_TITLE),
        ("data.content.value", message.content["value"], LONGEST_CONTENT),
    ):
        yield from _unreadable(path, text)
        if counted(text) > most:
            yield path, f"At most {most} characters; this counts as {counted(text)} (an emoji as 2)."


def _unreadable(path: str, text: str) -> Iterator[tuple[str, str]]:
    if not text.strip():
        yield path, "Must not be empty."
    elif _CONTROLS.search(text):
        yield path, "Must not hold control characters."
