"""A channel's followers: how far they have been listed and asked who they are, and the button that begins it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing
from ums.console.auth import needs_operator, runs_channels
from ums.console.context import current_gateway
from ums.console.people_words import BACKFILL_CHIPS, BACKFILLS
from ums.domain.errors import Conflict, InvalidRequest
from ums.sdk.people import HasFollowerList
from ums.services import channels
from ums.services.binding import backfill

pages = Blueprint("followers", __name__, url_prefix="/channels/<code>/followers")


@pages.get("")
@needs_operator
def show(code: str) -> ResponseReturnValue:
    """How far that is."""
    gateway = current_gateway()
    channel = channels.show(gateway, code).channel
    return render_template(
        "console/followers.html",
        channel=channel,
        lists=isinstance(gateway.registry.by_type.get(channel.type), HasFollowerList),
        found=backfill.progress(gateway, code),
        states=BACKFILLS,
        chips=BACKFILL_CHIPS,
    )


@pages.post("")
@runs_channels
def begin(code: str) -> ResponseReturnValue:
    """List and ask about everybody who follows."""
    try:
        backfill.begin(current_gateway(), code)
    except (Conflict, InvalidRequest):
        flash(gettext("This channel's followers can't be listed."), "bad")
    else:
        auditing.note()
    return redirect(url_for("console.followers.show", code=code), 303)
