"""Blacklists and whitelists: made, filled and removed by operators, named by messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ums.domain import cursor as cursors
from ums.domain.address import USERID, USERID_RULE
from ums.domain.audience import Audience
from ums.domain.errors import Conflict, InvalidRequest, ListUnknown
from ums.domain.user_list import LONGEST_LIST, ListKind
from ums.domain.views import Page
from ums.services.gateway import Gateway
from ums.services.names import check_id_free, check_name, check_name_free, check_unused, known
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.store import lists as store
from ums.store import schedules
from ums.store.db import Session
from ums.store.lists import KeptList

LONGEST_BATCH = 1000
"""Userids in one call."""

_MEMBERS = {ListKind.BLACKLIST: "black_id", ListKind.WHITELIST: "white_id"}
"""What a message's audience names a list by."""

_Edit = Callable[[Session, int, Sequence[str], float], int]


def add(
    gateway: Gateway, kind: ListKind, name: str, userids: Sequence[str] = (), list_id: int | None = None
) -> KeptList:
    """Make a list of at most 1,000 userids, under a number of one's own choice or the next free one.

    Raises InvalidRequest for an unusable name or userid, Conflict for a name or a number that is taken.
    """
    check_name(name)
    check_userids(userids)
    with gateway.database.write() as session:
        check_name_free(kind, name, store.by_name(session, kind, name))
        if list_id is not None:
            check_id_free(kind, list_id, store.by_id(session, kind, list_id))
        made = store.add(session, kind, name, gateway.clock.now(), list_id=list_id)
        store.put(session, made.key, userids, gateway.clock.now())
        return _found(session, kind, made.id)


def change(
    gateway: Gateway, kind: ListKind, list_id: int, name: str, userids: Sequence[str] | None = None
) -> KeptList:
    """Give a list another name and, where they are given, other userids in the place of all it has.

    Raises NotFound, and otherwise as `add` does.
    """
    check_name(name)
    check_userids(userids or ())
    now = gateway.clock.now()
    with gateway.database.write() as session:
        before = _found(session, kind, list_id)
        if before.name != name:
            check_name_free(kind, name, store.by_name(session, kind, name))
        if userids is None:
            store.rename(session, before.key, name, now)
        else:
            store.bury(session, before.key)
            made = store.add(session, kind, name, now, list_id=list_id, created_at=before.created_at)
            store.put(session, made.key, userids, now)
        changed = _found(session, kind, list_id)
    if userids is not None:
        _purge(gateway)
    return changed


def remove(gateway: Gateway, kind: ListKind, list_id: int) -> None:
    """Forget a list; messages that name it are refused from now on.

    Raises NotFound, and Conflict while messages name it that haven't reached everyone yet.
    """
    with gateway.database.write() as session:
        found = _found(session, kind, list_id)
        check_unused(kind, list_id, schedules.naming(session, _MEMBERS[kind], list_id))
        store.bury(session, found.key)
    _purge(gateway)


def add_userids(gateway: Gateway, kind: ListKind, list_id: int, userids: Sequence[str]) -> KeptList:
    """Set at most 1,000 userids on a list; those that are there stay.

    Raises NotFound, InvalidRequest for an unusable userid, Conflict where the list would grow too long.
    """
    return _edit(gateway, kind, list_id, userids, store.put)


def remove_userids(gateway: Gateway, kind: ListKind, list_id: int, userids: Sequence[str]) -> KeptList:
    """Take at most 1,000 userids off a list; those that aren't there are no fault.

    Raises NotFound, InvalidRequest for an unusable userid.
    """
    return _edit(gateway, kind, list_id, userids, store.take)


def show(gateway: Gateway, kind: ListKind, list_id: int) -> KeptList:
    """The list with this number. Raises NotFound."""
    with gateway.database.read() as session:
        return _found(session, kind, list_id)


def list_all(gateway: Gateway, kind: ListKind, cursor: str | None = None, limit: int = PAGE) -> Page[KeptList]:
    """Lists by number. Raises InvalidRequest for a cursor that no answer gave, a limit out of 1 to 1,000."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, kind, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda kept: str(kept.id))


def userids_of(
    gateway: Gateway, kind: ListKind, list_id: int, cursor: str | None = None, limit: int = PAGE
) -> Page[str]:
    """The userids on a list, in their order. Raises NotFound, and otherwise as `list_all` does."""
    check_limit(limit)
    after = cursors.read(cursor) if cursor else ""
    with gateway.database.read() as session:
        found = store.userids_page(session, _found(session, kind, list_id).key, after=after, limit=limit + 1)
    return page_of(found, limit, str)


def check_lists(session: Session, audience: Audience, within: str = "option.") -> None:
    """Raises ListUnknown for a list that there isn't, InvalidRequest where none can be applied.

    `within` is where the lists were given.
    """
    _check_applicable(audience)
    _check_list(session, ListKind.BLACKLIST, audience.black_id, f"{within}black_id")
    _check_list(session, ListKind.WHITELIST, audience.white_id, f"{within}white_id")


def check_userids(userids: Sequence[str]) -> None:
    """Raises InvalidRequest for more than 1,000, and for texts that can't be userids."""
    if len(userids) > LONGEST_BATCH:
        text = f"must hold at most {LONGEST_BATCH} userids, not {len(userids)}; add the others afterwards"
        raise InvalidRequest(f"userids: {text}.", errors={"userids": [text]})
    wrong = [index for index, userid in enumerate(userids) if not USERID.fullmatch(userid)]
    if wrong:
        errors = {f"userids.{index}": [f"is no userid: {USERID_RULE}"] for index in wrong}
        raise InvalidRequest(f"userids.{wrong[0]}: is no userid: {USERID_RULE}.", errors=errors)


def _edit(gateway: Gateway, kind: ListKind, list_id: int, userids: Sequence[str], edit: _Edit) -> KeptList:
    check_userids(userids)
    with gateway.database.write() as session:
        size = edit(session, _found(session, kind, list_id).key, userids, gateway.clock.now())
        if size > LONGEST_LIST:
            raise Conflict(f"The {kind} {list_id} would hold {size:,} userids; at most {LONGEST_LIST:,} are taken.")
        return _found(session, kind, list_id)


def _check_applicable(audience: Audience) -> None:
    """Lists hold userids. An address of the caller's own is nobody's, and would pass every list unseen."""
    given = {"option.black_id": audience.black_id, "option.white_id": audience.white_id}
    path = next((path for path, list_id in given.items() if list_id is not None), None)
    if audience.addresses and path is not None:
        text = "lists hold userids and can't be applied to addresses of your own; leave it out, or send to userids"
        raise InvalidRequest(f"{path}: {text}", errors={path: [text]})


def _check_list(session: Session, kind: ListKind, list_id: int | None, path: str) -> None:
    if list_id is not None and store.by_id(session, kind, list_id) is None:
        text = f"there is no {kind} {list_id}"
        raise ListUnknown(f"{path}: {text}.", errors={path: [text]})


def _purge(gateway: Gateway) -> None:
    """Take away the userids of lists that are gone, a few thousand in a transaction."""
    left = True
    while left:
        with gateway.database.write() as session:
            left = store.purge(session)


def _found(session: Session, kind: ListKind, list_id: int) -> KeptList:
    return known(kind, list_id, store.by_id(session, kind, list_id))
