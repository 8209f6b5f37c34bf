"""One person: what he is bound by, where he is reached, how that came about; and taking an address away.

An address is never part of a form or of a page's own address: what is unbound is named by where it stands.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing
from ums.console.auth import needs_operator, runs_channels
from ums.console.context import current_gateway, current_operator
from ums.console.people_words import ADDRESS_CHANGES, BINDING_CAUSES
from ums.domain.binding_history import change_word, shown_address
from ums.domain.commands import Caller
from ums.domain.errors import NotFound
from ums.domain.reach import Reach
from ums.domain.views import UserView
from ums.domain.wire import PROPERTIES, TAG
from ums.services import applications, users
from ums.services.binding import history, uploads
from ums.services.contents import sender_of
from ums.services.gateway import Gateway
from ums.services.reach import reach

pages = Blueprint("people", __name__, url_prefix="/people")

PAGE = 50
MOST_APPLICATIONS = 20
"""Of how many it is told where they reach him."""


@pages.get("")
@needs_operator
def show() -> ResponseReturnValue:
    """Look somebody up by his userid; with `user`, what is known of him."""
    userid = request.args.get("user", "").strip()
    if not userid:
        return render_template("console/people.html", userid="")
    gateway, cursor = current_gateway(), request.args.get("cursor") or None
    try:
        page = history.page(gateway, None, userid, cursor, PAGE)
    except NotFound:
        flash(gettext("Nobody has this userid."), "bad")
        return redirect(url_for("console.people.show"), 303)
    known = _known(gateway, userid)
    return render_template(
        "console/people.html",
        userid=userid,
        bindings=[one for one in known.bindings if one.property != TAG.wire] if known else [],
        is_there=known is not None,
        reaches=_reaches(gateway, userid),
        page=page,
        cursor=cursor,
        changes=ADDRESS_CHANGES,
        change_word=change_word,
        shown_address=shown_address,
        causes=BINDING_CAUSES,
    )


@pages.post("/unbind")
@runs_channels
def unbind() -> ResponseReturnValue:
    """Take what a user has in a place away."""
    gateway, operator = current_gateway(), current_operator()
    userid, name, bind_id = (request.form.get(member, "") for member in ("userid", "property", "bind_id"))
    here = url_for("console.people.show", user=userid)
    if operator is None or name not in PROPERTIES or name == TAG.wire:
        raise NotFound(gettext("There is no such address."))
    if not uploads.take_away(gateway, userid, name, bind_id, operator.name):
        flash(gettext("He has no address there any more."), "note")
        return redirect(here, 303)
    auditing.note(f"userid {userid}, {name} under {bind_id}")
    flash(gettext("The address is his no longer."), "good")
    return redirect(here, 303)


def _known(gateway: Gateway, userid: str) -> UserView | None:
    try:
        return users.show(gateway, None, userid)
    except NotFound:
        return None


def _reaches(gateway: Gateway, userid: str) -> list[tuple[str, Reach]]:
    """Where each application reaches him now, by its name."""
    found = []
    for view in applications.list_all(gateway)[:MOST_APPLICATIONS]:
        sender = sender_of(gateway, view.id)
        try:
            found.append((view.name, reach(gateway, Caller(key=sender.channel_key, sender=sender), userid)))
        except NotFound:
            continue
    return found
