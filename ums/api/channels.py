"""The channels a caller may use, and their templates."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_credentials
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.channels import ChannelsSchema, RefreshesSchema, RefreshSchema, TemplatesSchema
from ums.api.schemas.users import PageQuery, PageWanted
from ums.domain.commands import Caller
from ums.domain.errors import Conflict
from ums.domain.views import ChannelView, Page, TemplateList, TemplateRefresh
from ums.services import channels, templates

api = ApiBlueprint("channels", "The channels a caller may use, and their templates")


@api.get("/channel")
@needs_credentials
@api.takes_query(PageQuery)
@api.gives(ChannelsSchema)
def list_(caller: Caller, query: PageWanted) -> Page[ChannelView]:
    """The channels granted to the caller, by code; an AccessKey sees all."""
    return channels.list_for(current_gateway(), caller, **query)


@api.get("/channel/<code>/template")
@needs_credentials
@api.gives(TemplatesSchema)
def list_templates(caller: Caller, code: str) -> TemplateList:
    """A channel's templates as last fetched."""
    return templates.list_for(current_gateway(), code, caller)


@api.get("/channel/<code>/template/refreshes")
@needs_credentials
@api.gives(RefreshesSchema)
def list_refreshes(caller: Caller, code: str) -> Mapping[str, tuple[TemplateRefresh, ...]]:
    """The last refreshes that found the channel's templates changed, the newest first; 20 are kept."""
    return {"refreshes": templates.refreshes(current_gateway(), code, caller)}


@api.post("/channel/<code>/template/refresh")
@needs_credentials
@api.gives(RefreshSchema)
@api.refuses(Conflict)
def refresh_templates(caller: Caller, code: str) -> TemplateRefresh:
    """Fetch a channel's templates from the provider now, and tell what that changes and breaks."""
    return templates.refresh(current_gateway(), code, caller)
