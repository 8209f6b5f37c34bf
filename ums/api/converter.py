"""Marshmallow schemas as JSON Schema: what apispec can't know of our own fields and of our answers."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getdoc

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls, resolve_schema_instance
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from ums.api.schemas.strict import SOMETIMES, SaysWhatItTakes, StrictSchema

SchemaClass = type[Schema]


class _Converter(OpenAPIConverter):
    """Our fields say themselves what they take; an answer's members are all there unless marked `SOMETIMES`."""

    def field2property(self, field: fields.Field[object]) -> dict[str, object]:
        described: dict[str, object] = super().field2property(field)
        if isinstance(field, fields.Constant):
            described |= {"const": field.constant, "type": "integer" if field.constant == 0 else "string"}
            described.pop("default", None)
        elif isinstance(field, fields.Enum):
            described["type"] = "string"
        elif isinstance(field, SaysWhatItTakes):
            described = {**field.json_schema(), **described}
        return _or_null(described) if field.allow_none else described

    def schema2jsonschema(self, schema: Schema) -> dict[str, object]:
        convert: Callable[[Schema], dict[str, object]] = super().schema2jsonschema
        described = convert(schema)
        instance = resolve_schema_instance(schema)
        if not isinstance(instance, StrictSchema):
            # Requests take nothing unknown; answers may get more members in a later version.
            described.pop("additionalProperties", None)
            described["required"] = [
                field.data_key or name
                for name, field in instance.fields.items()
                if not field.metadata.get(SOMETIMES)
            ]
        words = getdoc(type(instance)) if type(instance).__doc__ else None
        return {**described, "description": words.partition("\n")[0]} if words else described


class SchemaPlugin(MarshmallowPlugin):
    """apispec's plugin with our converter; a schema is named as its class is, without underscore and `Schema`."""

    Converter = _Converter

    def __init__(self) -> None:
        super().__init__(schema_name_resolver=_name)


def _name(schema: SchemaClass) -> str:
    found = resolve_schema_cls(schema)
    (first, *_) = found if isinstance(found, list) else [found]
    return first.__name__.removeprefix("_").removesuffix("Schema")


def _or_null(described: dict[str, object]) -> dict[str, object]:
    """The same, and null."""
    type_, enum = described.get("type"), described.get("enum")
    if isinstance(type_, str):
        described["type"] = [type_, "null"]
    if isinstance(enum, list) and None not in enum:
        described["enum"] = [*enum, None]
    return described
