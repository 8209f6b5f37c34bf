"""Schemas and fields that take a value as it is meant or not at all, and say what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, ClassVar, Protocol, runtime_checkable

from marshmallow import Schema, ValidationError, fields, missing

from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest
from ums.domain.shown import shown

SOMETIMES = "sometimes"
"""In a field's metadata: an answer may lack this member. The others are always there, if only as null."""


MOST_NARROWED = 256
"""Combinations of members for which a schema keeps a narrowed copy of itself."""


@runtime_checkable
class SaysWhatItTakes(Protocol):
    """A field that knows its own JSON Schema, for the API's description."""

    def json_schema(self) -> dict[str, Json]:
        """What is taken, or given, as JSON Schema says it."""


class StrictSchema(Schema):
    """An object with these members and no others."""

    may_be_left_out: ClassVar[bool] = False
    """Whether a body of this kind needn't be sent at all."""

    def __init__(self) -> None:
        super().__init__()
        self.error_messages["type"] = "must be an object"
        known = ", ".join(self.fields)
        self.error_messages["unknown"] = f"is unknown here; known are {known or 'none'}"
        self._narrowed: dict[frozenset[str], StrictSchema] = {}

    def load(self, data: Mapping[str, Json], **options: Any) -> Any:  # type: ignore[override]
        """As marshmallow does, without asking each of the many members that weren't given."""
        if not isinstance(data, dict):
            return super().load(data, **options)
        given = frozenset(name for name in data if name in self.load_fields)
        narrowed = self._narrowed.get(given)
        if narrowed is None:
            narrowed = self._narrow(given)
            if len(self._narrowed) < MOST_NARROWED:
                self._narrowed[given] = narrowed
        return Schema.load(narrowed, data, **options)

    def _narrow(self, given: frozenset[str]) -> StrictSchema:
        """The schema with those members alone that a load with just these given has to look at."""
        narrowed = copy(self)
        narrowed.load_fields = {
            name: member
            for name, member in self.load_fields.items()
            if name in given or member.required or member.load_default is not missing
        }
        return narrowed


class Text(fields.Field[str]):
    """A text of `shortest` to `longest` characters."""

    def __init__(
        self,
        *,
        shortest: int = 0,
        longest: int = 255,
        required: bool = False,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(required=required, metadata=metadata)
        self.error_messages |= {"required": "is missing; give a text", "null": "must be a text, not null"}
        self.shortest, self.longest = shortest, longest

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> str:
        return self.read(value)

    def read(self, value: object) -> str:
        """The text, if it is one. Raises ValidationError."""
        if not isinstance(value, str):
            raise ValidationError(f"must be a text, not {kind(value)}")
        if len(value) > self.longest:
            raise ValidationError(f"must be at most {self.longest} characters long, not {len(value)}")
        if len(value) < self.shortest:
            raise ValidationError(
                "must not be empty" if self.shortest == 1 else f"must be {self.shortest} or longer"
            )
        return value

    def json_schema(self) -> dict[str, Json]:
        return {"type": "string", "minLength": self.shortest, "maxLength": self.longest}


class Whole(fields.Field[int]):
    """A whole number from `smallest` to `largest`, written as one: `"1"`, `1.0` and `true` are none."""

    def __init__(
        self,
        smallest: int,
        largest: int,
        *,
        load_default: int | None = None,
        required: bool = False,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        default = missing if load_default is None else load_default
        super().__init__(metadata=metadata, load_default=default, required=required)
        said = {"required": "is missing; give a whole number", "null": "must be a whole number, not null"}
        self.error_messages |= said
        self.smallest = smallest
        self.largest = largest

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError(f"must be a whole number, not {kind(value)}")
        if not self.smallest <= value <= self.largest:
            raise ValidationError(f"must be from {self.smallest} to {self.largest}, not {value}")
        return value

    def json_schema(self) -> dict[str, Json]:
        return {"type": "integer", "minimum": self.smallest, "maximum": self.largest}


class WholeInQuery(Whole):
    """A whole number in a query, where everything is text."""

    def _deserialize(self, value: object, attr: str | None, data: object, **named: object) -> int:
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
            return super()._deserialize(int(value), attr, data, **named)
        raise ValidationError(f"must be a whole number from {self.smallest} to {self.largest}")


class Flag(fields.Field[bool]):
    """True or false, written as one: `1` and `"true"` are none."""

    def __init__(self, *, metadata: Mapping[str, object] | None = None) -> None:
        super().__init__(metadata=metadata)
        self.error_messages["null"] = "must be true or false, not null"

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"must be true or false, not {kind(value)}")
        return value

    def json_schema(self) -> dict[str, Json]:
        return {"type": "boolean"}


class FlagInQuery(Flag):
    """True or false in a query, where everything is text."""

    def _deserialize(self, value: object, attr: str | None, data: object, **named: object) -> bool:
        if value not in {"true", "false"}:
            raise ValidationError("must be true or false")
        return value == "true"


class OneOfWords(Text):
    """One of a closed list of words."""

    def __init__(
        self, words: Sequence[str], *, required: bool = False, metadata: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(required=required, metadata=metadata)
        self.words = tuple(str(word) for word in words)

    def read(self, value: object) -> str:
        text = super().read(value)
        if text not in self.words:
            raise ValidationError(f"must be one of {', '.join(self.words)}, not {kind(value)}")
        return text

    def json_schema(self) -> dict[str, Json]:
        return {"type": "string", "enum": list(self.words)}


class WordList(fields.Field[list[str]]):
    """A list of texts."""

    def __init__(
        self,
        item: Text,
        *,
        shortest: int = 0,
        longest: int = 1000,
        required: bool = False,
        metadata: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(required=required, metadata=metadata)
        self.error_messages |= {"required": "is missing; give a list", "null": "must be a list, not null"}
        self.item, self.shortest, self.longest = item, shortest, longest

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> list[str]:
        return self.read(value)

    def read(self, value: object) -> list[str]:
        """The texts, if they are a list of them. Raises ValidationError."""
        if not isinstance(value, list):
            raise ValidationError(f"must be a list of texts, not {kind(value)}")
        if not self.shortest <= len(value) <= self.longest:
            raise ValidationError(f"must hold {self.shortest} to {self.longest} texts, not {len(value)}")
        read: list[str] = []
        wrong: dict[str, list[str]] = {}
        for index, item in enumerate(value):
            try:
                read.append(self.item.read(item))
            except ValidationError as error:
                wrong[str(index)] = [str(text) for text in error.messages]
        if wrong:
            raise ValidationError(wrong)
        return read

    def json_schema(self) -> dict[str, Json]:
        items = self.item.json_schema()
        return {"type": "array", "items": items, "minItems": self.shortest, "maxItems": self.longest}


class Members(fields.Field[dict[str, Json]]):
    """An object whose members are the caller's own."""

    def __init__(self, *, metadata: Mapping[str, object] | None = None) -> None:
        super().__init__(metadata=metadata)
        self.error_messages["null"] = "must be an object, not null"

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> dict[str, Json]:
        if value == []:
            return {}  # as PHP writes an object without members
        if not isinstance(value, dict):
            raise ValidationError(f"must be an object, not {kind(value)}")
        return value

    def json_schema(self) -> dict[str, Json]:
        return {"type": "object"}


class Seconds(fields.Field[float]):
    """A moment of ours in an answer: whole unix seconds; with `allow_none`, null where it hasn't come."""

    def _serialize(self, value: float | None, attr: str | None, obj: object, **_: object) -> int | None:
        return None if value is None else int(value)

    def json_schema(self) -> dict[str, Json]:
        return {"type": "integer"}


class NextPage(fields.String):
    """Where the next page of a list begins."""

    def __init__(self) -> None:
        super().__init__(allow_none=True, metadata={"description": "Where the next page begins; null at the end."})


def check_same_id(given: int | None, path_id: int) -> None:
    """Raises InvalidRequest where a body names another id than the path does."""
    if given not in {None, path_id}:
        text = f"is {given}, but the path says {path_id}; leave it out, or make them equal"
        raise InvalidRequest(f"id: {text}", errors={"id": [text]})


def kind(value: object) -> str:
    """What a JSON value is, for a sentence."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return f"the text {shown(value)!r}"
    return "a list" if isinstance(value, list) else "an object"
