"""The one shape of every error: `{"code", "message"}`, and `errors` by path where fields are wrong."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from ums.api.context import request_id
from ums.domain.commands import Json
from ums.domain.errors import (
    InvalidRequest,
    MethodNotAllowed,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Problem,
    ServerFault,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
    first_of,
)
from ums.domain.shown import shown
from ums.logs import get_logger
from ums.store.faults import DATABASE_FAULTS

log = get_logger(__name__)

CHALLENGE = 'Basic realm="ums", charset="UTF-8"'
OPERATORS_CHALLENGE = 'Bearer realm="ums"'
OPERATORS_PATHS = "/v1/admin"
PATHS_WITH_DATA = frozenset({"/v1/user/opt", "/v1/user/delete"})
"""Where a public client of the hosted system reads `data` as a text when the whole call has failed."""
_KINDS: Mapping[int, type[Problem]] = {
    kind.status: kind
    for kind in (NotAuthenticated, NotAllowed, NotFound, MethodNotAllowed, TooLarge, UnsupportedMedia, Unavailable)
}


def register(app: Flask) -> None:
    """Answer everything that goes wrong in `app` in this shape, unless a blueprint has its own."""
    app.register_error_handler(Problem, answered)
    app.register_error_handler(HTTPException, _http_fault)
    app.register_error_handler(Exception, _defect)
    for fault in DATABASE_FAULTS:
        app.register_error_handler(fault, _database_fault)


def wrong_fields(errors: Mapping[str, list[str]]) -> InvalidRequest:
    """The problem of a request some of whose fields are wrong; it names the first in its message."""
    return InvalidRequest(first_of(errors), errors=errors)


def answered(problem: Problem) -> Response:
    """A problem as an answer."""
    body: dict[str, Json | Mapping[str, list[str]]] = {"code": problem.code, "message": problem.message}
    if problem.errors:
        body["errors"] = problem.errors
    if request.path in PATHS_WITH_DATA:
        body["data"] = ""
    response = jsonify(body)
    response.status_code = problem.status
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if isinstance(problem, NotAuthenticated):
        of_operators = request.path.startswith(OPERATORS_PATHS)
        response.headers["WWW-Authenticate"] = OPERATORS_CHALLENGE if of_operators else CHALLENGE
    return response


def _http_fault(fault: HTTPException) -> Response | HTTPException:
    """What Flask itself refused: unknown paths, methods, bodies that break off."""
    status = fault.code or 500
    if status < 400 or fault.response is not None:
        return fault
    if status == 500:
        return _defect(fault)
    response = answered(_KINDS.get(status, InvalidRequest)(_words(status, fault)))
    response.status_code = status
    response.headers.extend(
        (name, value) for name, value in fault.get_headers() if name in {"Allow", "Retry-After"}
    )
    return response


def _words(status: int, fault: HTTPException) -> str:
    if status == NotFound.status:
        return f"There is nothing at {shown(request.path)}; paths have no slash at their end."
    if status == MethodNotAllowed.status:
        allowed = dict(fault.get_headers()).get("Allow", "")
        return f"{shown(request.method)} is not answered at {shown(request.path)}; the path takes {allowed}."
    return fault.description or fault.name


def _database_fault(fault: Exception) -> Response:
    log.error("the database does not answer", action="database_unavailable", exc_info=fault)
    return answered(Unavailable("The database can't be read right now; send the request again.", retry_after=2))


def _defect(fault: Exception) -> Response:
    log.error("a request failed", action="request_failed", path=request.path, exc_info=fault)
    return answered(
        ServerFault(f"The gateway failed to answer this. Its log has the reason under request {request_id()}.")
    )
