"""`ums rule`: how the channels of a message follow one another."""

from __future__ import annotations

from collections.abc import Mapping

import click

from ums.api.blueprint import loaded
from ums.api.schemas.rules import RuleBody, RuleRequest, RuleSchema, rule_document
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen, facts, table
from ums.cli.values import every_item, object_given
from ums.domain.commands import Json
from ums.domain.rule import Step
from ums.services import rules
from ums.services.names import LARGEST_ID
from ums.store.rules import KeptRule

RULE_ID = click.IntRange(1, LARGEST_ID)


@click.group()
def rule() -> None:
    """Rules: how the channels of a message follow one another."""


@rule.command()
@click.argument("file")
@with_screen
def add(screen: Screen, file: str) -> None:
    """Make a rule out of a JSON file; - is standard input.

    \b
    A rule file ("id" is optional):
      {"id": 1001, "name": "cheap first", "steps": [
        {"channels": ["wechatmp"], "on": ["unreachable", "rejected", "not_delivered"], "wait": 300},
        {"channels": ["wechatoa"]}]}

    \b
    Example:
      ums rule add cheap-first.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        made = rules.add(gateway, request.name, request.rule, request.id)
    _show(screen, made)


@rule.command()
@click.argument("rule_id", type=RULE_ID)
@click.argument("file")
@with_screen
def change(screen: Screen, rule_id: int, file: str) -> None:
    """Put another rule in the place of RULE_ID.

    \b
    Example:
      ums rule change 1001 cheap-first.json
    """
    request = _read(file)
    with opened_gateway() as gateway:
        changed = rules.change(gateway, rule_id, request.name, request.rule)
    _show(screen, changed)


@rule.command()
@click.argument("rule_id", type=RULE_ID)
@with_screen
def show(screen: Screen, rule_id: int) -> None:
    """Show one rule.

    \b
    Example:
      ums rule show 1001
    """
    with opened_gateway() as gateway:
        found = rules.show(gateway, rule_id)
    _show(screen, found)


@rule.command("list")
@with_screen
def list_(screen: Screen) -> None:
    """Show every rule.

    \b
    Example:
      ums rule list
    """
    with opened_gateway() as gateway:
        found = list(every_item(lambda cursor: rules.list_all(gateway, cursor)))
    screen.result(
        {"rules": [{**_document(item)} for item in found]},
        table("Rules", ("id", "name", "steps"), [(str(item.id), item.name, _steps(item)) for item in found]),
    )


@rule.command()
@click.argument("rule_id", type=RULE_ID)
@with_screen
def remove(screen: Screen, rule_id: int) -> None:
    """Forget a rule; messages that name it are refused from now on.

    \b
    Example:
      ums rule remove 1001
    """
    with opened_gateway() as gateway:
        rules.remove(gateway, rule_id)
    screen.result({"removed": rule_id}, f"Rule {rule_id} is forgotten.")


def _read(file: str) -> RuleRequest:
    request = loaded(RuleBody(), object_given(file, "rule"))
    assert isinstance(request, RuleRequest)  # noqa: S101 - what this schema makes
    return request


def _show(screen: Screen, kept: KeptRule) -> None:
    steps = [(str(number), *_told(step)) for number, step in enumerate(kept.rule.steps)]
    screen.result(
        {**_document(kept)},
        facts({"rule": str(kept.id), "name": kept.name}),
        table(None, ("step", "channels", "left when every channel is", "wait"), steps),
    )


def _document(kept: KeptRule) -> Mapping[str, Json]:
    document: Mapping[str, Json] = RuleSchema(exclude=("code",)).dump(rule_document(kept))
    return document


def _steps(kept: KeptRule) -> str:
    return " → ".join("+".join(step.channels) for step in kept.rule.steps)


def _told(step: Step) -> tuple[str, str, str]:
    return ", ".join(step.channels), " or ".join(sorted(step.on)) or "-", f"{step.wait} s" if step.wait else "-"
