"""Persons whose addresses can't all be one user's: looked at, and decided."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing
from ums.console.auth import needs_operator, runs_channels
from ums.console.context import current_gateway, current_operator
from ums.console.people_words import CONFLICT_KINDS, CONFLICT_STATES
from ums.domain.errors import Conflict, InvalidRequest
from ums.services.binding import conflicts

pages = Blueprint("conflicts", __name__, url_prefix="/conflicts")

PAGE = 25


@pages.get("")
@needs_operator
def list_() -> ResponseReturnValue:
    """Those in a state, in the order in which they came."""
    state = request.args.get("state", "")
    state, cursor = state if state in CONFLICT_STATES else "open", request.args.get("cursor") or None
    return render_template(
        "console/conflicts.html",
        page=conflicts.page(current_gateway(), state, cursor, PAGE),
        state=state,
        states=CONFLICT_STATES,
        kinds=CONFLICT_KINDS,
        cursor=cursor,
    )


@pages.post("/<int(max=9223372036854775807):conflict_id>/settle")
@runs_channels
def settle(conflict_id: int) -> ResponseReturnValue:
    """Bind all addresses of the person to one of the userids."""
    userid = request.form.get("userid", "")
    try:
        conflicts.settle(current_gateway(), current_operator(), conflict_id, userid)
    except (Conflict, InvalidRequest):
        flash(gettext("Nothing was changed: it has been decided already, or is about other users by now."), "bad")
    else:
        auditing.note(f"userid {userid}")
        flash(gettext("All addresses are bound to %(user)s now.", user=userid), "good")
    return redirect(url_for("console.conflicts.list_"), 303)


@pages.post("/<int(max=9223372036854775807):conflict_id>/apart")
@runs_channels
def keep_apart(conflict_id: int) -> ResponseReturnValue:
    """Leave everything as it is."""
    try:
        conflicts.keep_apart(current_gateway(), current_operator(), conflict_id)
    except Conflict:
        flash(gettext("Nothing was changed: it has been decided already, or is about other users by now."), "bad")
    else:
        auditing.note()
        flash(gettext("They stay apart; it comes back only if another user joins them."), "good")
    return redirect(url_for("console.conflicts.list_"), 303)
