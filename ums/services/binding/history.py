"""How a user's addresses came about: a row for each change, with its cause, as far as the caller may look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ums.domain.address import USERID
from ums.domain.commands import Caller
from ums.domain.errors import NotFound
from ums.domain.shown import shown
from ums.domain.views import Page
from ums.services.gateway import Gateway
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.services.users import seen_by
from ums.store import binding_changes, users
from ums.store.binding_changes import KeptChange


def page(
    gateway: Gateway, caller: Caller | None, userid: str, cursor: str | None = None, limit: int = PAGE
) -> Page[KeptChange]:
    """A user's changes, the newest first, also where he has been removed.

    An application sees those under `all`, its ChannelKey and its channels. Raises NotFound where there is neither
    the user nor a change to be seen, and InvalidRequest for a cursor or a limit that won't do.
    """
    check_limit(limit)
    before = None if cursor is None else after_id(cursor)
    is_one = USERID.fullmatch(userid) is not None
    with gateway.database.read() as session:
        seen_under = seen_by(session, caller)
        found = (
            binding_changes.page(session, userid, before=before, limit=limit + 1, seen_under=seen_under)
            if is_one
            else []
        )
        user = users.by_userid(session, userid, seen_under) if is_one and not found else None
    if not found and (user is None or (seen_under is not None and not user.bindings)):
        raise NotFound(f"There is no user {shown(userid)}.")
    return page_of([_seen(one, seen_under) for one in found], limit, lambda one: str(one.id))


def _seen(kept: KeptChange, seen_under: Sequence[str] | None) -> KeptChange:
    """A change as an application may read it: who else did it is not told."""
    if seen_under is None or kept.change.by in seen_under:
        return kept
    return replace(kept, change=replace(kept.change, by=""))
