"""Sending what a message template says."""

from __future__ import annotations

from ums.api.accepting import KEY_PARAMETER, accept, command_by_template
from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.schemas.sending import SentSchema
from ums.api.schemas.template_sending import TemplateBroadcastSchema, TemplateSendRequest, TemplateSendSchema
from ums.domain.commands import Caller, DryRun, SentMessage

api = ApiBlueprint("template_messages", "Sending what a message template says", prefix="/v1/template")


@api.post("/sent")
@needs_channel_key
@api.takes(TemplateSendSchema)
@api.gives(SentSchema)
@api.described(parameters=[KEY_PARAMETER])
def send(caller: Caller, body: TemplateSendRequest) -> SentMessage | DryRun:
    """Send one message by a message template to users, or to addresses.

    Its channels are those of the template; where addresses are given, those of the addresses.
    """
    return accept(caller, body, command_by_template)


@api.post("/broadcast")
@needs_channel_key
@api.takes(TemplateBroadcastSchema)
@api.gives(SentSchema)
@api.described(parameters=[KEY_PARAMETER])
def broadcast(caller: Caller, body: TemplateSendRequest) -> SentMessage | DryRun:
    """Send one message by a message template to every user of whom the application may see something."""
    return accept(caller, body, command_by_template)
