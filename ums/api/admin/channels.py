"""`/v1/admin/channels`; a channel is addressed by its code."""

from __future__ import annotations

from collections.abc import Mapping

from ums.api.auth import needs_operator
from ums.api.blueprint import ApiBlueprint
from ums.api.context import current_gateway
from ums.api.schemas.admin_channels import (
    ChangedChannelBody,
    ChannelChange,
    ChannelCheckSchema,
    ChannelDetailSchema,
    ChannelRequest,
    ForceGiven,
    ForceQuery,
    NewChannelBody,
    ReplacedSchema,
    ReplacementBody,
    ReplacementGiven,
    channel_document,
)
from ums.api.schemas.applications import DeletedQuery, DeletedWanted
from ums.api.schemas.channels import ChannelsSchema
from ums.api.schemas.health import DoneSchema
from ums.api.schemas.quotas import RenewedTokenSchema
from ums.domain.errors import Conflict
from ums.domain.operator import LOOKS, RUNS_CHANNELS, Operator
from ums.domain.views import ChannelCheck, ChannelView, Page
from ums.services import channels, tokens

api = ApiBlueprint("admin_channels", "Channels: the accounts that messages go out on", prefix="/v1/admin")


@api.get("/channels")
@needs_operator(LOOKS)
@api.takes_query(DeletedQuery)
@api.gives(ChannelsSchema)
def list_(_: Operator, query: DeletedWanted) -> Page[ChannelView]:
    """Channels by code."""
    return channels.list_for(current_gateway(), None, **query)


@api.post("/channels")
@needs_operator(RUNS_CHANNELS)
@api.takes(NewChannelBody)
@api.gives(ChannelDetailSchema)
def add(_: Operator, body: ChannelRequest) -> Mapping[str, object]:
    """Make a channel, and grant it to applications."""
    channels.add(current_gateway(), body.code, body.type, body.settings, body.grants, body.name)
    return _shown(body.code)


@api.get("/channels/<code>")
@needs_operator(LOOKS)
@api.gives(ChannelDetailSchema)
@api.refuses(Conflict)
def show(_: Operator, code: str) -> Mapping[str, object]:
    """One channel in full; of its secrets only which are set."""
    return _shown(code)


@api.put("/channels/<code>")
@needs_operator(RUNS_CHANNELS)
@api.takes(ChangedChannelBody)
@api.gives(ChannelDetailSchema)
def change(_: Operator, body: ChannelChange, code: str) -> Mapping[str, object]:
    """Change what is given: the name, settings, the applications that may send on it."""
    channels.change(current_gateway(), code, body.get("settings"), name=body.get("name"), grants=body.get("grants"))
    return _shown(code)


@api.post("/channels/<code>/pause")
@needs_operator(RUNS_CHANNELS)
@api.gives(ChannelDetailSchema)
@api.refuses(Conflict)
def pause(_: Operator, code: str) -> Mapping[str, object]:
    """Send nothing on it until it is resumed; its queue is kept."""
    channels.pause(current_gateway(), code)
    return _shown(code)


@api.post("/channels/<code>/close")
@needs_operator(RUNS_CHANNELS)
@api.gives(ChannelDetailSchema)
@api.refuses(Conflict)
def close(_: Operator, code: str) -> Mapping[str, object]:
    """Take it out of service: messages that name it are refused until it is resumed."""
    channels.close(current_gateway(), code)
    return _shown(code)


@api.post("/channels/<code>/resume")
@needs_operator(RUNS_CHANNELS)
@api.gives(ChannelDetailSchema)
@api.refuses(Conflict)
def resume(_: Operator, code: str) -> Mapping[str, object]:
    """Put it to use again, whatever kept it from it."""
    channels.resume(current_gateway(), code)
    return _shown(code)


@api.post("/channels/<code>/test")
@needs_operator(RUNS_CHANNELS)
@api.gives(ChannelCheckSchema)
@api.refuses(Conflict)
def test(_: Operator, code: str) -> ChannelCheck:
    """Try its credentials at the provider; that they are refused is an answer, not an error."""
    return channels.test(current_gateway(), code)


@api.post("/channels/<code>/renew-token")
@needs_operator(RUNS_CHANNELS)
@api.gives(RenewedTokenSchema)
@api.refuses(Conflict)
def renew_token(_: Operator, code: str) -> Mapping[str, object]:
    """Have the provider make another access token than the current one, which soon ends, for all who share it."""
    renewed = tokens.renew(current_gateway(), code)
    return {"expires_at": renewed.held.expires_at, "left_today": renewed.left}


@api.post("/channels/<code>/replace")
@needs_operator(RUNS_CHANNELS)
@api.takes(ReplacementBody)
@api.gives(ReplacedSchema)
@api.refuses(Conflict)
def replace(_: Operator, body: ReplacementGiven, code: str) -> Mapping[str, object]:
    """Give the applications that send on it another channel of its type."""
    gateway = current_gateway()
    copied = channels.replace(gateway, code, body["by"], bindings=body.get("bindings", False))
    return {"granted_to": channels.show(gateway, body["by"]).granted_to, "bindings": copied}


@api.delete("/channels/<code>")
@needs_operator(RUNS_CHANNELS)
@api.takes_query(ForceQuery)
@api.gives(DoneSchema)
@api.refuses(Conflict)
def remove(_: Operator, query: ForceGiven, code: str) -> None:
    """Take it away for good; one that deliveries were made for is kept for their sake as `deleted`."""
    channels.remove(current_gateway(), code, force=query.get("force", False))


def _shown(code: str) -> Mapping[str, object]:
    return channel_document(channels.show(current_gateway(), code))
