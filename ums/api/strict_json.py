"""Reading JSON without guessing: what two readers could understand differently is refused."""

from __future__ import annotations

import json
import re
from collections import Counter

from ums.domain.commands import Json
from ums.domain.shown import shown

DEEPEST = 64
"""Arrays and objects within one another."""
LONGEST_NUMBER = 66
"""Characters; Python refuses to read much longer ones, and no field needs them."""

_TOO_DEEP = f"it is nested more than {DEEPEST} deep"
_NO_TEXT = "holds a NUL or half of a surrogate pair"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DOUBTFUL = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|(?:\A|[:,\[\s-])[0-9](?:[0-9]{17}|[0-9.]*[eE])")
"""The escapes of a NUL and of halves of surrogate pairs; long numbers; and those with an exponent."""
_CONTAINERS = (list, dict)
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


class Malformed(Exception):
    """The text is no JSON document, or not an unambiguous one; the message says what and where."""


class _Repeating(dict[str, Json]):
    """An object in which a member stands twice."""

    member: str


class _Repeated(Exception):
    """A member stands twice in an object; which one is found by reading again."""


def parse(text: bytes) -> Json:
    """The document in `text`. Raises Malformed: not UTF-8, not JSON, a member twice, nested too deep."""
    try:
        document = _read(_QUICK, text)
    except _Repeated:
        document = _read(_THOROUGH, text)
        path = _repeated(document, DEEPEST) if isinstance(document, list | dict) else None
        raise Malformed(f"the member {path} stands twice in one object") from None
    if text.count(b"{") + text.count(b"[") > DEEPEST and _is_too_deep(document):
        raise Malformed(_TOO_DEEP)
    return document


def is_doubtful(text: bytes) -> bool:
    """Whether `value_fault` could find something in what has been parsed from `text`; else it needn't look."""
    return _DOUBTFUL.search(text) is not None


def _read(decoder: json.JSONDecoder, text: bytes) -> Json:
    try:
        document: Json = decoder.decode(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Malformed(f"it is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise Malformed(f"{what} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Malformed(_TOO_DEEP) from None
    return document


def value_fault(value: Json) -> tuple[str, str] | None:
    """The path and the fault of the first value that can't be taken, whatever the field; None if all can."""
    if isinstance(value, str):
        return ("", _NO_TEXT) if _UNSTORABLE.search(value) else None
    if isinstance(value, int):
        return None if _SMALLEST <= value <= _LARGEST else ("", "is a number beyond 64 bits")
    if isinstance(value, float):
        return None if abs(value) != float("inf") else ("", "is a number beyond all bounds")
    return _fault_within(value) if isinstance(value, list | dict) else None


def _fault_within(value: list[Json] | dict[str, Json]) -> tuple[str, str] | None:
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(name, str) and _UNSTORABLE.search(name):
            return shown(name), f"{_NO_TEXT} in its name"
        fault = value_fault(inner) if inner else None
        if fault is not None:
            return _below(name, fault[0]), fault[1]
    return None


def _is_too_deep(document: Json) -> bool:
    """Whether something stands below more levels than are taken; looked at by level, and not by value."""
    level: list[list[Json] | dict[str, Json]] = [document] if isinstance(document, _CONTAINERS) else []
    for _ in range(DEEPEST):
        if not level:
            return False
        level = [
            inner
            for held in level
            for inner in (held.values() if isinstance(held, dict) else held)
            if isinstance(inner, _CONTAINERS)
        ]
    return bool(level)


def _repeated(value: list[Json] | dict[str, Json], levels: int) -> str | None:
    """The path of a member that stands twice. Raises Malformed below `levels` more levels."""
    if isinstance(value, _Repeating):
        return shown(value.member)
    if not levels:
        raise Malformed(_TOO_DEEP)
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, list | dict) and (inner or levels == 1):
            path = _repeated(inner, levels - 1)
            if path is not None:
                return _below(name, path)
    return None


def _below(name: str | int, path: str) -> str:
    own = shown(str(name))
    return f"{own}.{path}" if path else own


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    found = _Repeating(members)
    found.member = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    return found


def _single(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Repeated
    return members


def _integer(digits: str) -> int:
    return int(digits[:LONGEST_NUMBER])


def _refuse_constant(name: str) -> Json:
    raise Malformed(f"{name} is no JSON value; leave the member out, or send a number")


_QUICK, _THOROUGH = (
    json.JSONDecoder(object_pairs_hook=of_object, parse_int=_integer, parse_constant=_refuse_constant)
    for of_object in (_single, _object)
)
"""Made once: making a reader takes longer than reading a message with it."""
