"""`/v1/admin/platform`: the third-party platform, links to authorise it, and the accounts that have."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.admin_channels import ChannelCheckSchema
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.platforms import (
    AuthorisedAccountsSchema,
    LinkBody,
    LinkSchema,
    PlatformBody,
    PlatformGiven,
    PlatformSchema,
)
from ums.domain.authorisation import Wanted
from ums.domain.errors import Conflict, NotFound
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import ChannelCheck
from ums.services import authorising, third_party
from ums.services.authorising import NewLink
from ums.services.third_party import PlatformView

api = ApiBlueprint("admin_platform", "The third-party platform", prefix="/v1/admin")


@api.get("/platform")
@needs_operator(LOOKS)
@api.gives(PlatformSchema)
@api.refuses(NotFound)
def show(_: Operator) -> PlatformView:
    """The third-party platform as it is set up, and the addresses to enter at the provider."""
    return third_party.show(current_gateway())


@api.put("/platform")
@needs_operator(RUNS_CHANNELS)
@api.takes(PlatformBody)
@api.gives(PlatformSchema)
def configure(_: Operator, body: PlatformGiven) -> PlatformView:
    """Set it up, or change some of its settings."""
    return third_party.configure(current_gateway(), body["settings"])


@api.post("/platform/test")
@needs_operator(RUNS_CHANNELS)
@api.gives(ChannelCheckSchema)
@api.refuses(NotFound, Conflict)
def test(_: Operator) -> ChannelCheck:
    """Ask the provider for the platform's own token, which takes its secret and a good ticket."""
    return third_party.test(current_gateway())


@api.post("/platform/tickets")
@needs_operator(RUNS_CHANNELS)
@api.gives(DoneSchema)
@api.refuses(NotFound, Conflict)
def start_tickets(_: Operator) -> None:
    """Ask the provider to push tickets: where none has come yet, or the last is too old."""
    third_party.start_tickets(current_gateway())


@api.get("/platform/accounts")
@needs_operator(LOOKS)
@api.gives(AuthorisedAccountsSchema)
def accounts(_: Operator) -> Mapping[str, object]:
    """The accounts that have authorised the platform, or have taken that back."""
    return {"accounts": third_party.accounts(current_gateway())}


@api.post("/platform/links")
@needs_operator(RUNS_CHANNELS)
@api.takes(LinkBody)
@api.gives(LinkSchema)
@api.refuses(NotFound, Conflict)
def link(_: Operator, body: Wanted) -> NewLink:
    """A new link by which an account's administrator authorises, once, for a channel new or old."""
    return authorising.invite(current_gateway(), body)
