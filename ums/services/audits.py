"""Who changed what through the admin API: noted when it is done, shown newest first."""

from __future__ import annotations

from ums.domain.errors import Unavailable
from ums.domain.operator import Operator
from ums.domain.views import AuditView, Page
from ums.logs import get_logger
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import audits as store

log = get_logger(__name__)


COMMAND_LINE = "(command line)"
"""Who is noted where nobody signed in: whoever has the gateway's machine."""


def note(gateway: Gateway, operator: Operator | None, action: str, thing: str, detail: str) -> None:
    """Keep that an operator (None: the command line) has changed something.

    What is done stays done where this can't be written.
    """
    name = COMMAND_LINE if operator is None else operator.name
    log.info("changed", action="admin_change", operator=name, did=action, thing=thing, detail=detail)
    try:
        with gateway.database.write() as session:
            now = gateway.clock.now()
            store.add(session, at=now, operator=name, action=action, thing=thing, detail=detail)
    except Unavailable as problem:
        log.error("a change could not be noted", action="audit_failed", cause=problem.message)


def page(gateway: Gateway, cursor: str | None = None, limit: int = PAGE) -> Page[AuditView]:
    """Notes, newest first. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    before = None if cursor is None else after_id(cursor)
    with gateway.database.read() as session:
        found = store.page(session, before=before, limit=limit + 1)
    return page_of(found, limit, lambda note: str(note.id))
