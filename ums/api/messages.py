"""Sending messages, and looking at what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from ums.api.accepting import KEY_PARAMETER, accept, command_for, sender_of
from ums.api.auth import needs_channel_key, needs_credentials
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.linting import LintSchema
from ums.api.schemas.messages import DeliveriesQuery, DeliveriesSchema, MessageSchema, MessagesQuery, MessagesSchema
from ums.api.schemas.sending import BroadcastSchema, LintBody, SendRequest, SendSchema, SentSchema
from ums.domain.commands import Caller, DryRun, Json, SentMessage
from ums.domain.errors import AlreadyRetracted
from ums.domain.views import DeliveryView, MessageProgress, Page
from ums.services import linting, messages, retracting

api = ApiBlueprint("messages", "Sending messages, and looking at what became of them")


@api.post("/sent")
@needs_channel_key
@api.takes(SendSchema)
@api.gives(SentSchema)
@api.described(parameters=[KEY_PARAMETER])
def send(caller: Caller, body: SendRequest) -> SentMessage | DryRun:
    """Send one message to users, or to addresses.

    The message is stored when the answer comes; so are its deliveries, where you have listed whom it is for.
    """
    return accept(caller, body, command_for)


@api.post("/broadcast")
@needs_channel_key
@api.takes(BroadcastSchema)
@api.gives(SentSchema)
@api.described(parameters=[KEY_PARAMETER])
def broadcast(caller: Caller, body: SendRequest) -> SentMessage | DryRun:
    """Send one message to every user of whom the application may see something."""
    return accept(caller, body, command_for)


@api.post("/lint")
@needs_channel_key
@api.takes(LintBody)
@api.gives(LintSchema)
def lint(caller: Caller, body: Mapping[str, Json]) -> dict[str, object]:
    """Look for what a send of these contents would be refused for; nothing is stored or sent."""
    gateway = current_gateway()
    return {"channels": linting.rehearse(gateway, sender_of(caller), body)}


@api.post("/retract/<msgid>")
@needs_channel_key
@api.gives(DoneSchema)
@api.refuses(AlreadyRetracted)
def retract(caller: Caller, msgid: str) -> None:
    """Withdraw a message, within 24 hours from when its sending begins: what no provider has is not sent."""
    retracting.retract(current_gateway(), caller, msgid)


class _MessagesQuery(TypedDict, total=False):
    status: str
    since: int
    cursor: str
    limit: int


@api.get("/message")
@needs_channel_key
@api.takes_query(MessagesQuery)
@api.gives(MessagesSchema)
def list_(caller: Caller, query: _MessagesQuery) -> Page[MessageProgress]:
    """The application's messages, the newest first."""
    return messages.list_for(current_gateway(), caller, **query)


@api.get("/message/<msgid>")
@needs_credentials
@api.gives(MessageSchema)
def show(caller: Caller, msgid: str) -> MessageProgress:
    """How far a message has come."""
    return messages.progress(current_gateway(), caller, msgid)


class _DeliveriesQuery(TypedDict, total=False):
    status: str
    channel: str
    cursor: str
    limit: int


@api.get("/message/<msgid>/deliveries")
@needs_credentials
@api.takes_query(DeliveriesQuery)
@api.gives(DeliveriesSchema)
def deliveries(caller: Caller, query: _DeliveriesQuery, msgid: str) -> Page[DeliveryView]:
    """A message's deliveries, in the order they were made."""
    return messages.deliveries(current_gateway(), caller, msgid, **query)
