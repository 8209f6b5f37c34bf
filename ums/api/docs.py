"""The API's description as a page, at `/docs`: nothing of it comes from anywhere else, and it needs no script."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from ums.api import reference
from ums.api.auth import open_to_all
from ums.api.description import document

POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"

blueprint = Blueprint(
    "docs",
    __name__,
    url_prefix="/docs",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)


@blueprint.route("")
@open_to_all
def show() -> str:
    """Every operation: who may call it, what it takes and answers, and a call to try."""
    told = document(current_app)
    return render_template(
        "api/docs.html", info=told["info"], groups=reference.groups(told, request.host_url.rstrip("/"))
    )


@blueprint.after_request
def _headed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
