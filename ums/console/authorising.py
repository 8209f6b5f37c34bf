"""Authorising by QR code: the pages that an account's administrator meets, and where an operator asks for a link.

The administrator needs no login here: the link that he was given is signed, short-lived and serves once.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from ums.console.auth import needs_operator, open_to_all, runs_channels
from ums.console.context import current_gateway
from ums.console.languages import language
from ums.domain.authorisation import Wanted
from ums.domain.errors import Conflict, InvalidRequest, NotAllowed, NotFound, Problem, Unavailable
from ums.services import applications, authorising, third_party
from ums.services.authorising import Offered, Outcome

pages = Blueprint("authorising", __name__, url_prefix="/platform")
doors = Blueprint("authorise", __name__, url_prefix="/authorise")

POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
LONGEST_CODE = 1024


@pages.get("/authorise")
@needs_operator
def ask() -> ResponseReturnValue:
    """For which channel an account is to authorise."""
    return _form()


@pages.post("/authorise")
@runs_channels
def invite() -> ResponseReturnValue:
    """A new link."""
    wanted = Wanted(
        code=request.form.get("code", "").strip(),
        type=request.form.get("type", ""),
        name=request.form.get("name", "").strip(),
        grants=tuple(request.form.getlist("grants")),
    )
    try:
        link = authorising.invite(current_gateway(), wanted)
    except (InvalidRequest, Conflict, NotFound, Unavailable) as problem:
        return make_response(_form(wanted, problem), problem.status)
    return render_template("console/authorise_link.html", link=link, wanted=wanted)


@doors.get("/<state>")
@open_to_all
def start(state: str) -> ResponseReturnValue:
    """The page from which the provider's is reached by a click."""
    try:
        found = authorising.offered(current_gateway(), state)
    except Problem as problem:
        return _told(problem)
    return _page(offered=found if isinstance(found, Offered) else None, outcome=found)


@doors.get("/<state>/done")
@open_to_all
def done(state: str) -> ResponseReturnValue:
    """Where the provider sends the administrator back to."""
    code = request.args.get("auth_code", "")
    gateway = current_gateway()
    try:
        if not code or len(code) > LONGEST_CODE:
            found = authorising.offered(gateway, state)
            return _page(offered=found if isinstance(found, Offered) else None, outcome=found)
        return _page(outcome=authorising.finish(gateway, state, code))
    except Problem as problem:
        return _told(problem)


@doors.after_request
def headed(response: Response) -> Response:
    """The provider must learn from where people come, but not by which link."""
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def _form(wanted: Wanted | None = None, problem: Problem | None = None) -> str:
    gateway = current_gateway()
    return render_template(
        "console/authorise_ask.html",
        plugins=third_party.plugins(gateway),
        applications=[application.name for application in applications.list_all(gateway)],
        wanted=wanted,
        problem=problem,
    )


def _page(offered: Offered | None = None, outcome: Offered | Outcome | None = None) -> ResponseReturnValue:
    came = outcome if isinstance(outcome, Outcome) else None
    return render_template("console/authorise.html", offered=offered, outcome=came, language=language())


def _told(problem: Problem) -> ResponseReturnValue:
    is_over = isinstance(problem, NotAllowed)
    page = render_template("console/authorise.html", problem=problem, is_over=is_over, language=language())
    return make_response(page, problem.status)
