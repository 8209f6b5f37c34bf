"""Binding: links for people, and who came by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Required, TypedDict

from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.binding import (
    CompleteBody,
    ResultBody,
    ResultSchema,
    SignatureBody,
    SignatureSchema,
    TicketBody,
    TicketSchema,
    UnbindBody,
    UnboundSchema,
)
from ums.domain.commands import Caller, Json
from ums.domain.errors import Conflict, NotFound
from ums.services.binding import leaving, page_tickets, results, tickets
from ums.services.binding.results import Told
from ums.services.binding.tickets import NewTicket, TicketWanted

api = ApiBlueprint("binding", "From a person in the provider's app to a user who can be reached")


class _Ticket(TypedDict, total=False):
    channel: Required[str]
    userid: str
    return_to: str
    session: str
    origin: str


@api.post("/bind/ticket")
@needs_channel_key
@api.takes(TicketBody)
@api.gives(TicketSchema)
@api.refuses(NotFound, Conflict)
def issue(caller: Caller, body: _Ticket) -> NewTicket:
    """A link that binds whoever opens it, once, within five minutes.

    With `userid` that user gets the account. Without, your login page is told who came (`/v1/bind/result`), and you
    say whose the account is (`/v1/bind/complete`).
    """
    return tickets.issue(current_gateway(), caller, TicketWanted(**body))


class _Result(TypedDict):
    result: str


@api.post("/bind/result")
@needs_channel_key
@api.takes(ResultBody)
@api.gives(ResultSchema)
@api.refuses(NotFound)
def tell(caller: Caller, body: _Result) -> Mapping[str, object]:
    """Who came: a user, told once, or somebody new, whose result you complete."""
    return _shown(results.tell(current_gateway(), _application(caller), body["result"]))


class _Completed(_Result):
    userid: str


@api.post("/bind/complete")
@needs_channel_key
@api.takes(CompleteBody)
@api.gives(ResultSchema)
@api.refuses(NotFound, Conflict)
def complete(caller: Caller, body: _Completed) -> Mapping[str, object]:
    """Bind whoever came to a user; the result is used up by it."""
    done = results.complete(current_gateway(), _application(caller), body["result"], body["userid"])
    return _shown(done)


class _Unbound(TypedDict):
    userid: str
    channel: str


@api.post("/bind/unbind")
@needs_channel_key
@api.takes(UnbindBody)
@api.gives(UnboundSchema)
@api.refuses(NotFound)
def unbind(caller: Caller, body: _Unbound) -> Mapping[str, bool]:
    """Take a user's address on a channel away from him."""
    return {"unbound": leaving.send_away(current_gateway(), caller, body["channel"], body["userid"])}


class _Signed(TypedDict):
    channel: str
    url: str


@api.post("/bind/jssdk")
@needs_channel_key
@api.takes(SignatureBody)
@api.gives(SignatureSchema)
@api.refuses(NotFound, Conflict)
def sign(caller: Caller, body: _Signed) -> Mapping[str, Mapping[str, Json]]:
    """A signature with which a page may use the provider's functions in its app."""
    return {"config": page_tickets.sign(current_gateway(), caller, body["channel"], body["url"])}


def _shown(told: Told) -> Mapping[str, object]:
    whose = {"userid": told.userid} if told.userid else {}
    return {"bound": bool(told.userid), "channel": told.channel, **whose}


def _application(caller: Caller) -> int:
    assert caller.application_id is not None  # noqa: S101 - needs_channel_key has seen to it
    return caller.application_id
