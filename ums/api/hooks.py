"""Where providers push their events: the channel's plugin verifies each push by its own signature."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ums.api.auth import open_to_all
from ums.api.body import read_bytes
from ums.api.context import current_gateway
from ums.provider.forwarder import MARK
from ums.services import hooks, platform_doors

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")

LARGEST_PUSH = 64 * 1024
"""Bytes."""


@blueprint.route("/<code>", methods=["GET", "POST"])
@open_to_all
def receive(code: str) -> Response:
    """Take a push, or answer the provider's check of the address."""
    method = "POST" if request.method == "POST" else "GET"
    body = read_bytes(LARGEST_PUSH) if method == "POST" else b""
    reply = hooks.receive(current_gateway(), code, method, request.args.to_dict(), body, _wrapping())
    return Response(reply.body, content_type=reply.content_type)


@blueprint.post("/platform/events")
@open_to_all
def receive_news() -> Response:
    """Take a push to the third-party platform itself: its ticket, and what accounts authorise."""
    body = read_bytes(LARGEST_PUSH)
    answer = platform_doors.take_news(current_gateway(), "POST", request.args.to_dict(), body)
    return Response(answer, content_type="text/plain; charset=utf-8")


@blueprint.post("/platform/<account>")
@open_to_all
def receive_for(account: str) -> Response:
    """Take a push for an account that has authorised the third-party platform."""
    body = read_bytes(LARGEST_PUSH)
    query = request.args.to_dict()
    reply = platform_doors.take_push(current_gateway(), account, "POST", query, body, _wrapping())
    return Response(reply.body, content_type=reply.content_type)


def _wrapping() -> hooks.Wrapping:
    return hooks.Wrapping(
        query=request.query_string.decode("latin-1"),
        content_type=request.content_type or "text/xml",
        is_forwarded=MARK in request.headers,
    )
