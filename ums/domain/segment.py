"""A segment's filter: which users it takes in, by their tags and by what is bound to them.

As JSON a filter is an object with exactly one member: `{"all": […]}`, `{"any": […]}` and `{"not": …}` hold
other filters; `{"tag": ["vip", "gold"]}` (carries one of them), `{"has": "phone"}`, `{"hasnt": "wechatmp"}`
and `{"bound_on": "wechatmp123"}` are questions about one user.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ums.domain.address import TAG, TAG_BYTES, TAG_RULE
from ums.domain.audience import MOST_TAGS
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.shown import shown
from ums.domain.wire import PROPERTIES

T = TypeVar("T")

DEEPEST = 5
"""Filters within one another, the outermost and the innermost counted."""
MOST_QUESTIONS = 50

PATH = "filter"
"""Where a filter stands in a segment; errors name what is wrong from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The user carries one of these tags."""

    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Has:
    """A value of this property is bound to the user, and in use."""

    property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hasnt:
    """None is."""

    property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundOn:
    """The user has an address in use on the channel with this code."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The filter doesn't take the user in."""

    filter: Filter


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf:
    """Each of the filters takes the user in."""

    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """One of the filters takes the user in."""

    filters: tuple[Filter, ...]


Question = Tagged | Has | Hasnt | BoundOn
Filter = Question | Not | AllOf | AnyOf


def filter_item(wanted: Filter) -> dict[str, Json]:
    """The filter as JSON."""
    match wanted:
        case Tagged(tags=tags):
            return {"tag": list(tags)}
        case Has(property=name):
            return {"has": name}
        case Hasnt(property=name):
            return {"hasnt": name}
        case BoundOn(channel=code):
            return {"bound_on": code}
        case Not(filter=inner):
            return {"not": filter_item(inner)}
        case AllOf(filters=filters):
            return {"all": [filter_item(inner) for inner in filters]}
        case AnyOf(filters=filters):
            return {"any": [filter_item(inner) for inner in filters]}


def questions(wanted: Filter, path: str = PATH) -> Iterator[tuple[str, Question]]:
    """The questions that a filter is made of, in order, each with its path."""
    match wanted:
        case Not(filter=inner):
            yield from questions(inner, f"{path}.not")
        case AllOf(filters=filters) | AnyOf(filters=filters):
            word = "all" if isinstance(wanted, AllOf) else "any"
            for index, inner in enumerate(filters):
                yield from questions(inner, f"{path}.{word}.{index}")
        case Tagged() | Has() | Hasnt() | BoundOn():
            (word,) = filter_item(wanted)
            yield f"{path}.{word}", wanted


def tags_of(wanted: Filter) -> tuple[str, ...]:
    """The tags that a filter asks for, once each."""
    asked = (asked.tags for _, asked in questions(wanted) if isinstance(asked, Tagged))
    return tuple(dict.fromkeys(tag for tags in asked for tag in tags))


def channels_of(wanted: Filter) -> dict[str, str]:
    """The channel codes that a filter asks for, each by its path."""
    return {path: asked.channel for path, asked in questions(wanted) if isinstance(asked, BoundOn)}


def needed_tags(wanted: Filter) -> tuple[str, ...] | None:
    """Tags of which everyone in the segment carries one, so that they may be looked for first; None: unknown."""
    if isinstance(wanted, Tagged):
        return wanted.tags
    if isinstance(wanted, AllOf):
        return next((tags for inner in wanted.filters if (tags := needed_tags(inner)) is not None), None)
    return None


def read_filter(document: object) -> Filter:
    """The filter that an operator wrote. Raises InvalidRequest that names by its path what is wrong."""
    read = _read(document, PATH, 1)
    asked = sum(1 for _ in questions(read))
    if asked > MOST_QUESTIONS:
        raise _wrong(PATH, f"asks {asked} questions; at most {MOST_QUESTIONS} are taken")
    return read


def _read(document: object, path: str, depth: int) -> Filter:
    if depth > DEEPEST:
        raise _wrong(path, f"is nested too deep; at most {DEEPEST} filters stand within one another")
    if not isinstance(document, dict) or len(document) != 1:
        raise _wrong(path, f"must be an object with exactly one of {', '.join(_WORDS)}")
    word, value = next(iter(document.items()))
    if word not in _WORDS:
        raise _wrong(path, f"{shown(word)!r} is unknown here; known are {', '.join(_WORDS)}")
    return _WORDS[word](value, f"{path}.{word}", depth)


def _filters(value: object, path: str, depth: int) -> tuple[Filter, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_QUESTIONS:
        raise _wrong(path, f"must be a list of 1 to {MOST_QUESTIONS} filters")
    return _each(value, lambda item, index: _read(item, f"{path}.{index}", depth + 1))


def _tagged(value: object, path: str, _: int) -> Filter:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_TAGS:
        raise _wrong(path, f"must be a list of 1 to {MOST_TAGS} tags")
    return Tagged(tags=tuple(dict.fromkeys(_each(value, lambda item, index: _tag(item, f"{path}.{index}")))))


def _tag(value: object, path: str) -> str:
    if isinstance(value, str) and TAG.fullmatch(value) and len(value.encode()) <= TAG_BYTES:
        return value
    raise _wrong(path, f"must be a tag: {TAG_RULE}, at most {TAG_BYTES} bytes in UTF-8")


def _property(value: object, path: str) -> str:
    if isinstance(value, str) and value in PROPERTIES:
        return value
    raise _wrong(path, f"must be a property: one of {', '.join(PROPERTIES)}")


def _bound_on(value: object, path: str, _: int) -> Filter:
    if isinstance(value, str) and value:
        return BoundOn(channel=value)
    raise _wrong(path, "must be the code of a channel")


_WORDS: Mapping[str, Callable[[object, str, int], Filter]] = {
    "all": lambda value, path, depth: AllOf(filters=_filters(value, path, depth)),
    "any": lambda value, path, depth: AnyOf(filters=_filters(value, path, depth)),
    "not": lambda value, path, depth: Not(filter=_read(value, path, depth + 1)),
    "tag": _tagged,
    "has": lambda value, path, _: Has(property=_property(value, path)),
    "hasnt": lambda value, path, _: Hasnt(property=_property(value, path)),
    "bound_on": _bound_on,
}


def _each(items: Sequence[object], read: Callable[[object, int], T]) -> tuple[T, ...]:
    """What `read` makes of each item and its index. Raises InvalidRequest with what is wrong with any of them."""
    made: list[T] = []
    errors: dict[str, list[str]] = {}
    for index, item in enumerate(items):
        try:
            made.append(read(item, index))
        except InvalidRequest as wrong:
            errors.update(wrong.errors)
    if errors:
        raise _refused(errors)
    return tuple(made)


def _wrong(path: str, text: str) -> InvalidRequest:
    return _refused({path: [text]})


def _refused(errors: dict[str, list[str]]) -> InvalidRequest:
    path, texts = next(iter(errors.items()))
    return InvalidRequest(f"{path}: {texts[0]}.", errors=errors)
