"""`/v1/admin/callbacks`."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.errors import wrong_fields
from ums.api.schemas.callbacks import (
    AttemptsQuery,
    AttemptsSchema,
    AttemptsWanted,
    CallbackBody,
    CallbackRequest,
    CallbacksQuery,
    CallbacksWanted,
    CallbackUrlSchema,
    CallbackUrlsSchema,
    ReplayBody,
    ReplayedSchema,
    callback_document,
    callback_entry,
)
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.strict import check_same_id
from ums.domain.errors import Conflict, NotFound
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import Page
from ums.services import callbacks
from ums.store.callback_attempts import Attempt
from ums.store.callback_batches import Chosen

api = ApiBlueprint(
    "admin_callbacks", "Callback URLs: where applications are told of their messages", prefix="/v1/admin"
)


@api.get("/callbacks")
@needs_operator(LOOKS)
@api.takes_query(CallbacksQuery)
@api.gives(CallbackUrlsSchema)
def list_(_: Operator, query: CallbacksWanted) -> Page[Mapping[str, object]]:
    """Callback URLs by id."""
    page = callbacks.list_all(current_gateway(), **query)
    return Page(items=tuple(map(callback_entry, page.items)), next=page.next)


@api.post("/callbacks")
@needs_operator(RUNS_CHANNELS)
@api.takes(CallbackBody)
@api.gives(CallbackUrlSchema)
@api.refuses(NotFound)
def add(_: Operator, body: CallbackRequest) -> Mapping[str, object]:
    """Give an application another URL; the answer shows its secret, this once."""
    if body.application is None:
        raise wrong_fields({"application": ["is missing; give an application's name"]})
    return callback_document(callbacks.add(current_gateway(), body.application, body.wanted, body.id))


@api.get("/callbacks/<int:callback_id>")
@needs_operator(LOOKS)
@api.gives(CallbackUrlSchema)
def show(_: Operator, callback_id: int) -> Mapping[str, object]:
    """One callback URL, and how many of its posts stand where."""
    return callback_document(callbacks.show(current_gateway(), callback_id))


@api.put("/callbacks/<int:callback_id>")
@needs_operator(RUNS_CHANNELS)
@api.takes(CallbackBody)
@api.gives(CallbackUrlSchema)
def change(_: Operator, body: CallbackRequest, callback_id: int) -> Mapping[str, object]:
    """Put other values in their place; another URL has to be verified anew. The application stays the same."""
    check_same_id(body.id, callback_id)
    return callback_document(callbacks.change(current_gateway(), callback_id, body.wanted, body.application))


@api.delete("/callbacks/<int:callback_id>")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
@api.refuses(Conflict)
def remove(_: Operator, callback_id: int) -> None:
    """Forget a URL with all that was and is to be posted to it."""
    callbacks.remove(current_gateway(), callback_id)


@api.post("/callbacks/<int:callback_id>/verify")
@needs_operator(RUNS_CHANNELS)
@api.gives(CallbackUrlSchema)
@api.refuses(Conflict)
def verify(_: Operator, callback_id: int) -> Mapping[str, object]:
    """Ask the URL to give back a random text; from then on receipts are posted there."""
    return callback_document(callbacks.verify(current_gateway(), callback_id))


@api.post("/callbacks/<int:callback_id>/secret")
@needs_operator(RUNS_CHANNELS)
@api.gives(CallbackUrlSchema)
def replace_secret(_: Operator, callback_id: int) -> Mapping[str, object]:
    """A new secret, shown this once; for 24 hours the one before signs beside it."""
    return callback_document(callbacks.replace_secret(current_gateway(), callback_id))


@api.post("/callbacks/<int:callback_id>/replay")
@needs_operator(RUNS_CHANNELS)
@api.takes(ReplayBody)
@api.gives(ReplayedSchema)
@api.refuses(Conflict)
def replay(_: Operator, body: Chosen, callback_id: int) -> Mapping[str, int]:
    """Make posts again, under the same webhook-id: one, or those of a time range."""
    return {"replayed": callbacks.replay(current_gateway(), callback_id, body)}


@api.get("/callbacks/<int:callback_id>/attempts")
@needs_operator(LOOKS)
@api.takes_query(AttemptsQuery)
@api.gives(AttemptsSchema)
def attempts(_: Operator, query: AttemptsWanted, callback_id: int) -> Page[Attempt]:
    """Every try of the URL's posts, the newest first."""
    return callbacks.attempts(current_gateway(), callback_id, **query)
