"""Where a value is taken that is meant well but written otherwise: as clients of the hosted UMS write it."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import pre_load

from ums.api.schemas.strict import StrictSchema, Text
from ums.domain.commands import Json


class LenientSchema(StrictSchema):
    """A strict schema that takes what many languages send for a member that isn't there as just that.

    Null counts as left out; so does 0 in `numbered`, whose smallest number is 1; and an empty list in the place of
    the whole object is one without members, as PHP writes it.
    """

    numbered: ClassVar[frozenset[str]] = frozenset()

    @pre_load
    def leave_out_what_is_not_there(self, data: object, **_: object) -> object:
        """The members that are there."""
        if data == []:
            return {}
        if not isinstance(data, dict):
            return data
        return {name: value for name, value in data.items() if not self._is_nothing(name, value)}

    def _is_nothing(self, name: str, value: Json) -> bool:
        return value is None or (name in self.numbered and value == 0 and not isinstance(value, bool))


class Mark(Text):
    """A text that many callers hold as a number; a whole number is taken as its text."""

    def read(self, value: object) -> str:
        return super().read(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)

    def json_schema(self) -> dict[str, Json]:
        return {**super().json_schema(), "type": ["string", "integer"]}
