"""`ums template`: what a message says on every channel, with places for one set of values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import click

from ums.api.blueprint import loaded
from ums.api.schemas.message_templates import (
    MessageTemplateBody,
    MessageTemplateEntry,
    MessageTemplateRequest,
    MessageTemplateSchema,
    PreviewSchema,
    template_document,
)
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item, object_given
from ums.domain.commands import Json
from ums.domain.message_template import Variable
from ums.domain.placeholders import Content
from ums.domain.template_findings import Finding
from ums.services import message_templates
from ums.services.names import LARGEST_ID
from ums.store.message_templates import KeptTemplate

TEMPLATE_ID = click.IntRange(1, LARGEST_ID)
FOR_NOTHING = "-"


@click.group()
def template() -> None:
    """Message templates: what a message says on every channel, with places for one set of values."""


@template.command()
@click.argument("file")
@with_screen
def add(screen: Screen, file: str) -> None:
    """Make a message template out of a JSON file; - is standard input.

    \b
    A template file ("id" is optional):
      {"id": 501, "name": "order shipped",
       "variables": [{"name": "order", "label": "Order number", "sample": "SO1"}],
       "channels": {
         "wechatmp": {"template_id": "TPL", "page": "orders?id={{order}}",
                      "data": {"character_string1": {"value": "{{order}}"}}},
         "wechatoa": {"type": 0, "template_id": "TPL2", "data": {"thing3": {"value": "{{order}}"}}}}}

    \b
    Example:
      ums template add order-shipped.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        made = message_templates.add(gateway, request.name, request.template, request.id)
        findings = message_templates.findings(gateway, made)
    _show(screen, made, findings)


@template.command()
@click.argument("template_id", type=TEMPLATE_ID)
@click.argument("file")
@with_screen
def change(screen: Screen, template_id: int, file: str) -> None:
    """Make another version of TEMPLATE_ID, which counts from now on.

    \b
    Example:
      ums template change 501 order-shipped.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        changed = message_templates.change(gateway, template_id, request.name, request.template)
        findings = message_templates.findings(gateway, changed)
    _show(screen, changed, findings)


@template.command()
@click.argument("template_id", type=TEMPLATE_ID)
@click.option("--version", type=TEMPLATE_ID, help="As it was in this version.")
@with_screen
def show(screen: Screen, template_id: int, version: int | None) -> None:
    """Show one message template, and what should be looked at in it.

    \b
    Example:
      ums template show 501 --version 1
    """
    with opened_gateway() as gateway:
        found = message_templates.show(gateway, template_id, version)
        findings = message_templates.findings(gateway, found)
    _show(screen, found, findings)


@template.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every message template.

    \b
    Example:
      ums template list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: message_templates.list_all(gateway, cursor)))
    rows = [(str(kept.id), kept.name, str(kept.version), ", ".join(kept.template.types)) for kept in found]
    screen.result(
        {"templates": [{**_entry(kept)} for kept in found]},
        table("Message templates", ("id", "name", "version", "channel types"), rows),
    )


@template.command()
@click.argument("template_id", type=TEMPLATE_ID)
@with_screen
def versions(screen: Screen, template_id: int) -> None:
    """Show every version of a message template.

    \b
    Example:
      ums template versions 501
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: message_templates.versions(gateway, template_id, cursor)))
    rows = [
        (str(kept.version), kept.name, _names(kept.template.variables), ", ".join(kept.template.types))
        for kept in found
    ]
    screen.result(
        {"versions": [{**_entry(kept)} for kept in found]},
        table(
            f"Versions of message template {template_id}", ("version", "name", "variables", "channel types"), rows
        ),
    )


@template.command()
@click.argument("template_id", type=TEMPLATE_ID)
@click.option("--values", "file", metavar="FILE", help="A JSON object of values; - is standard input.")
@with_screen
def preview(screen: Screen, template_id: int, file: str | None) -> None:
    """Show what a send by this template would say, with the samples or with values of one's own.

    \b
    Example:
      echo '{"order": "SO2"}' | ums template preview 501 --values -
    """
    values = {} if file is None else object_given(file, "values")
    with opened_gateway() as gateway:
        found = message_templates.preview(gateway, template_id, values)
    screen.result(
        PreviewSchema(exclude=("code",)).dump(found), *map(_content, found.contents.items()), *_told(found.findings)
    )


@template.command()
@click.argument("template_id", type=TEMPLATE_ID)
@with_screen
def remove(screen: Screen, template_id: int) -> None:
    """Forget a message template with all its versions; sends that name it are refused from now on.

    \b
    Example:
      ums template remove 501
    """
    with opened_gateway() as gateway:
        message_templates.remove(gateway, template_id)
    screen.result({"removed": template_id}, f"Message template {template_id} is forgotten.")


def _read(file: str) -> MessageTemplateRequest:
    request = loaded(MessageTemplateBody(), object_given(file, "template"))
    assert isinstance(request, MessageTemplateRequest)  # noqa: S101 - what this schema makes
    return request


def _show(screen: Screen, kept: KeptTemplate, findings: Sequence[Finding]) -> None:
    document = MessageTemplateSchema(exclude=("code",)).dump(template_document(kept, findings))
    version = str(kept.version) if kept.version == kept.latest else f"{kept.version}, now {kept.latest}"
    rows = [_row(variable) for variable in kept.template.variables]
    screen.result(
        document,
        facts({"template": str(kept.id), "name": kept.name, "version": version}),
        table("Variables", ("name", "label", "sample", "where it isn't given"), rows),
        *map(_content, kept.template.channels.items()),
        *_told(findings),
    )


def _entry(kept: KeptTemplate) -> Mapping[str, Json]:
    document: Mapping[str, Json] = MessageTemplateEntry().dump(template_document(kept))
    return document


def _names(variables: Sequence[Variable]) -> str:
    return ", ".join(variable.name for variable in variables) or FOR_NOTHING


def _row(variable: Variable) -> tuple[str, str, str, str]:
    absent = "refused" if variable.required else repr(variable.default or "")
    return variable.name, variable.label or FOR_NOTHING, variable.sample, absent


def _content(item: tuple[str, Content]) -> str:
    type_, content = item
    return f"{type_}\n{json.dumps(content, ensure_ascii=False, indent=2)}"


def _told(findings: Sequence[Finding]) -> list[str]:
    return [f"{finding.path}: {finding.text}" for finding in findings]
