"""Files at the root, by which a provider finds out that the domain is ours."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from ums.api.auth import open_to_all
from ums.api.context import current_gateway
from ums.services.binding import site_files

blueprint = Blueprint("site_files", __name__)


@blueprint.get("/<name>.txt")
@open_to_all
def show(name: str) -> Response:
    """The one word that such a file holds."""
    content = site_files.content(current_gateway(), f"{name}.txt")
    if content is None:
        raise NotFound
    return Response(
        content, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )
