"""Every answer of the API that a test meets is held against the API's own description.

`watch` listens to every Flask application of the process; what an answer and `/openapi.json` disagree about is
noted in `faults`, and fails the test in which it was met (see `tests/conftest.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from flask import Flask, Response, request, request_finished
from openapi_schema_validator import OAS31Validator

from ums.api import description
from ums.domain.commands import Json

faults: list[str] = []
"""What was met since the last test ended."""

WATCHED = re.compile(r"/v1(/|$)|/healthz$|/readyz$")
PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
UNROUTED = {404: "NotFound", 405: None}
"""What a path or a method that isn't there is answered with, and the component that says so."""

Document = dict[str, Json]


class Fault(Protocol):
    """One thing that a validator finds."""

    json_path: str
    message: str


class Validator(Protocol):
    """What is used of `jsonschema`, which publishes no types."""

    def iter_errors(self, instance: Json) -> Iterable[Fault]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: header names as they came, the body as text."""

    status: int
    headers: Mapping[str, str]
    media: str
    text: str


class Description:
    """The API's description, asked whether an answer fits it. Answers are taken to have no other members."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._validators: dict[str, Validator] = {}

    def operations(self) -> Iterator[tuple[str, str, Document]]:
        """Method, path template and operation of each."""
        for path, item in _object(self.document["paths"]).items():
            for method, operation in _object(item).items():
                if method != "parameters":
                    yield method.upper(), path, _object(operation)

    def faults(self, method: str, path: str | None, answer: Answer) -> Iterator[str]:
        """What is wrong with an answer to `method` at the path template; None for a path that isn't there."""
        told = self._told("GET" if method == "HEAD" else method, path, answer.status)
        if told is None:
            yield f"{answer.status} is not described for it; see the docstring of ums/api/answers.py"
            return
        yield from self._header_faults(told, answer)
        if method != "HEAD":
            yield from self._body_faults(told, answer)

    def resolved(self, value: Json) -> Document:
        """What a reference refers to."""
        found = _object(value)
        while "$ref" in found:
            place: Json = self.document
            for name in str(found["$ref"]).removeprefix("#/").split("/"):
                place = _object(place)[name]
            found = _object(place)
        return found

    def _told(self, method: str, path: str | None, status: int) -> Document | None:
        item = _object(self.document["paths"]).get(path or "")
        operation = _object(item).get(method.lower()) if item else None
        if operation is not None:
            told = _object(_object(operation)["responses"]).get(str(status))
            return None if told is None else self.resolved(told)
        if status not in UNROUTED:
            return None
        return self.resolved({"$ref": "#/components/responses/NotFound"})

    def _header_faults(self, told: Document, answer: Answer) -> Iterator[str]:
        given = {name.lower(): text for name, text in answer.headers.items()}
        for name, header in _object(told.get("headers", {})).items():
            described = self.resolved(header)
            text = given.get(name.lower())
            if text is None:
                if described.get("required"):
                    yield f"the header {name} is missing"
            elif _object(described["schema"])["type"] == "integer" and not text.isdecimal():
                yield f"the header {name} is {text!r}, not a whole number"

    def _body_faults(self, told: Document, answer: Answer) -> Iterator[str]:
        content = _object(told.get("content", {}))
        if answer.media not in content:
            yield f"it is {answer.media or 'of no type'}, described as {' or '.join(content)}"
        elif answer.media == "application/json":
            schema = _object(_object(content[answer.media])["schema"])
            for error in self._validator(schema).iter_errors(json.loads(answer.text)):
                yield f"{error.json_path}: {error.message[:300]}"

    def _validator(self, schema: Document) -> Validator:
        """Made once for each schema."""
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = OAS31Validator({**_object(_closed(schema)), "components": self._components})
        return self._validators[key]

    @cached_property
    def _components(self) -> Json:
        schemas = _object(_object(self.document["components"])["schemas"])
        return {"schemas": {name: _closed(schema) for name, schema in schemas.items()}}


_descriptions: dict[frozenset[tuple[str, str]], Description] = {}


def described(app: Flask) -> Description:
    """The description of this application; those with the same operations share one, which takes long to make."""
    key = "description of the tests"
    if key not in app.extensions:
        operations = frozenset((rule.rule, rule.endpoint) for rule in app.url_map.iter_rules())
        if operations not in _descriptions:
            _descriptions[operations] = Description(description.document(app))
        app.extensions[key] = _descriptions[operations]
    found = app.extensions[key]
    assert isinstance(found, Description)
    return found


def watch() -> None:
    """Note the faults of every answer from now on."""
    request_finished.connect(_look)


def _look(app: Flask, response: Response, **_: object) -> None:
    if description.EXTENSION not in app.extensions or not WATCHED.match(request.path):
        return
    rule = request.url_rule
    path = None if rule is None else PARAMETER.sub(r"{\1}", rule.rule)
    answer = Answer(
        status=response.status_code,
        headers=dict(response.headers),
        media=response.mimetype or "",
        text=response.get_data(as_text=True) if response.is_json else "",
    )
    found = described(app).faults(request.method, path, answer)
    faults.extend(f"{request.method} {path or request.path} answered {answer.status}: {fault}" for fault in found)


def _closed(schema: Json) -> Json:
    """The same schema for objects that have the described members alone."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _closed(value) for name, value in schema.items()}
    return {"additionalProperties": False, **inner} if isinstance(inner.get("properties"), dict) else inner


def _object(value: Json) -> Document:
    assert isinstance(value, dict)
    return value
