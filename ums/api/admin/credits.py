"""`/v1/admin/channels/{code}/credits`: how many messages a channel's users still allow."""

from __future__ import annotations

from typing import TypedDict

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.credits import CreditsOverviewQuery, OverviewSchema, overview_item
from ums.domain.commands import Json
from ums.domain.operator import LOOKS, Operator
from ums.services import credit_overview

api = ApiBlueprint("admin_credits", "Channels' credits", prefix="/v1/admin")


class _Wanted(TypedDict, total=False):
    template: str


@api.get("/channels/<code>/credits")
@needs_operator(LOOKS)
@api.takes_query(CreditsOverviewQuery)
@api.gives(OverviewSchema)
def overview(_: Operator, query: _Wanted, code: str) -> dict[str, Json]:
    """How a channel's templates stand: how many users have credits left, and how many have none."""
    return overview_item(credit_overview.overview(current_gateway(), code, **query))
