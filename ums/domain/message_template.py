"""A message template (通用模板): what a message says on every channel, with places for one set of values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypedDict

from ums.domain.errors import InvalidRequest, first_of
from ums.domain.json import Json
from ums.domain.placeholders import ESCAPE, Content, Spot, spots
from ums.domain.shown import shown
from ums.domain.wire import CHANNEL_TYPES

FieldTexts = dict[str, list[str]]
"""What is wrong, by path."""

NAME = re.compile(r"[\w-]{1,32}")
NAME_RULE = "1 to 32 letters, digits, - and _"
LONGEST_VALUE = 10_000
"""Characters."""
MOST_VARIABLES = 100
MOST_PLACES = 500
"""With the longest value they bound what one template can grow to."""
LONGEST_CONTENTS = 100_000
"""Characters of all contents together, as JSON."""
DEEPEST = 32
"""Arrays and objects within one another in a content."""

_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A value that a sender gives; one that isn't required stands for `default`, or for nothing."""

    name: str
    label: str = ""
    sample: str = ""
    required: bool = True
    default: str | None = None


class VariableItem(TypedDict):
    """A variable as JSON."""

    name: str
    label: str
    sample: str
    required: bool
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTemplate:
    """Variables, and for each channel type the content that they are put into."""

    variables: tuple[Variable, ...]
    channels: Mapping[str, Content]

    @property
    def types(self) -> tuple[str, ...]:
        """The channel types it has a content for, in the contract's order."""
        return tuple(type_ for type_ in CHANNEL_TYPES if type_ in self.channels)

    def says(self, other: MessageTemplate) -> bool:
        """Whether both say the same; compared as JSON, since Python alone takes `true` for 1."""
        return self.variables == other.variables and _json(self.channels) == _json(other.channels)


def variable_item(variable: Variable) -> VariableItem:
    """The variable as JSON, in the admin API's shape."""
    return {
        "name": variable.name,
        "label": variable.label,
        "sample": variable.sample,
        "required": variable.required,
        "default": variable.default,
    }


def sample_values(variables: Iterable[Variable]) -> dict[str, str]:
    """Every variable's sample."""
    return {variable.name: variable.sample for variable in variables}


def values_of(variables: Collection[Variable], given: Mapping[str, Json], at: str) -> dict[str, str]:
    """A text for every variable: what is given, else its default; what is given beyond them has no effect.

    Raises InvalidRequest naming, below the path `at`, every value that is missing or no text.
    """
    values: dict[str, str] = {}
    errors: FieldTexts = {}
    for variable in variables:
        try:
            values[variable.name] = _value_of(variable, given)
        except ValueError as error:
            errors[f"{at}.{variable.name}"] = [str(error)]
    if errors:
        raise InvalidRequest(f"The values don't fit the message template: {first_of(errors)}", errors=errors)
    return values


def surplus_in(variables: Collection[Variable], given: Iterable[str], at: str) -> FieldTexts:
    """What to say of each value, by its path below `at`, that no variable is there for."""
    names = {variable.name: None for variable in variables}
    text = f"is unknown; the template's variables are {', '.join(names) or 'none'}"
    return {f"{at}.{shown(name)}": [text] for name in given if name not in names}


def _value_of(variable: Variable, given: Mapping[str, Json]) -> str:
    if variable.name in given:
        return as_text(given[variable.name])
    if variable.required:
        label = f" ({variable.label})" if variable.label else ""
        raise ValueError(f"is missing; the message template needs a text or a number{label}")
    return variable.default or ""


def as_text(value: Json) -> str:
    """A value as it is put in: text as it stands, a number as JSON writes it. Raises ValueError with a sentence."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("must be a text or a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) > LONGEST_VALUE:
        raise ValueError(f"must be at most {LONGEST_VALUE} characters long, not {len(text)}")
    if _UNENCODABLE.search(text):
        raise ValueError("holds a NUL or half of a surrogate pair")
    return text


def faults(template: MessageTemplate) -> FieldTexts:
    """What is wrong with a template in itself, by path; what its channels say to it is another question."""
    found = _variable_faults(template.variables)
    if not template.channels:
        found["channels"] = ["must hold the content of at least one channel type"]
    for type_, content in template.channels.items():
        if _too_deep(dict(content), DEEPEST):
            found[f"channels.{type_}"] = [f"is nested more than {DEEPEST} deep"]
    # the rest walks through the contents, which it couldn't if they were bottomless
    return found or {**_size_faults(template), **_place_faults(template)}


def unused(template: MessageTemplate) -> dict[str, str]:
    """The variables that no content has a place for: path → name."""
    used = {name for spot in _all_spots(template) for name in spot.places}
    names = (variable.name for variable in template.variables)
    return {f"variables.{index}": name for index, name in enumerate(names) if name not in used}


def _variable_faults(variables: tuple[Variable, ...]) -> FieldTexts:
    if len(variables) > MOST_VARIABLES:
        return {"variables": [f"must be at most {MOST_VARIABLES}, not {len(variables)}"]}
    found: FieldTexts = {}
    seen: set[str] = set()
    for index, variable in enumerate(variables):
        if not NAME.fullmatch(variable.name):
            found[f"variables.{index}.name"] = [f"must be {NAME_RULE}"]
        elif variable.name in seen:
            found[f"variables.{index}.name"] = [f"stands twice: {variable.name}"]
        elif variable.required and variable.default is not None:
            text = "never applies to a required variable; leave it out, or make required false"
            found[f"variables.{index}.default"] = [text]
        seen.add(variable.name)
    return found


def _size_faults(template: MessageTemplate) -> FieldTexts:
    length = len(_json(template.channels))
    if length > LONGEST_CONTENTS:
        return {"channels": [f"must be at most {LONGEST_CONTENTS} characters of JSON, not {length}"]}
    places = sum(len(spot.places) for spot in _all_spots(template))
    return {"channels": [f"must hold at most {MOST_PLACES} places, not {places}"]} if places > MOST_PLACES else {}


def _place_faults(template: MessageTemplate) -> FieldTexts:
    known = {variable.name for variable in template.variables}
    found: FieldTexts = {}
    for spot in _all_spots(template):
        texts = [_place_fault(name, known) for name in dict.fromkeys(spot.places) if name not in known]
        if texts:
            found[spot.path] = texts
    return found


def _place_fault(name: str, known: Collection[str]) -> str:
    if not NAME.fullmatch(name):
        return f"{{{{ must be followed by a variable's name and }}}}; for two braces as they are write {ESCAPE}"
    return f"{{{{{name}}}}} is no variable of this template; it has {', '.join(sorted(known)) or 'none'}"


def _all_spots(template: MessageTemplate) -> Iterator[Spot]:
    for type_, content in template.channels.items():
        yield from spots(dict(content), f"channels.{type_}")


def _too_deep(value: Json, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return not levels or any(_too_deep(item, levels - 1) for item in inner)


def _json(channels: Mapping[str, Content]) -> str:
    return json.dumps(
        {type_: dict(content) for type_, content in channels.items()}, ensure_ascii=False, sort_keys=True
    )
