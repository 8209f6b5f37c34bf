"""The pages put together, and what holds for all of them: headers, the count of who comes, what goes wrong."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, request
from flask.blueprints import BlueprintSetupState

from ums.binding import context, cross_origin, errors, leaving, visiting
from ums.services.gateway import Gateway

LARGEST_FORM = 4096
"""Bytes; the forms are a button, and a result is a word."""
OPEN_TO_ALL = "open_to_all"

POLICY = (
    "default-src 'none'; style-src 'self' 'nonce-{nonce}'; {scripts}img-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PROVIDERS_SCRIPTS = "https://res.wx.qq.com"
"""Where WeChat's script comes from; it is allowed on the one page that goes back into the mini program."""

VIEWS = (
    ("GET", "/<code>", visiting.start),
    ("POST", "/<code>/go", visiting.go),
    ("GET", "/<code>/callback", visiting.callback),
    ("GET", "/<code>/done", visiting.done),
    ("GET", "/<code>/again", visiting.again),
    ("GET", "/<code>/leave", leaving.ask),
    ("POST", "/<code>/leave", leaving.leave),
    ("POST", "/result", cross_origin.tell),
    ("OPTIONS", "/result", cross_origin.preflight),
)
"""Below `/bind`; the codes of channels are letters and digits."""


def blueprint(gateway: Gateway) -> Blueprint:
    """The pages, to be registered with an application."""
    made = Blueprint(
        "bind",
        __name__,
        url_prefix=context.PREFIX,
        template_folder="templates",
        static_folder="static",
        static_url_path="/-",
    )
    made.record_once(lambda state: _prepare(state, gateway))
    made.before_request(_enter)
    made.after_request(_headed)
    errors.register(made)
    for method, path, view in VIEWS:
        # whoever has a link may come: links, states and forms are signed
        view.__dict__["authentication"] = OPEN_TO_ALL
        made.add_url_rule(path, f"{view.__module__.rpartition('.')[2]}_{view.__name__}", view, methods=[method])
    return made


def _prepare(state: BlueprintSetupState, gateway: Gateway) -> None:
    app = state.app
    assert isinstance(app, Flask)  # noqa: S101 - nothing else has extensions
    context.attach(app, gateway)


def _enter() -> None:
    request.max_content_length = LARGEST_FORM
    context.enter()


def _headed(response: Response) -> Response:
    """Whoever is led elsewhere from here takes no address of ours along."""
    scripts = f"script-src 'self' {PROVIDERS_SCRIPTS}; " if visiting.goes_back_into_the_app() else ""
    policy = POLICY.format(nonce=context.nonce(), scripts=scripts)
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.update(("Cookie", "Accept-Language"))
    return response
