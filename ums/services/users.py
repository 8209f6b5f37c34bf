"""Users: their bindings uploaded, removed, shown."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ums.domain import cursor as cursors
from ums.domain.address import TAG, TAG_RULE, USERID, USERID_RULE, as_userid
from ums.domain.binding import UserChange, UserRefused, edits_of, normalise
from ums.domain.commands import BatchResult, Caller, Failure, Json
from ums.domain.directory import Directory
from ums.domain.errors import InvalidRequest, NotAllowed, NotFound
from ums.domain.shown import shown
from ums.domain.views import Page, UserView
from ums.domain.wire import EVERYONE, PROPERTIES, BindScope, PropertyName
from ums.services.gateway import Gateway
from ums.store import directories
from ums.store import users as store
from ums.store.db import Session

LONGEST_BATCH = 1000
LONGEST_PAGE = 1000


def opt(gateway: Gateway, caller: Caller | None, items: Json) -> BatchResult:
    """Upload the bindings of up to 1,000 users, in any of the documented shapes.

    Users that can't be taken don't spoil the others, which are stored in one transaction and in order.
    A userid given twice, once well and once badly, is both a success and a failure.
    Raises InvalidRequest where `items` is no list of 1 to 1,000.
    """
    batch = _batch(items, '{"userid": "zhangsan", "set": {…}}')
    directory = directory_for(gateway, caller)
    taken: list[UserChange] = []
    fail: list[Failure] = []
    for index, item in enumerate(batch):
        try:
            taken.append(normalise(item, directory))
        except UserRefused as refused:
            fail.append(_failure(index, refused.userid, refused.code, refused.message))
    return BatchResult(success=write(gateway, taken), fail=tuple(fail))


def write(gateway: Gateway, taken: Iterable[UserChange]) -> tuple[str, ...]:
    """Store changes in one transaction, one after the other; answers whose they were, once each."""
    changes = list(taken)
    userids = tuple(dict.fromkeys(userid for userid, _ in changes))
    if userids:
        edits = edits_of(changes)
        with gateway.database.write() as session:
            store.write_users(session, userids, edits, gateway.clock.now())
    return userids


def delete(gateway: Gateway, caller: Caller | None, items: Json) -> BatchResult:
    """Remove up to 1,000 users with all their bindings; their deliveries stay, and name them.

    Numbers count as the text they are written with. An unknown userid is a failure with 4040.
    Raises NotAllowed for an application, InvalidRequest where `items` is no list of 1 to 1,000.
    """
    if caller is not None and not caller.is_access_key:
        raise NotAllowed("Only the AccessKey may remove users; take single values away with del in /v1/user/opt.")
    named: dict[str, int] = {}
    fail: list[Failure] = []
    for index, item in enumerate(_batch(items, '"zhangsan"')):
        userid = _userid(item)
        if userid is None:
            given = shown(item) if isinstance(item, str) else ""
            fail.append(_failure(index, given, InvalidRequest.code, f"userid: {USERID_RULE}."))
        else:
            named.setdefault(userid, index)
    with gateway.database.write() as session:
        removed = store.delete_users(session, list(named))
    fail += [
        _failure(index, shown(userid), NotFound.code, "there is no such user.")
        for userid, index in named.items()
        if userid not in removed
    ]
    return BatchResult(success=tuple(userid for userid in named if userid in removed), fail=tuple(fail))


def show(gateway: Gateway, caller: Caller | None, userid: str) -> UserView:
    """A user with the bindings the caller may see.

    An application sees what stands under `all`, its ChannelKey and its channels.
    Raises NotFound for an unknown user, and where an application may see nothing of him.
    """
    with gateway.database.read() as session:
        return _view(seen(session, caller, userid))


def seen(session: Session, caller: Caller | None, userid: str) -> store.KnownUser:
    """A user, with the bindings that the caller may see. Raises NotFound as `show` does."""
    seen_under = _seen_under(session, caller)
    user = store.by_userid(session, userid, seen_under) if USERID.fullmatch(userid) else None
    if user is None or (seen_under is not None and not user.bindings):
        raise NotFound(f"There is no user {shown(userid)}.")
    return user


def list_for(
    gateway: Gateway, caller: Caller | None, tag: str | None = None, cursor: str | None = None, limit: int = 100
) -> Page[UserView]:
    """Users by userid, of whom the caller may see something; with `tag`, those who carry it.

    Raises InvalidRequest for a tag that can't be one, a cursor that no answer gave, a limit outside 1 to 1,000.
    """
    if not 1 <= limit <= LONGEST_PAGE:
        raise InvalidRequest(f"limit: must be 1 to {LONGEST_PAGE}.", errors={"limit": [f"1 to {LONGEST_PAGE}."]})
    if tag is not None and not TAG.fullmatch(tag):
        raise InvalidRequest(f"tag: {TAG_RULE}.", errors={"tag": [f"{TAG_RULE}."]})
    after = cursors.read(cursor) if cursor else ""
    with gateway.database.read() as session:
        seen_under = _seen_under(session, caller)
        tagged_under = seen_under or [EVERYONE, *directories.channel_keys(session)]
        found = store.page(
            session, after=after, limit=limit + 1, seen_under=seen_under, tag=tag, tagged_under=tagged_under
        )
    views = tuple(_view(user) for user in found[:limit])
    return Page(items=views, next=cursors.written(views[-1].userid) if len(found) > limit else None)


def directory_for(gateway: Gateway, caller: Caller | None) -> Directory:
    """What an upload of this caller is checked against; None is an operator."""
    patterns = _patterns(gateway)
    with gateway.database.read() as session:
        types = directories.channel_types(session)
        if caller is None or caller.application_id is None:
            return Directory.for_everything(directories.channel_keys(session), types, patterns)
        granted = directories.granted_codes(session, caller.application_id)
    return Directory.for_application(caller.key, granted, types, patterns)


def _patterns(gateway: Gateway) -> Mapping[str, re.Pattern[str]]:
    return {plugin.names.property.wire: plugin.address.pattern for plugin in gateway.registry}


def _batch(items: Json, example: str) -> list[Json]:
    if not isinstance(items, list):
        raise InvalidRequest(f"The body must be a list of users, as in [{example}].")
    if not items:
        raise InvalidRequest(f"The list is empty; give 1 to {LONGEST_BATCH} users, as in [{example}].")
    if len(items) > LONGEST_BATCH:
        raise InvalidRequest(
            f"{len(items)} users in one request; at most {LONGEST_BATCH} are taken, so send them in parts."
        )
    return items


def _failure(index: int, userid: str, code: int, message: str) -> Failure:
    return Failure(userid=userid, code=code, message=message if userid else f"item {index}: {message}")


def _userid(item: Json) -> str | None:
    userid = as_userid(item)
    return userid if isinstance(userid, str) and USERID.fullmatch(userid) else None


def _seen_under(session: Session, caller: Caller | None) -> Sequence[str] | None:
    if caller is None or caller.application_id is None:
        return None
    return [EVERYONE, caller.key, *directories.granted_codes(session, caller.application_id)]


def _view(user: store.KnownUser) -> UserView:
    return UserView(userid=user.userid, properties=_properties(user), bindings=user.bindings)


def _properties(user: store.KnownUser) -> dict[str, Json]:
    """The active bindings, in the form in which `set` takes them."""
    held: dict[str, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    for binding in user.bindings:
        if binding.state == store.ACTIVE:
            held[binding.property][binding.bind_id].append(binding.value)
    return {wire: _placed(PROPERTIES[wire], places) for wire, places in held.items()}


def _placed(name: PropertyName, places: Mapping[str, list[Json]]) -> Json:
    shaped: dict[str, Json] = {bind_id: values if name.many else values[-1] for bind_id, values in places.items()}
    return shaped[EVERYONE] if name.scope is BindScope.GLOBAL else shaped
