"""What comes in and what goes out: the two values every platform endpoint is a function between."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sandbox.errors import Refused
from sandbox.events import Event


class Asked(NamedTuple):
    """One call to the platform. ``now`` is seconds since the epoch; the path has no query."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes
    ip: str
    now: float


class Answer(NamedTuple):
    """What the platform says. ``errcode`` is None where the body carries no JSON at all."""

    body: bytes
    errcode: int | None = 0
    status: int = 200
    openid: str = ""
    event: Event | None = None
    """What the platform pushes afterwards."""
    holds: str = ""
    """The openid that no second call may use until this one is answered."""


def as_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def document_in(body: bytes) -> dict[str, object]:
    """The JSON object in a request body; 44002 when it is empty, 47001 when it is anything else."""
    if not body:
        raise Refused(44002)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(47001) from None
    if not isinstance(document, dict):
        raise Refused(47001)
    return document


def text_in(document: Mapping[str, object], name: str) -> str:
    """The member as a text; anything that is not a text counts as missing."""
    value = document.get(name)
    return value if isinstance(value, str) else ""


def openid_in(asked: Asked) -> str:
    """Whom a call is about, however broken it is; empty when it does not say."""
    if asked.method == "GET":
        return asked.query.get("openid", "")
    try:
        return text_in(document_in(asked.body), "touser")
    except Refused:
        return ""
