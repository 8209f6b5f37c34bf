"""How a channel's template lists have changed: the last refreshes that found a change, and what each broke."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from ums.console.auth import needs_operator
from ums.console.context import current_gateway
from ums.services import channels, templates

pages = Blueprint("template_changes", __name__, url_prefix="/channels/<code>/refreshes")


@pages.get("")
@needs_operator
def list_(code: str) -> ResponseReturnValue:
    """The refreshes that found the lists changed, the newest first."""
    gateway = current_gateway()
    return render_template(
        "console/template_changes.html",
        channel=channels.show(gateway, code).channel,
        refreshes=templates.refreshes(gateway, code),
        counts=templates.list_for(gateway, code).counts,
    )
