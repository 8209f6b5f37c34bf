"""What goes wrong, as a page: the same sentences that the API answers, in the console's dress."""

from __future__ import annotations

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ums.domain.errors import Problem
from ums.logs import get_logger
from ums.store.faults import DATABASE_FAULTS

log = get_logger(__name__)


def register(blueprint: Blueprint) -> None:
    """Answer everything that goes wrong on the console's pages."""
    blueprint.register_error_handler(Problem, _problem)
    blueprint.register_error_handler(HTTPException, _http_fault)
    blueprint.register_error_handler(Exception, _defect)
    for fault in DATABASE_FAULTS:
        blueprint.register_error_handler(fault, _database_fault)


def _page(status: int, detail: str = "", retry_after: int | None = None) -> ResponseReturnValue:
    number = g.get("request_id", "")
    response = make_response(
        render_template("console/error.html", status=status, detail=detail, request_number=number), status
    )
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _problem(problem: Problem) -> ResponseReturnValue:
    return _page(problem.status, problem.message, problem.retry_after)


def _http_fault(fault: HTTPException) -> ResponseReturnValue:
    """What Flask itself refused: a form without its token, a body too large, a path that isn't there."""
    status = fault.code or 500
    if status < 400 or fault.response is not None:
        return fault
    if status == 500:
        return _defect(fault)
    return _page(status, "" if status == 404 else fault.description or "")


def _database_fault(fault: Exception) -> ResponseReturnValue:
    log.error("the database does not answer", action="database_unavailable", exc_info=fault)
    return _page(503, retry_after=2)


def _defect(fault: Exception) -> ResponseReturnValue:
    log.error("a page failed", action="page_failed", path=request.path, exc_info=fault)
    return _page(500)
