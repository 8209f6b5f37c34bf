"""What is noted of a change made through the admin API."""

from __future__ import annotations

from flask import request

from ums.api.context import current_gateway
from ums.api.strict_json import Malformed, parse
from ums.domain.operator import Operator
from ums.services import audits

LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})

TOLD = frozenset(
    {
        "id",
        "name",
        "userid",
        "file",
        "channel",
        "type",
        "role",
        "state",
        "by",
        "tid",
        "endpoint",
        "force",
        "daily_limit",
    }
)
"""Members of a body that are noted with their value; of others, which may be secret, only that they were given."""


def note_change(operator: Operator) -> None:
    """Note what this request has changed, if it isn't one that only looks."""
    if request.method not in LOOKING:
        audits.note(current_gateway(), operator, request.method, request.full_path.rstrip("?"), _detail())


def _detail() -> str:
    """Such as `name shop, role admin, policy`."""
    try:
        body = parse(request.get_data())
    except Malformed:
        return ""
    if not isinstance(body, dict):
        return ""
    return ", ".join(f"{name} {value}" if name in TOLD else name for name, value in body.items())
