"""`/v1/admin/channels/{code}/events`."""

from __future__ import annotations

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.provider_events import EventsQuery, EventsSchema, EventsWanted
from ums.domain.operator import LOOKS, Operator
from ums.domain.push import KeptEvent
from ums.domain.views import Page
from ums.services import provider_events

api = ApiBlueprint("admin_events", "What providers tell besides receipts", prefix="/v1/admin")


@api.get("/channels/<code>/events")
@needs_operator(LOOKS)
@api.takes_query(EventsQuery)
@api.gives(EventsSchema)
def list_(_: Operator, query: EventsWanted, code: str) -> Page[KeptEvent]:
    """What the channel's provider has told in the last 90 days, the last first; openids are masked."""
    return provider_events.page(current_gateway(), code, **query)
