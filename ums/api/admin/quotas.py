"""`/v1/admin/channels/{code}/quotas`: calls of the day, counted and asked, and counting anew."""

from __future__ import annotations

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.quotas import ClearBody, ClearGiven, LimitBody, LimitGiven, QuotasSchema
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.services import quotas
from ums.services.quotas import ChannelQuotas

api = ApiBlueprint("admin_quotas", "Providers' quotas", prefix="/v1/admin")


@api.get("/channels/<code>/quotas")
@needs_operator(LOOKS)
@api.gives(QuotasSchema)
def list_(_: Operator, code: str) -> ChannelQuotas:
    """Calls of the day, limits and what is left, as last known; nobody is asked."""
    return quotas.list_for(current_gateway(), code)


@api.post("/channels/<code>/quotas/refresh")
@needs_operator(RUNS_CHANNELS)
@api.gives(QuotasSchema)
@api.refuses(Conflict)
def refresh(_: Operator, code: str) -> ChannelQuotas:
    """Ask the provider now. By itself the gateway asks once an hour, where calls were made."""
    return quotas.refresh(current_gateway(), code)


@api.put("/channels/<code>/quotas/<endpoint>")
@needs_operator(RUNS_CHANNELS)
@api.takes(LimitBody)
@api.gives(QuotasSchema)
def set_limit(_: Operator, body: LimitGiven, code: str, endpoint: str) -> ChannelQuotas:
    """Keep how many calls a day an endpoint has, where the provider doesn't tell, or less is to be used."""
    return quotas.set_limit(current_gateway(), code, endpoint, body["daily_limit"] or None)


@api.post("/channels/<code>/quotas/clear")
@needs_operator(RUNS_CHANNELS)
@api.takes(ClearBody)
@api.gives(QuotasSchema)
@api.refuses(Conflict)
def clear(_: Operator, body: ClearGiven, code: str) -> ChannelQuotas:
    """Have the provider count calls anew, a few times a month; what rested for that is called again."""
    return quotas.clear(current_gateway(), code, body.get("endpoint"), force=body.get("force", False))
