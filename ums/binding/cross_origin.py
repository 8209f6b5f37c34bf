"""Results for pages of other origins, which an operator has allowed: JSON, for exactly that origin, once.

There are no cookies in it, nothing that a script element could read, and no secret: a page learns who came, and
can't bind anybody.
"""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from ums.binding import context
from ums.domain.errors import InvalidRequest, NotAllowed, Problem
from ums.services.binding import results
from ums.services.binding.results import Told

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def preflight() -> ResponseReturnValue:
    """A browser asks whether a page of its origin may ask."""
    origin = request.headers.get("Origin", "")
    answer = Response(status=204)
    answer.vary.add("Origin")
    if not origin or not results.is_known(context.current_gateway(), origin):
        answer.status_code = NotAllowed.status
        return answer
    answer.headers[ALLOW_ORIGIN] = origin
    answer.headers["Access-Control-Allow-Methods"] = "POST"
    answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def tell() -> ResponseReturnValue:
    """Who came, for a page of the ticket's origin."""
    origin = request.headers.get("Origin", "")
    try:
        told = context.judged(lambda: results.tell_page(context.current_gateway(), origin, _given()))
    except Problem as problem:
        answer = jsonify({"code": problem.code, "message": problem.message})
        answer.status_code = problem.status
    else:
        answer = jsonify(_shown(told))
        answer.headers[ALLOW_ORIGIN] = origin
    answer.vary.add("Origin")
    return answer


def _given() -> str:
    body = request.get_json(silent=True) if request.mimetype == "application/json" else None
    result = body.get("result") if isinstance(body, dict) else None
    if not isinstance(result, str):
        raise InvalidRequest('Send {"result": "…"} as application/json.')
    return result


def _shown(told: Told) -> dict[str, object]:
    whose = {"userid": told.userid} if told.userid else {}
    return {"code": 0, "bound": bool(told.userid), "channel": told.channel, **whose}
