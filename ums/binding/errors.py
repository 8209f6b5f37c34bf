"""What goes wrong, as a page that a person can read."""

from __future__ import annotations

from flask import Blueprint, make_response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ums.binding.showing import page
from ums.domain.errors import Conflict, Problem, RateExceeded
from ums.logs import get_logger
from ums.store.faults import DATABASE_FAULTS

log = get_logger(__name__)

OF_ONE_BROWSER = frozenset({"bind.visiting_callback", "bind.visiting_done", "bind.visiting_again"})


def register(blueprint: Blueprint) -> None:
    """Answer everything that goes wrong on these pages."""
    blueprint.register_error_handler(Problem, _problem)
    blueprint.register_error_handler(HTTPException, _http_fault)
    blueprint.register_error_handler(Exception, _defect)
    for fault in DATABASE_FAULTS:
        blueprint.register_error_handler(fault, _database_fault)


def _page(status: int, retry_after: int | None = None) -> ResponseReturnValue:
    response = make_response(page("error.html", status, kind=_kind(status)))
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _kind(status: int) -> str:
    """Which words the page has."""
    if status == RateExceeded.status:
        return "often"
    if status >= 500 or status == Conflict.status:
        return "busy"
    return "elsewhere" if request.endpoint in OF_ONE_BROWSER else "over"


def _problem(problem: Problem) -> ResponseReturnValue:
    return _page(problem.status, problem.retry_after)


def _http_fault(fault: HTTPException) -> ResponseReturnValue:
    status = fault.code or 500
    if status < 400 or fault.response is not None:
        return fault
    return _defect(fault) if status == 500 else _page(status)


def _database_fault(fault: Exception) -> ResponseReturnValue:
    log.error("the database does not answer", action="database_unavailable", exc_info=fault)
    return _page(503, retry_after=2)


def _defect(fault: Exception) -> ResponseReturnValue:
    log.error("a page failed", action="page_failed", path=request.path, exc_info=fault)
    return _page(500)
