"""The API's description as a page for people shows it: groups of operations, tables of members, a call to try."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ums.api.auth import KEYS
from ums.domain.commands import Json

Document = dict[str, Json]

METHODS = ("get", "post", "put", "delete")
CREDENTIALS: Mapping[str, str] = {
    "credentials": '-u "$KEY:$SECRET" ',
    "operator": '-H "Authorization: Bearer $TOKEN" ',
    "": "",
}
DEEPEST = 5
"""Levels of members shown; a schema may contain itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One line of a table: a parameter, or a member of a body by its path."""

    name: str
    type: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A status that isn't success."""

    status: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationShown:
    """One operation; `curl` is a call of it, `answer` what comes back."""

    id: str
    method: str
    path: str
    summary: str
    words: str
    who: str
    parameters: tuple[Member, ...]
    body: tuple[Member, ...]
    answered: tuple[Member, ...]
    curl: str
    answer: str
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The operations of one kind of thing."""

    name: str
    words: str
    operations: tuple[OperationShown, ...]


def groups(document: Document, address: str) -> tuple[Group, ...]:
    """All operations, by tag; calls go to `address`."""
    shown = _Shown(document, address)
    found = tuple(shown.operations())
    tags = cast("list[Document]", document.get("tags", []))
    return tuple(
        Group(
            name=str(tag["name"]).replace("_", " "),
            words=str(tag.get("description", "")),
            operations=tuple(operation for group, operation in found if group == tag["name"]),
        )
        for tag in tags
    )


class _Shown:
    """What is shown of one description."""

    def __init__(self, document: Document, address: str) -> None:
        self._document = document
        self._address = address

    def operations(self) -> Iterator[tuple[str, OperationShown]]:
        """Each with its tag."""
        for path, item in cast("Document", self._document["paths"]).items():
            methods = cast("Document", item)
            shared = cast("list[Json]", methods.get("parameters", []))
            for method in METHODS:
                if method in methods:
                    told = cast("Document", methods[method])
                    yield str(cast("list[Json]", told["tags"])[0]), self._operation(method, path, told, shared)

    def _operation(self, method: str, path: str, told: Document, shared: list[Json]) -> OperationShown:
        guard = _guard(told)
        responses = {status: self._found(response) for status, response in _object(told["responses"]).items()}
        success = responses.get("200", {})
        return OperationShown(
            id=str(told["operationId"]),
            method=method.upper(),
            path=path,
            summary=str(told.get("summary", "")),
            words=str(told.get("description", "")),
            who=_who(told),
            parameters=tuple(self._parameters([*shared, *cast("list[Json]", told.get("parameters", []))])),
            body=tuple(self._members(_content(told.get("requestBody")).get("schema"))),
            answered=tuple(self._members(_content(success).get("schema"))),
            curl=self._curl(method, path, told, guard),
            answer=_text(_content(success).get("example")),
            refusals=tuple(
                Refusal(status=status, words=str(response["description"]))
                for status, response in sorted(responses.items())
                if status != "200"
            ),
        )

    def _curl(self, method: str, path: str, told: Document, guard: str) -> str:
        url = f"{self._address}{path}"
        place = shlex.quote(url) if "{" in url else url
        example = _content(told.get("requestBody")).get("example")
        if example is None:
            return f"curl {CREDENTIALS[guard]}{'' if method == 'get' else f'-X {method.upper()} '}{place}"
        way = "" if method == "post" else f"-X {method.upper()} "
        body = shlex.quote(json.dumps(example, ensure_ascii=False, indent=2))
        return f"curl {CREDENTIALS[guard]}{way}-H 'Content-Type: application/json' {place} \\\n  -d {body}"

    def _parameters(self, parameters: list[Json]) -> Iterator[Member]:
        for parameter in map(self._found, parameters):
            yield Member(
                name=str(parameter["name"]),
                type=f"{self._type(parameter['schema'])}, {parameter['in']}",
                required=bool(parameter.get("required")),
                words=str(parameter.get("description", "")),
            )

    def _members(self, schema: Json, prefix: str = "", deep: int = 0) -> Iterator[Member]:
        """The members of an object, or of each object of a list, and theirs."""
        found = self._one(schema)
        if found.get("type") == "array":
            yield from self._members(found.get("items"), f"{prefix}[]", deep)
            return
        for name, inner in _object(found.get("properties")).items():
            described = self._found(inner)
            if "not" in described or deep > DEEPEST:
                continue
            path = f"{prefix}.{name}" if prefix else name
            yield Member(
                name=path,
                type=self._type(inner),
                required=name in cast("list[Json]", found.get("required", [])),
                words=str(described.get("description", "")),
            )
            yield from self._members(inner, path, deep + 1)

    def _type(self, schema: Json) -> str:
        """What may stand there, in a few words."""
        found = self._found(schema)
        for word in ("oneOf", "anyOf"):
            if word in found:
                return " or ".join(dict.fromkeys(map(self._type, cast("list[Json]", found[word]))))
        if "const" in found:
            return json.dumps(found["const"])
        if "enum" in found:
            return " | ".join(
                "null" if value is None else str(value) for value in cast("list[Json]", found["enum"])
            )
        types = found.get("type", "anything")
        names = [str(name) for name in types] if isinstance(types, list) else [str(types)]
        if names == ["array"]:
            return f"list of {self._type(found.get('items', {}))}"
        bounds = f" {found['minimum']} … {found['maximum']}" if {"minimum", "maximum"} <= found.keys() else ""
        return " or ".join(names) + bounds

    def _one(self, schema: Json) -> Document:
        """The schema, or the first of several that may stand there and isn't null."""
        found = self._found(schema)
        ways = found.get("oneOf") or found.get("anyOf")
        return self._found(cast("list[Json]", ways)[0]) if ways else found

    def _found(self, value: Json) -> Document:
        found = _object(value)
        while "$ref" in found:
            place: Json = self._document
            for name in str(found["$ref"]).removeprefix("#/").split("/"):
                place = _object(place)[name]
            found = _object(place)
        return found


def _guard(told: Document) -> str:
    return next(iter(_way(told)), "")


def _who(told: Document) -> str:
    """Who may call, in words."""
    way = _way(told)
    some = [str(name) for names in way.values() for name in cast("list[Json]", names)]
    if "credentials" in way:
        or_a_page = ", or a page without credentials" if {} in cast("list[Document]", told["security"]) else ""
        return f"{' or '.join(some or KEYS)}, with its MasterSecret{or_a_page}"
    if "operator" in way:
        return f"an operator's token of the role {' or '.join(some)}" if some else "an operator's token"
    return "anybody"


def _way(told: Document) -> Document:
    """The kind of credentials that is asked for, and which of that kind; empty where none is."""
    return next(iter(cast("list[Document]", told["security"])), {})


def _content(body: Json) -> Document:
    """How a body is described as JSON, or as whatever it is."""
    content = _object(_object(body).get("content"))
    return _object(content.get("application/json") or next(iter(content.values()), {}))


def _text(example: Json) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)


def _object(value: Json) -> Document:
    return value if isinstance(value, dict) else {}
