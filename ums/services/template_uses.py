"""Who uses a provider's templates: message templates, messages that wait, applications that sent of late."""

from __future__ import annotations

from ums.domain.message import DAY
from ums.domain.template import TemplateDiff
from ums.domain.template_breaks import Breaks, BrokenTemplate, breaking, callers, unfit
from ums.services.accounts import Account
from ums.store import message_templates as template_store
from ums.store import template_uses as store
from ums.store.db import Session

RECENT = 7 * DAY
"""Seconds for which an application that has sent by a template counts as one that will do so again."""
SHOWN = 20
"""Message ids told of each application and template."""


def broken_by(session: Session, account: Account, diff: TemplateDiff, now: float) -> Breaks:
    """What the changes of a channel's template list break."""
    changes = breaking(diff.changes)
    if not changes:
        return Breaks()
    templates = (
        (kept, unfit(kept.template.channels[account.type], changes))
        for kept in template_store.naming(session, account.type, changes)
    )
    waiting = store.waiting(session, account.id, account.type, changes)
    sent = store.sent(session, account.id, account.type, changes, since=now - RECENT)
    return Breaks(
        message_templates=tuple(
            BrokenTemplate(
                id=kept.id,
                name=kept.name,
                template_id=str(kept.template.channels[account.type]["template_id"]),
                fields=fields,
            )
            for kept, fields in templates
            if fields is not None
        ),
        applications=callers(waiting, sent, changes, SHOWN),
    )
