"""The access tokens of the caller's channels, for its own programs."""

from __future__ import annotations

from typing import TypedDict

from ums.api.auth import needs_channel_key
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.tokens import TokenQuery, TokenSchema
from ums.domain.commands import Caller
from ums.domain.errors import Conflict
from ums.services import tokens
from ums.services.tokens import GivenToken

api = ApiBlueprint("tokens", "The access tokens of the caller's channels")


class _TokenWanted(TypedDict):
    type: str


@api.get("/token")
@needs_channel_key
@api.takes_query(TokenQuery)
@api.gives(TokenSchema)
@api.refuses(Conflict)
def give(caller: Caller, query: _TokenWanted) -> GivenToken:
    """The access token that the gateway itself calls the provider with.

    Use it instead of fetching one: a second token of the same account would make the first void.
    """
    assert caller.application_id is not None  # noqa: S101 - needs_channel_key has seen to it
    return tokens.give(current_gateway(), caller.application_id, query["type"])
