"""Running an exchange with no network: on answers given in order, or against a simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol, TypeVar

from marshmallow import Schema
from marshmallow.fields import Nested

from ums.sdk.call import Call, Exchange, Json, Reply, Talk
from ums.sdk.errors import SendError

T = TypeVar("T")

MOST_CALLS = 20

UNREADABLE = (
    Reply(500, b"Internal Server Error"),
    Reply(502, b"<html><body>Bad Gateway</body></html>"),
    Reply(503, b""),
    Reply(200, b""),
    Reply(200, b"<html>Please sign in</html>"),
    Reply(200, b'{"errcode":0,"errm'),
    Reply(200, b"[]"),
    Reply(200, b"null"),
    Reply(200, b'"ok"'),
    Reply(200, b"[" * 100_000),
    Reply(200, b"\xff\xfe\x00"),
)
"""Answers that say neither yes nor no: after them nobody knows whether a message was taken."""


class Simulator(Protocol):
    """Stands in for the provider on a good day; an object or a class with this one method."""

    def answer(self, call: Call) -> Reply:
        """What the provider answers to a call when all is well."""


def play(exchange: Exchange[T], *answers: Reply | Exception, calls: list[Call] | None = None) -> T:
    """Run an exchange on these answers, in order; an exception stands for a call that failed without one.

    The calls made are added to `calls`. Fails if the exchange makes more or fewer calls than there are
    answers; raises what the exchange raises.
    """
    left = iter(answers)

    def next_answer(call: Call) -> Reply | Exception:
        answer = next(left, None)
        if answer is None:
            raise AssertionError(f"one call more than answers: {call.method} {call.url}")
        return answer

    result = _run(exchange, next_answer, calls)
    if next(left, None) is not None:
        raise AssertionError("the exchange ended before all answers were given")
    return result


def rehearse(exchange: Exchange[T], simulator: Simulator, calls: list[Call] | None = None) -> T:
    """Run an exchange to its end against a simulator; the calls made are added to `calls`."""
    return _run(exchange, simulator.answer, calls)


def _run(exchange: Exchange[T], answer: Callable[[Call], Reply | Exception], calls: list[Call] | None) -> T:
    talk = Talk(exchange)
    for _ in range(MOST_CALLS):
        if talk.call is None:
            return talk.result
        if calls is not None:
            calls.append(talk.call)
        given = answer(talk.call)
        if isinstance(given, Exception):
            talk.fail(given)
        else:
            talk.answer(given)
    raise AssertionError(f"the exchange has made {MOST_CALLS} calls and wants more")


def written(call: Call) -> str:
    """Everything a call would tell the provider."""
    return f"{call.url} {' '.join(call.query.values())} {call.body.decode()}"


def failure_text(exchange: Exchange[object], status: int) -> str:
    """All that an error would show when whoever answers echoes the request."""
    calls: list[Call] = []
    try:
        _run(exchange, lambda call: Reply(status, written(call).encode()), calls)
    except SendError as error:
        return f"{error!r} {error} {error.provider_message}"
    return ""


def unlabelled(schema: Schema) -> Iterator[str]:
    """The fields, nested ones included, that lack a label or a help text in one of the two languages."""
    for name, field in schema.fields.items():
        has = field.metadata.keys()
        if not {"label", "label_zh"} <= has or ("help" in has) != ("help_zh" in has):
            yield name
        if isinstance(field, Nested):
            yield from unlabelled(field.schema)


def secret_values(schema: Schema, example: Mapping[str, Json]) -> list[str]:
    """The values in an example that its schema declares secret."""
    hidden = [name for name, field in schema.fields.items() if field.metadata.get("secret")]
    return [str(example[name]) for name in hidden if name in example]


def holds(content: Mapping[str, Json], path: str) -> bool:
    """Whether something stands in a content at a path such as `data.thing1.value`."""
    value: Json = dict(content)
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True
