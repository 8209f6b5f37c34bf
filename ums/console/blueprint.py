"""The console's pages put together, and what holds for all of them: headers, forms' tokens, the cookie."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import NotFound

from ums.console import (
    authorising,
    channel_pages,
    channels,
    conflicts,
    context,
    errors,
    languages,
    messages,
    people,
    showing,
    sign_in,
    site_files,
)
from ums.console.auth import needs_operator, open_to_all, recognise
from ums.console.sessions import ConsoleSessions
from ums.domain.errors import Unavailable
from ums.services.binding.conflicts import count_open
from ums.services.gateway import Gateway

PREFIX = "/console"
LARGEST_FORM = 64 * 1024
"""Bytes; the console's forms are a few buttons."""
UNKNOWN_PATH_METHODS = ("GET", "POST")

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

_tokens = CSRFProtect()


def blueprint(gateway: Gateway) -> Blueprint:
    """The console, to be registered with an application; its pages are under `/console`, and `/` leads there."""
    made = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static")
    made.record_once(lambda state: _prepare(state, gateway))
    made.before_request(_check_form)
    made.after_request(_headed)
    made.context_processor(lambda: {"operator": context.current_operator(), "here": _here()})
    made.context_processor(lambda: {"open_conflicts": _open_conflicts})
    showing.register(made)
    channel_pages.register(made)
    errors.register(made)
    shown = (sign_in, languages, channels, messages, authorising, people, conflicts, site_files)
    for pages in (*(module.pages for module in shown), *channel_pages.PAGES):
        made.register_blueprint(pages)
    made.add_url_rule("/", "home", home)
    made.add_url_rule("/<path:path>", "unknown", unknown, methods=UNKNOWN_PATH_METHODS)
    return made


@needs_operator
def home() -> ResponseReturnValue:
    """The first page."""
    return redirect(url_for("console.channels.list_"), 303)


@open_to_all
def front() -> ResponseReturnValue:
    """Whoever opens the bare address wants the console."""
    return redirect(url_for("console.home"), 303)


@open_to_all
def unknown(path: str) -> ResponseReturnValue:
    """Every path that isn't there, so that it looks like the console too."""
    recognise()
    raise NotFound


def _prepare(state: BlueprintSetupState, gateway: Gateway) -> None:
    app = state.app
    assert isinstance(app, Flask)  # noqa: S101 - no other application has sessions
    context.attach(app, gateway)
    app.secret_key = app.secret_key or gateway.sealer.signing_key
    app.config.update(
        SESSION_COOKIE_NAME="ums_console",
        SESSION_COOKIE_PATH=PREFIX,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=gateway.settings.address.startswith("https://"),
        WTF_CSRF_CHECK_DEFAULT=False,
        # A page may stay open as long as its session lasts.
        WTF_CSRF_TIME_LIMIT=None,
        # The token suffices; a proxy that leaves the port out of Host would lock everyone out.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = ConsoleSessions(PREFIX)
    _tokens.init_app(app)
    languages.set_up(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_url_rule("/", "front", front)
    app.register_blueprint(authorising.doors)


def _check_form() -> None:
    """Refuse a form that is too large, or that another site has sent."""
    request.max_content_length = LARGEST_FORM
    _tokens.protect()


def _headed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.update(("Cookie", "Accept-Language"))
    return response


def _open_conflicts() -> int:
    """How many wait for a decision; none where the database can't tell, since every page shows it."""
    try:
        return count_open(context.current_gateway())
    except Unavailable:
        return 0


def _here() -> str:
    """Where the reader is, for coming back after a change of language."""
    return request.full_path.rstrip("?") if request.method == "GET" else ""
