"""The way in and the way out.

Opening a login link only shows a button: programs that fetch links to preview them must not use it up.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ums.console import auth
from ums.domain.errors import NotAuthenticated

pages = Blueprint("sign_in", __name__)


@pages.get("/login")
@auth.open_to_all
def ask() -> ResponseReturnValue:
    """How to come by a link."""
    return render_template("console/sign_in.html")


@pages.get("/login/<link>")
@auth.open_to_all
def offer(link: str) -> ResponseReturnValue:
    """The button that uses the link; whether it is still good shows only then."""
    return render_template("console/sign_in.html", link=link)


@pages.post("/login/<link>")
@auth.open_to_all
def enter(link: str) -> ResponseReturnValue:
    """Use the link up, and begin a session."""
    try:
        auth.begin_session(link)
    except NotAuthenticated:
        return render_template("console/sign_in.html", refused=True), 401
    return redirect(url_for("console.home"), 303)


@pages.post("/logout")
@auth.needs_operator
def leave() -> ResponseReturnValue:
    """End the session, here and on the server."""
    auth.end_session()
    return redirect(url_for("console.sign_in.ask"), 303)
