"""Who may come in: every view is wrapped by exactly one of these, and carries its name as `authentication`.

Nothing of a request's body is read before its credentials have been judged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from flask import Response, after_this_request, request
from werkzeug.datastructures import Authorization

from ums.api.auditing import note_change
from ums.api.context import current_gateway
from ums.domain.commands import Caller
from ums.domain.errors import NotAllowed, NotAuthenticated, RateExceeded
from ums.domain.operator import Operator, Role
from ums.domain.rate import Standing
from ums.services import credentials, operators

P = ParamSpec("P")
R = TypeVar("R")
GuardedView = Callable[Concatenate[Caller, P], R]
VisitorView = Callable[Concatenate[Caller | None, P], R]
OperatorView = Callable[Concatenate[Operator, P], R]

OPEN_TO_ALL = "open_to_all"
NEEDS_CREDENTIALS = "needs_credentials"
TAKES_CREDENTIALS = "takes_credentials"
NEEDS_OPERATOR = "needs_operator"
CHANNEL_KEY, ACCESS_KEY = KEYS = ("ChannelKey", "AccessKey")
"""The kinds of credentials that upstream systems have; a view that takes one kind alone carries it as `keys`."""


def open_to_all(view: Callable[P, R]) -> Callable[P, R]:
    """Anybody may call: the view tells nothing, or checks a signature itself."""
    view.__dict__["authentication"] = OPEN_TO_ALL
    return view


def needs_credentials(view: GuardedView[P, R]) -> Callable[P, R]:
    """An application or the AccessKey may call; the view is given which."""
    return _guarded(view, _anyone)


def needs_channel_key(view: GuardedView[P, R]) -> Callable[P, R]:
    """Only an application may call."""
    return _guarded(view, _an_application, CHANNEL_KEY)


def takes_channel_key(view: VisitorView[P, R]) -> Callable[P, R]:
    """An application may call, and so may a page that shows no credentials at all; the view is given None then.

    Whoever shows some must show the right ones. Pages are counted by the address that they come from.
    """

    @wraps(view)
    def guarded(*positional: P.args, **named: P.kwargs) -> R:
        caller = None
        if "Authorization" in request.headers:
            caller = _caller()
            _an_application(caller)
        else:
            _count_page()
        return view(caller, *positional, **named)

    guarded.__dict__["authentication"] = TAKES_CREDENTIALS
    guarded.__dict__["keys"] = (CHANNEL_KEY,)
    return guarded


def needs_access_key(view: GuardedView[P, R]) -> Callable[P, R]:
    """Only the AccessKey may call."""
    return _guarded(view, _the_access_key, ACCESS_KEY)


def needs_operator(roles: Collection[Role]) -> Callable[[OperatorView[P, R]], Callable[P, R]]:
    """Only an operator of one of these roles may call, with his token; the view is given him.

    What he changes is noted.
    """

    def decorator(view: OperatorView[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*positional: P.args, **named: P.kwargs) -> R:
            operator = _operator(roles)
            answer = view(operator, *positional, **named)
            note_change(operator)
            return answer

        guarded.__dict__["authentication"] = NEEDS_OPERATOR
        guarded.__dict__["roles"] = frozenset(roles)
        return guarded

    return decorator


def _operator(roles: Collection[Role]) -> Operator:
    """Whose token is shown. Raises NotAuthenticated, and NotAllowed for another role."""
    given = _authorization()
    token = given.token if given is not None and given.type == "bearer" else None
    operator = operators.operator_of_token(current_gateway(), token) if token else None
    if operator is None:
        raise NotAuthenticated(
            "This path needs an operator's token: Authorization: Bearer TOKEN. "
            "Make one with: ums operator add NAME --role ROLE --token"
        )
    if operator.role not in roles:
        allowed = " or ".join(role.value for role in Role if role in roles)
        raise NotAllowed(f"This token has the role {operator.role.value}; this needs one of the role {allowed}.")
    return operator


def _guarded(view: GuardedView[P, R], check: Callable[[Caller], None], *keys: str) -> Callable[P, R]:
    @wraps(view)
    def guarded(*positional: P.args, **named: P.kwargs) -> R:
        caller = _caller()
        check(caller)
        return view(caller, *positional, **named)

    guarded.__dict__["authentication"] = NEEDS_CREDENTIALS
    guarded.__dict__["keys"] = keys
    return guarded


def _caller() -> Caller:
    """Who shows the credentials; the request is counted once they are judged right.

    Raises NotAuthenticated, ApplicationClosed, and RateExceeded.
    """
    given = _authorization()
    if given is None or given.type != "basic" or not given.username or given.password is None:
        raise NotAuthenticated(
            "This path needs credentials: HTTP Basic with ChannelKey:MasterSecret, or AccessKey:MasterSecret."
        )
    gateway = current_gateway()
    caller = credentials.authenticate(gateway, given.username, given.password)
    if caller.rate_limit:
        _count(gateway.rates.spend(caller.key, caller.rate_limit))
    return caller


def _count_page() -> None:
    """Raises RateExceeded."""
    gateway = current_gateway()
    if limit := gateway.settings.page_rate_limit:
        _count(gateway.crowd.spend(request.remote_addr or "", limit))


def _count(standing: Standing) -> None:
    """Tell the caller where he stands, whatever the answer. Raises RateExceeded."""

    @after_this_request
    def told(response: Response) -> Response:
        response.headers["X-Rate-Limit-Limit"] = str(standing.limit)
        response.headers["X-Rate-Limit-Remaining"] = str(standing.remaining)
        response.headers["X-Rate-Limit-Reset"] = str(standing.reset)
        return response

    if not standing.allowed:
        raise RateExceeded(
            f"More than {standing.limit} requests in this minute; wait {standing.reset} s.",
            retry_after=standing.reset,
        )


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
