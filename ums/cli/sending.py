"""`ums send`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from ums.api.accepting import command_by_template, command_for
from ums.api.blueprint import loaded
from ums.api.schemas.sending import BroadcastSchema, SendRequest, SendSchema, SentSchema
from ums.api.schemas.template_sending import TemplateBroadcastSchema, TemplateSendRequest, TemplateSendSchema
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Picture, Screen, table
from ums.cli.values import object_given
from ums.domain.commands import DryRun, Json, SentMessage
from ums.domain.errors import InvalidRequest
from ums.domain.lint import clippings_in
from ums.services import applications, sending
from ums.services.contents import sender_of
from ums.services.dry_run import dry_run as rehearse
from ums.services.gateway import Gateway

SHOWN = 5
"""Userids that are named beside each reason."""


@click.command()
@click.option("--application", "name", metavar="NAME", required=True, help="In whose name it is sent.")
@click.option("--users", metavar="A,B", help="The userids, with commas between them.")
@click.option("--tags", metavar="A,B", help="Users with one or more of these tags.")
@click.option("--segment", metavar="ID", help="Users of this segment.")
@click.option("--everyone", is_flag=True, help="Every user of whom the application may see something.")
@click.option(
    "--content",
    metavar="FILE",
    required=True,
    help="JSON with the msg_… members, or template_id; - is standard input.",
)
@click.option(
    "--rule",
    type=int,
    default=0,
    show_default=True,
    help="0: every channel; -1: the first that reaches; else a rule's id.",
)
@click.option("--dry-run", is_flag=True, help="Only show how many would get it, and who can't and why.")
@with_screen
def send(
    screen: Screen,
    name: str,
    users: str | None,
    tags: str | None,
    segment: str | None,
    everyone: bool,
    content: str,
    rule: int,
    dry_run: bool,
) -> None:
    """Send one message, as the application NAME would over the API.

    The content file holds the msg_… members of the API's POST /v1/sent, or the template_id and template_para
    of POST /v1/template/sent; it may hold option as well.

    \b
    Content files:
      {"msg_wechatmp": [{"template_id": "…", "data": {"thing1": {"value": "ready"}}}]}
      {"template_id": 501, "template_para": {"order": "SO7", "goods": "Green tea"}}

    \b
    Examples:
      ums send --application shop --users zhangsan,lisi --content shipped.json --rule -1
      ums send --application shop --tags vip --content offer.json --dry-run
      ums message show MSGID --deliveries
    """
    audience = _audience(users, tags, segment, everyone=everyone)
    given = {**object_given(content, "content"), **audience, "rule_id": rule}
    request = _read(given, everyone=everyone)
    with opened_gateway() as gateway:
        done = _done(gateway, name, request, dry_run=dry_run or request.manner.option.dry_run)
    screen.result(SentSchema().dump(done), *(_rehearsed(done) if isinstance(done, DryRun) else _accepted(done)))


def _read(given: Mapping[str, Json], *, everyone: bool) -> SendRequest | TemplateSendRequest:
    """What is asked for: a send by a message template, where the content names one."""
    if "template_id" in given:
        request = loaded(TemplateBroadcastSchema() if everyone else TemplateSendSchema(), given)
    else:
        request = loaded(BroadcastSchema() if everyone else SendSchema(), given)
    assert isinstance(request, SendRequest | TemplateSendRequest)  # noqa: S101 - what these schemas make
    return request


def _audience(users: str | None, tags: str | None, segment: str | None, *, everyone: bool) -> Mapping[str, Json]:
    audience: dict[str, Json] = {}
    if users is not None:
        audience["aud_userid"] = [*_words(users)]
    if tags is not None:
        audience["aud_tag"] = [*_words(tags)]
    if segment is not None:
        audience["aud_segment"] = [segment]
    if everyone == bool(audience):
        text = "Say whom it is for: --users, --tags, --segment, or --everyone alone."
        raise InvalidRequest(text, errors={"audience": [text]})
    return audience


def _words(given: str) -> Iterable[str]:
    return filter(None, map(str.strip, given.split(",")))


def _done(
    gateway: Gateway, name: str, request: SendRequest | TemplateSendRequest, *, dry_run: bool
) -> SentMessage | DryRun:
    sender = sender_of(gateway, applications.by_name(gateway, name).id)
    if isinstance(request, SendRequest):
        command = command_for(gateway, sender, request, by_operator=True)
    else:
        command = command_by_template(gateway, sender, request, by_operator=True)
    return rehearse(gateway, command) if dry_run else sending.send(gateway, command)


def _accepted(sent: SentMessage) -> list[Picture]:
    return [f"Accepted as {sent.msgid}. See how far it is: ums message show {sent.msgid}", *sent.warnings]


def _rehearsed(found: DryRun) -> list[Picture]:
    """What would become of the message, in tables."""
    channels = [(code, f"{count}") for code, count in found.channels.items()]
    blocked = [
        (item.reason, f"{item.count}", ", ".join(item.userids[:SHOWN]) + (", …" if item.count > SHOWN else ""))
        for item in found.unreachable
    ]
    return [
        f"Nothing was sent. It would be for {found.recipients:,}.",
        table("Would get it", ("channel", "count"), channels),
        table("Would not get it", ("reason", "count", "users"), blocked),
        *_linted(found),
        *found.warnings,
    ]


def _linted(found: DryRun) -> list[Picture]:
    """What was found in the contents, where anything was."""
    rows = [
        (code, finding.path, finding.text) for code, linted in found.lint.items() for finding in linted.findings
    ]
    refused: list[Picture] = [table("Would be refused", ("channel", "path", "text"), rows)] if rows else []
    return [*refused, *clippings_in(found.lint)]
