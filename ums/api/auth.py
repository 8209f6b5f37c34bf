"""Who may come in: every view is wrapped by exactly one of these, and carries its name as `authentication`.

Nothing of a request's body is read before its credentials have been judged.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flask import request
from werkzeug.datastructures import Authorization

from ums.api.context import current_gateway
from ums.domain.commands import Caller
from ums.domain.errors import NotAllowed, NotAuthenticated
from ums.services import applications

P = ParamSpec("P")
R = TypeVar("R")
GuardedView = Callable[Concatenate[Caller, P], R]

OPEN_TO_ALL = "open_to_all"
NEEDS_CREDENTIALS = "needs_credentials"


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may call: the view tells nothing, or checks a signature itself."""
    view.__dict__["authentication"] = OPEN_TO_ALL
    return view


def needs_credentials(view: GuardedView[P, R]) -> Callable[P, R]:
    """An application or the AccessKey may call; the view is given which."""
    return _guarded(view, _anyone)


def needs_channel_key(view: GuardedView[P, R]) -> Callable[P, R]:
    """Only an application may call."""
    return _guarded(view, _an_application)


def needs_access_key(view: GuardedView[P, R]) -> Callable[P, R]:
    """Only the AccessKey may call."""
    return _guarded(view, _the_access_key)


def _guarded(view: GuardedView[P, R], check: Callable[[Caller], None]) -> Callable[P, R]:
    @wraps(view)
    def guarded(*positional: P.args, **named: P.kwargs) -> R:
        caller = _caller()
        check(caller)
        return view(caller, *positional, **named)

    guarded.__dict__["authentication"] = NEEDS_CREDENTIALS
    return guarded


def _caller() -> Caller:
    """Who shows the credentials. Raises NotAuthenticated, and ApplicationClosed."""
    given = _authorization()
    if given is None or given.type != "basic" or not given.username or given.password is None:
        raise NotAuthenticated(
            "This path needs credentials: HTTP Basic with ChannelKey:MasterSecret, or AccessKey:MasterSecret."
        )
    return applications.authenticate(current_gateway(), given.username, given.password)


def _authorization() -> Authorization | None:
    try:
        return request.authorization
    except ValueError:
        # werkzeug lets base64's own words through where the header is not ASCII
        return None


def _anyone(caller: Caller) -> None:
    """Either kind will do."""


def _an_application(caller: Caller) -> None:
    if caller.is_access_key:
        raise NotAllowed("An AccessKey can't do this; call with an application's ChannelKey and MasterSecret.")


def _the_access_key(caller: Caller) -> None:
    if not caller.is_access_key:
        raise NotAllowed("A ChannelKey can't do this; call with the AccessKey and its MasterSecret.")
