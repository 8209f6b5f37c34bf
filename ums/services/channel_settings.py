"""A channel's settings: checked by its plugin's schema, then parted into what is shown and what is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from marshmallow import Schema, ValidationError

from ums.domain.errors import InvalidRequest
from ums.registry import AnyPlugin
from ums.services.contents import field_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedSettings:
    """Settings as the operator gave them; `secret` are those that the plugin's schema marks so."""

    open: Mapping[str, str]
    secret: Mapping[str, str] = field(repr=False)


def parted(plugin: AnyPlugin, given: Mapping[str, str]) -> PartedSettings:
    """Check `given` and part it. An empty value is one not given.

    Raises InvalidRequest naming each wrong setting as `settings.<name>`, with what is allowed there.
    """
    return parted_by(
        plugin.settings_schema(), given, f"These settings don't make a channel of the type {plugin.info.key}."
    )


def parted_by(schema: Schema, given: Mapping[str, str], refusal: str) -> PartedSettings:
    """The same by a schema; `refusal` begins what is raised."""
    values = {name: value.strip() for name, value in given.items() if value.strip()}
    errors = _errors(schema, values)
    if errors:
        told = " ".join(f"{path}: {' '.join(texts)}" for path, texts in errors.items())
        raise InvalidRequest(f"{refusal} {told}", errors=errors)
    secret = {name for name, setting in _known(schema).items() if setting.get("secret")}
    return PartedSettings(
        open={name: value for name, value in values.items() if name not in secret},
        secret={name: value for name, value in values.items() if name in secret},
    )


def _errors(schema: Schema, values: Mapping[str, str]) -> dict[str, list[str]]:
    known = _known(schema)
    errors = {
        f"settings.{name}": [f"There is no such setting; known are {', '.join(known)}."]
        for name in values
        if name not in known
    }
    try:
        schema.load({name: value for name, value in values.items() if name in known})
    except ValidationError as error:
        errors |= field_errors(error.messages, "settings")
    for name, about in known.items():
        if f"settings.{name}" in errors and about.get("help"):
            errors[f"settings.{name}"].append(str(about["help"]))
    return errors


def _known(schema: Schema) -> dict[str, Mapping[str, object]]:
    """The settings' names, and what the schema says about each."""
    return {setting.data_key or name: setting.metadata for name, setting in schema.fields.items()}
