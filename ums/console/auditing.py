"""What is noted of a change that an operator has made in the console, beside those of the admin API."""

from __future__ import annotations

from flask import request

from ums.console.context import current_gateway, current_operator
from ums.services import audits


def note(detail: str = "") -> None:
    """Note that the operator who is signed in has done what this request asked for."""
    operator = current_operator()
    assert operator is not None  # noqa: S101 - only guarded views change anything
    audits.note(current_gateway(), operator, request.method, request.path, detail)
