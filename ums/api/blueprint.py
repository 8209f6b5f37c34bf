"""flask-smorest's blueprint with types, reading strictly what it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from flask import Response, current_app, request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError

from ums.api import answers
from ums.api.body import read_bytes, read_json
from ums.api.errors import wrong_fields
from ums.api.schemas.strict import StrictSchema
from ums.domain.commands import Json
from ums.domain.errors import InvalidRequest, Problem
from ums.domain.json import written
from ums.services.contents import field_errors

View = TypeVar("View", bound=Callable[..., object])


class _StrictReader:
    """What flask-smorest asks to read arguments, in the place of webargs' parser."""

    DEFAULT_VALIDATION_STATUS = InvalidRequest.status

    def use_args(self, schema: type[Schema], *, location: str) -> Callable[[View], Callable[..., object]]:
        reader = schema()
        read_body = read_object_if_any if may_be_left_out(schema) else read_object

        def decorator(view: View) -> Callable[..., object]:
            @wraps(view)
            def reading(*positional: object, **named: object) -> object:
                given = read_query() if location == "query" else read_body()
                return view(*positional, loaded(reader, given), **named)

            reading.__dict__[f"{answers.READS}{location}"] = schema
            return reading

        return decorator


class ApiBlueprint:
    """Routes with their place in the API's description; `blueprint` is what the application registers."""

    def __init__(self, name: str, description: str, *, prefix: str = "/v1") -> None:
        self.blueprint = Blueprint(name, __name__, url_prefix=prefix, description=description)
        self.blueprint.ARGUMENTS_PARSER = _StrictReader()

    def get(self, path: str) -> Callable[[View], View]:
        """Answer GET at `path`."""
        return self._route(path, "GET")

    def post(self, path: str) -> Callable[[View], View]:
        """Answer POST at `path`."""
        return self._route(path, "POST")

    def put(self, path: str) -> Callable[[View], View]:
        """Answer PUT at `path`."""
        return self._route(path, "PUT")

    def delete(self, path: str) -> Callable[[View], View]:
        """Answer DELETE at `path`."""
        return self._route(path, "DELETE")

    def takes(self, schema: type[Schema]) -> Callable[[View], View]:
        """Read the body by `schema`, and give the view what it makes of it."""
        required = not may_be_left_out(schema)
        decorator: Callable[[View], View] = self.blueprint.arguments(schema, location="json", required=required)
        return decorator

    def takes_query(self, schema: type[Schema]) -> Callable[[View], View]:
        """Read the query by `schema`, and give the view what it makes of it."""
        decorator: Callable[[View], View] = self.blueprint.arguments(schema, location="query")
        return decorator

    def gives(self, schema: type[Schema], status: int = 200) -> Callable[[View], View]:
        """Answer with what `schema` makes of the view's value."""
        document: Callable[[View], View] = self.blueprint.response(status, schema)
        writer = schema()

        def decorator(view: View) -> View:
            noted = _noted(document(view), answers.GIVES, (*view.__dict__.get(answers.GIVES, ()), status))
            giving: View = _marked(_giving(view, writer, status), noted)
            return giving

        return decorator

    def refuses(self, *problems: type[Problem]) -> Callable[[View], View]:
        """Add refusals to the description that the view's decorators can't tell (see `answers`)."""
        return lambda view: _noted(view, answers.REFUSES, (*view.__dict__.get(answers.REFUSES, ()), *problems))

    def described(self, **operation: object) -> Callable[[View], View]:
        """Add to the description what the code can't tell."""
        document: Callable[[View], View] = self.blueprint.doc(**operation)
        return lambda view: _noted(
            _marked(view, document(view)), answers.TOLD, {**view.__dict__.get(answers.TOLD, {}), **operation}
        )

    def _route(self, path: str, method: str) -> Callable[[View], View]:
        def decorator(view: View) -> View:
            told = answers.operation(view, path, self.blueprint.name)
            self.blueprint.add_url_rule(path, None, self.described(**told)(view), methods=[method])
            return view

        return decorator


def _giving(view: Callable[..., object], writer: Schema, status: int) -> Callable[..., object]:
    """A view that answers with its value, written as JSON."""

    @wraps(view)
    def giving(*positional: object, **named: object) -> object:
        value = view(*positional, **named)
        if isinstance(value, Response):
            return value
        return Response(f"{written(writer.dump(value))}\n", status, mimetype="application/json")

    return giving


def _marked(view: Callable[..., object], documented: Callable[..., object]) -> Any:
    """The view with the marks that flask-smorest has put on its own wrapper of it, which does nothing else."""
    marks = {name: value for name, value in documented.__dict__.items() if name != "__wrapped__"}
    view.__dict__.update(marks)
    return view


def _noted(view: View, name: str, value: object) -> View:
    view.__dict__[name] = value
    return view


def read_object() -> dict[str, Json]:
    """The JSON object in the body. Raises as `read_json` does, and InvalidRequest for anything but an object."""
    document = read_json(current_app.config["MAX_CONTENT_LENGTH"])
    if not isinstance(document, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return document


def read_object_if_any() -> dict[str, Json]:
    """The JSON object in the body; an empty one where nothing was sent. Raises as `read_object` does."""
    return read_object() if read_bytes(current_app.config["MAX_CONTENT_LENGTH"]) else {}


def may_be_left_out(schema: type[Schema]) -> bool:
    """Whether a body of this schema needn't be sent at all."""
    return issubclass(schema, StrictSchema) and schema.may_be_left_out


def read_query() -> dict[str, Json]:
    """The query's parameters. Raises InvalidRequest for one that is given twice."""
    found: dict[str, Json] = {}
    for name, texts in request.args.lists():
        if len(texts) > 1:
            raise wrong_fields({name: ["is given more than once"]})
        found[name] = texts[0]
    return found


def loaded(schema: Schema, given: Mapping[str, Json]) -> object:
    """What `schema` makes of `given`. Raises InvalidRequest naming every wrong field by its path."""
    try:
        result: object = schema.load(given)
    except ValidationError as error:
        raise wrong_fields(field_errors(error.messages, "")) from None
    return result
