"""Which answers an operation may give, told from how its route is built and never by hand.

A guard refuses strangers, a body can be too large or no JSON, what is named in a path may not be there; so a
route's description follows from its decorators. What they can't tell is added with `ApiBlueprint.refuses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from inspect import getdoc

from marshmallow import Schema

from ums.api.auth import NEEDS_CREDENTIALS, NEEDS_OPERATOR, OPEN_TO_ALL, TAKES_CREDENTIALS
from ums.api.schemas.health import ErrorSchema
from ums.domain.commands import Json
from ums.domain.errors import (
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Problem,
    RateExceeded,
    ServerFault,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)
from ums.domain.operator import Role

View = Callable[..., object]

IDEMPOTENCY_KEY = "Idempotency-Key"
OF_APPLICATIONS = frozenset({NEEDS_CREDENTIALS, TAKES_CREDENTIALS})
REFUSES, GIVES, TOLD, READS = "refuses", "gives", "told", "reads_"
"""Under which names `ApiBlueprint` notes on a view what its decorators do: the problems it adds, the statuses of
success, the words added to its description, and the schemas by which it reads its `json` and its `query`."""

REFUSALS: Mapping[int, type[Problem]] = {
    kind.status: kind
    for kind in (
        InvalidRequest,
        NotAuthenticated,
        NotAllowed,
        NotFound,
        Conflict,
        TooLarge,
        UnsupportedMedia,
        RateExceeded,
        ServerFault,
        Unavailable,
    )
}
"""By status; the components of the description are named as these classes are."""


def _whole(words: str) -> Json:
    """A header that is a whole number, where it is there."""
    return {"description": words, "schema": {"type": "integer", "minimum": 0}}


HEADERS: Mapping[str, Json] = {
    "X-Request-Id": {
        "description": "This request's number; the log has it on every line about the request.",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    },
    "Retry-After": _whole("Seconds after which it is worth trying again, where waiting helps."),
    "X-Rate-Limit-Limit": _whole("Requests a minute that the caller may make; absent where he has no limit."),
    "X-Rate-Limit-Remaining": _whole("How many of them are left in this minute."),
    "X-Rate-Limit-Reset": _whole("Seconds until the next minute begins."),
    "WWW-Authenticate": {
        "description": "Which credentials the path asks for.",
        "required": True,
        "schema": {"type": "string"},
    },
}
_OF_EVERY_ANSWER = ("X-Request-Id",)
_OF_CALLERS = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")
_OF_REFUSALS: Mapping[type[Problem], tuple[str, ...]] = {
    NotAuthenticated: ("WWW-Authenticate",),
    Conflict: ("Retry-After",),
    RateExceeded: ("Retry-After",),
    Unavailable: ("Retry-After",),
}


def operation(view: View, path: str, tag: str) -> dict[str, object]:
    """What is told of a view, at `path`, beyond its own words: who may call it, and what it may answer."""
    guard = view.__dict__["authentication"]
    told = {"operationId": f"{tag}_{view.__name__.strip('_')}", "security": [*_security(view, guard)]}
    responses: dict[int, object] = {
        kind.status: REFUSALS[kind.status].__name__ for kind in _refusals(view, path, guard)
    }
    for status in view.__dict__.get(GIVES, ()):
        of_caller = _OF_CALLERS if guard in OF_APPLICATIONS else ()
        responses[status] = {"headers": header_refs((*_OF_EVERY_ANSWER, *of_caller))}
    return {**told, "responses": dict(sorted(responses.items()))}


def refusal(kind: type[Problem]) -> dict[str, object]:
    """The component that describes a refusal."""
    words = (getdoc(kind) or kind.__name__).partition("\n")[0]
    # Who isn't known has no limit.
    of_caller = () if kind is NotAuthenticated else _OF_CALLERS
    return {
        "description": words,
        "headers": header_refs((*_OF_EVERY_ANSWER, *_OF_REFUSALS.get(kind, ()), *of_caller)),
        "content": {"application/json": {"schema": ErrorSchema, "example": {"code": kind.code, "message": words}}},
    }


def header_refs(names: tuple[str, ...]) -> dict[str, Json]:
    """References to these headers' components."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _security(view: View, guard: str) -> Iterator[Json]:
    """The kind of credentials that is asked for, and which keys or roles of that kind where not all will do."""
    if guard in OF_APPLICATIONS:
        yield {"credentials": [*view.__dict__["keys"]]}
    if guard == TAKES_CREDENTIALS:
        yield {}
    if guard == NEEDS_OPERATOR:
        yield {"operator": [*_roles(view)]}


def _refusals(view: View, path: str, guard: str) -> Iterator[type[Problem]]:
    yield from view.__dict__.get(REFUSES, ())
    yield from _of_guard(view, guard)
    yield from _of_request(view, path)
    yield ServerFault


def _of_guard(view: View, guard: str) -> Iterator[type[Problem]]:
    if guard != OPEN_TO_ALL:
        # Who somebody is stands in the database, which may not answer.
        yield from (NotAuthenticated, Unavailable)
    if guard in OF_APPLICATIONS:
        yield from (NotAllowed, RateExceeded)
    if _roles(view):
        yield NotAllowed


def _roles(view: View) -> tuple[str, ...]:
    """The roles that alone may call; none where every operator may, or no operator is asked for."""
    roles = view.__dict__.get("roles", frozenset(Role))
    return () if roles == frozenset(Role) else tuple(role.value for role in Role if role in roles)


def _of_request(view: View, path: str) -> Iterator[type[Problem]]:
    if "<" in path:
        yield NotFound
    if takes_body(view):
        yield from (InvalidRequest, TooLarge, UnsupportedMedia)
    if f"{READS}query" in view.__dict__:
        yield InvalidRequest
    if _has_header(view, IDEMPOTENCY_KEY) or _names_something(view):
        yield Conflict


def takes_body(view: View) -> bool:
    """Whether the view reads a body, by a schema or by itself."""
    return f"{READS}json" in view.__dict__ or "requestBody" in view.__dict__.get(TOLD, {})


def _has_header(view: View, name: str) -> bool:
    parameters = view.__dict__.get(TOLD, {}).get("parameters", ())
    return any((parameter["in"], parameter["name"]) == ("header", name) for parameter in parameters)


def _names_something(view: View) -> bool:
    """Whether the body chooses a name or an id, which something else may have."""
    schema: type[Schema] | None = view.__dict__.get(f"{READS}json")
    return schema is not None and not {"id", "name"}.isdisjoint(schema().fields)
