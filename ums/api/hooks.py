"""Where providers push their events: the channel's plugin verifies each push by its own signature."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ums.api.auth import open_to_all
from ums.api.body import read_bytes
from ums.api.context import current_gateway
from ums.provider.forwarder import MARK
from ums.services import hooks

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

LARGEST_PUSH = 64 * 1024
"""Bytes."""


@blueprint.route("/<code>", methods=["GET", "POST"])
@open_to_all
def receive(code: str) -> Response:
    """Take a push, or answer the provider's check of the address."""
    method = "POST" if request.method == "POST" else "GET"
    body = read_bytes(LARGEST_PUSH) if method == "POST" else b""
    wrapping = hooks.Wrapping(
        query=request.query_string.decode("latin-1"),
        content_type=request.content_type or "text/xml",
        is_forwarded=MARK in request.headers,
    )
    reply = hooks.receive(current_gateway(), code, method, request.args.to_dict(), body, wrapping)
    return Response(reply.body, content_type=reply.content_type)
