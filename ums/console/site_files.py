"""Files at the root, by which a provider finds out that the domain is ours."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from ums.console import auditing
from ums.console.auth import needs_operator, runs_channels
from ums.console.context import current_gateway
from ums.domain.errors import InvalidRequest, NotFound
from ums.domain.site_file import LONGEST
from ums.services.binding import site_files

pages = Blueprint("site_files", __name__, url_prefix="/domain-files")


@pages.get("")
@needs_operator
def list_() -> ResponseReturnValue:
    """The files that are served."""
    gateway = current_gateway()
    return render_template(
        "console/site_files.html", files=site_files.list_all(gateway), address=gateway.settings.address
    )


@pages.post("")
@runs_channels
def add() -> ResponseReturnValue:
    """Serve a file as it was downloaded from the provider."""
    given = request.files.get("file")
    name = given.filename or "" if given is not None else ""
    content = given.stream.read(2 * LONGEST).decode("ascii", "replace") if given is not None else ""
    try:
        site_files.add(current_gateway(), name, content)
    except InvalidRequest:
        flash(gettext("This is no such file: take it as the provider's console gives it, name and all."), "bad")
    else:
        auditing.note(f"file {name}")
        flash(gettext("%(name)s is served within five seconds.", name=name), "good")
    return redirect(url_for("console.site_files.list_"), 303)


@pages.post("/remove")
@runs_channels
def remove() -> ResponseReturnValue:
    """Serve it no more."""
    name = request.form.get("file", "")
    try:
        site_files.remove(current_gateway(), name)
    except NotFound:
        flash(gettext("It was not served any more."), "note")
    else:
        auditing.note(f"file {name}")
    return redirect(url_for("console.site_files.list_"), 303)
