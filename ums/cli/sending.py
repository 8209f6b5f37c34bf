"""`ums send`."""

from __future__ import annotations

import click

from ums.api.blueprint import loaded
from ums.api.schemas.sending import SendRequest, SendSchema, SentSchema
from ums.cli.opening import opened_gateway, with_screen
from ums.cli.screen import Screen
from ums.cli.values import object_given
from ums.domain.commands import Json, SendMessage, SentMessage
from ums.services import applications, sending
from ums.services.contents import read_contents, sender_of
from ums.services.gateway import Gateway


@click.command(short_help="Send one message.")
@click.option("--application", "name", metavar="NAME", required=True, help="In whose name it is sent.")
@click.option("--users", metavar="A,B", required=True, help="The userids, with commas between them.")
@click.option("--content", metavar="FILE", required=True, help="JSON with the msg_… members; - is standard input.")
@click.option(
    "--rule", type=int, default=0, show_default=True, help="0: every channel; -1: the first that reaches."
)
@with_screen
def send(screen: Screen, name: str, users: str, content: str, rule: int) -> None:
    """Send one message to users, as the application NAME would over the API.

    The content file holds the msg_… members of the API's POST /v1/sent, and may hold option as well.

    \b
    A content file:
      {"msg_wechatmp": [{"template_id": "…", "data": {"thing1": {"value": "ready"}}}]}

    \b
    Examples:
      ums send --application shop --users zhangsan,lisi --content shipped.json --rule -1
      ums message show MSGID --deliveries
    """
    given = object_given(content, "content")
    userids: list[Json] = [user.strip() for user in users.split(",") if user.strip()]
    request = loaded(SendSchema(), {**given, "aud_userid": userids, "rule_id": rule})
    assert isinstance(request, SendRequest)  # noqa: S101 - what this schema makes
    with opened_gateway() as gateway:
        sent = _send(gateway, name, request)
    lines = [f"Accepted as {sent.msgid}. See how far it is: ums message show {sent.msgid}", *sent.warnings]
    screen.result(SentSchema().dump(sent), "\n".join(lines))


def _send(gateway: Gateway, name: str, request: SendRequest) -> SentMessage:
    application_id = applications.by_name(gateway, name).id
    command = SendMessage(
        application_id=application_id,
        userids=request.userids,
        contents=read_contents(gateway, sender_of(gateway, application_id), request.contents),
        rule_id=request.rule_id,
        priority=request.option.priority,
        time_to_live=request.option.time_to_live,
        sendno=request.option.sendno,
        owner=request.option.owner,
        callback=request.callback,
    )
    return sending.send(gateway, command)
