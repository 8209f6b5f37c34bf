"""Subscriptions: how many messages of a template a user has allowed, reported and looked at."""

from __future__ import annotations

from typing import Required, TypedDict

from ums.api.auth import needs_channel_key, takes_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.subscriptions import (
    BalancesQuery,
    BalancesSchema,
    CreditsSchema,
    HistoryQuery,
    HistorySchema,
    Reported,
    ReportSchema,
)
from ums.domain.commands import Caller
from ums.domain.credit import Movement
from ums.domain.errors import NotAuthenticated, NotFound
from ums.domain.views import Page
from ums.services import credits
from ums.services.credits import Balances, Whose

api = ApiBlueprint("subscriptions", "How many messages of a template users have allowed")


WHO = (
    "A report without a login session needs credentials: HTTP Basic with ChannelKey:MasterSecret. A page, which "
    "has none, gives the session that its login was answered."
)


class _Named(TypedDict, total=False):
    userid: str
    openid: str


class _Report(_Named, total=False):
    channel: str
    session: str
    results: Required[Reported]


@api.post("/subscription")
@takes_channel_key
@api.takes(ReportSchema)
@api.gives(CreditsSchema)
@api.refuses(NotFound)
def report(caller: Caller | None, body: _Report) -> dict[str, dict[str, int | None]]:
    """Report what a user answered when he was asked for subscriptions.

    Each acceptance is one more message that may be sent to him. What the provider pushes about the same tap within
    ten minutes isn't counted again. A page inside the app reports with its login session and no secret.
    """
    gateway, results = current_gateway(), body["results"]
    if "session" in body:
        return {"credits": credits.report_of_page(gateway, caller, body["session"], results, body.get("channel"))}
    if caller is None:
        raise NotAuthenticated(WHO)
    whose = Whose(userid=body.get("userid"), openid=body.get("openid"))
    return {"credits": credits.report(gateway, caller, body["channel"], whose, results)}


class _Balances(TypedDict, total=False):
    channel: Required[str]
    userid: str
    template: str
    at_most: int
    cursor: str
    limit: int


@api.get("/subscription")
@needs_channel_key
@api.takes_query(BalancesQuery)
@api.gives(BalancesSchema)
@api.refuses(NotFound)
def list_(caller: Caller, query: _Balances) -> Balances:
    """What users have allowed on a channel, by openid and template; with `at_most`, who runs out."""
    return credits.balances(current_gateway(), caller, **query)


class _History(TypedDict, total=False):
    channel: Required[str]
    userid: Required[str]
    template: Required[str]
    cursor: str
    limit: int


@api.get("/subscription/history")
@needs_channel_key
@api.takes_query(HistoryQuery)
@api.gives(HistorySchema)
@api.refuses(NotFound)
def history(caller: Caller, query: _History) -> Page[Movement]:
    """How a user's balance came about: every change and its cause."""
    return credits.history(current_gateway(), caller, **query)
