"""Every test's application has the same two hundred routes; what werkzeug compiles for each is compiled once.

It is more than half of what it takes to make an application. What is compiled depends on the route's text alone,
and finds its converters in the rule that it is called on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile: Callable[[Rule, bool], Any] = Rule._compile_builder
_compiled: dict[tuple[object, ...], Any] = {}


def compile_once() -> None:
    """From now on, in this process."""
    Rule._compile_builder = _compile_builder  # type: ignore[assignment, method-assign]


def _compile_builder(rule: Rule, append_unknown: bool = True) -> Any:
    if rule.defaults:
        return _compile(rule, append_unknown)
    key = (tuple(rule._trace), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]
