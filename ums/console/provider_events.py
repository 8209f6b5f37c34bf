"""What a channel's provider told besides receipts: a list by kind, and each event in full."""

from __future__ import annotations

import json

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ums.console.auth import needs_operator
from ums.console.context import current_gateway
from ums.sdk.plugin import HasCredits
from ums.services import channels, provider_events

pages = Blueprint("provider_events", __name__, url_prefix="/channels/<code>/events")

PAGE = 50


@pages.get("")
@needs_operator
def list_(code: str) -> ResponseReturnValue:
    """The newest events; `kind` chooses some."""
    gateway = current_gateway()
    kind, cursor = request.args.get("kind", ""), request.args.get("cursor") or None
    detail = channels.show(gateway, code)
    return render_template(
        "console/provider_events.html",
        channel=detail.channel,
        hook_url=detail.hook_url,
        page=provider_events.page(gateway, code, event=kind, cursor=cursor, limit=PAGE),
        kinds=provider_events.kinds(gateway, code),
        kind=kind,
        cursor=cursor,
    )


@pages.get("/<int(max=9223372036854775807):event_id>")
@needs_operator
def show(code: str, event_id: int) -> ResponseReturnValue:
    """One event: what the provider said, and what it was matched to."""
    gateway = current_gateway()
    found = provider_events.show(gateway, code, event_id)
    channel = channels.show(gateway, code).channel
    return render_template(
        "console/provider_event.html",
        channel=channel,
        has_credits=isinstance(gateway.registry.by_type.get(channel.type), HasCredits),
        found=found,
        said=json.dumps(found.event.details, ensure_ascii=False, indent=2),
    )
