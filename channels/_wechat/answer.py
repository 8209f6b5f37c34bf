"""Reading what the platform answers, which is not always what its pages say.

Business errors come as HTTP 200 with `errcode`; success often without one. The content type can't be relied
on, the text may hold invalid UTF-8 and raw control characters, and what answers may not be the platform at
all: a proxy's page, a portal's, half a document. What can't be understood is never taken for a yes or a no.
"""

from __future__ import annotations

import json
import re
from typing import TypeGuard

from channels._wechat.codes import Operation, no_answer, refusal, unreadable
from ums.sdk.call import Json, Reply
from ums.sdk.errors import SendError

Answer = dict[str, Json]

STALE_TOKEN = frozenset({40001, 40014, 42001})
"""The token was refused: it may have expired, or another one has taken its place."""

CODE_LIMIT = 2**31
_DIGITS = re.compile(r"-?[0-9]{1,10}")
_LENIENT = json.JSONDecoder(strict=False)
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_TAKEN = re.compile(rb'\{"errcode":0,"errmsg":"ok","msgid":([1-9][0-9]{0,18})\}')
"""What nearly every send is answered, to the byte."""


def read(reply: Reply, operation: Operation) -> tuple[int, Answer]:
    """The errcode (0: success) and the whole answer. Raises the `SendError` for anything unintelligible.

    For a send, silence about `errcode` is not success: every documented answer to one has it.
    """
    status, body = reply
    if not 200 <= status < 300:
        raise _by_status(reply, operation)
    taken = _TAKEN.fullmatch(body)
    if taken is not None:
        # the same as below, in a tenth of the time
        return 0, {"errcode": 0, "errmsg": "ok", "msgid": int(taken[1])}
    answer = _parsed(body)
    if not isinstance(answer, dict):
        raise unreadable(operation, _shown(reply, operation))
    code = _code(answer.get("errcode")) if operation.sends or "errcode" in answer else 0
    if code is None:
        raise unreadable(operation, _shown(reply, operation))
    return code, answer


def refused(code: int, answer: Answer, operation: Operation) -> SendError:
    """The error for an answer whose errcode isn't 0."""
    words = answer.get("errmsg")
    return refusal(code, words if isinstance(words, str) else "", operation)


def message_id(answer: Answer) -> str | None:
    """The number the receipt will carry: a 64-bit integer, kept as text; None where there is none."""
    value = answer.get("msgid")
    if is_whole(value):
        return str(value) if 0 < value < 2**64 else None
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def is_whole(value: Json) -> TypeGuard[int]:
    """Whether a value is an integer; Python counts truth values among them, JSON doesn't."""
    return isinstance(value, int) and not isinstance(value, bool)


def _by_status(reply: Reply, operation: Operation) -> SendError:
    """A server's fault leaves a send unknown; a refusal or a redirection means it was not acted on."""
    if reply.status >= 500 or reply.status < 200:
        return unreadable(operation, _shown(reply, operation))
    return no_answer(reply.status, _shown(reply, operation))


def _parsed(body: bytes) -> Json:
    try:
        value: Json = _LENIENT.decode(body.decode(errors="ignore").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value


def _code(value: Json) -> int | None:
    """An errcode, also where it comes as text; None for what can't be one."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return value if is_whole(value) and abs(value) < CODE_LIMIT else None


def _shown(reply: Reply, operation: Operation) -> str:
    """What came, for the operator; nothing of an answer that may hold a token or tell who somebody is."""
    text = "" if operation.is_private else reply.body[:2048].decode(errors="replace")
    return f"HTTP {reply.status} {text}".strip()
