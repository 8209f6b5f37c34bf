"""Every route of the console, with something in the place of its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import Flask

SAFE = {"GET", "HEAD", "OPTIONS"}
PARAMETERS = {
    "code": "app1",
    "msgid": "0" * 26,
    "link": "x" * 43,
    "filename": "console.css",
    "path": "no/such/page",
    "action": "refresh",
    "tid": "parcel",
    "template_id": "t1",
    "event_id": "1",
    "conflict_id": "1",
}


class Route(NamedTuple):
    """One method on one path; `authentication` is what its view states."""

    endpoint: str
    method: str
    path: str
    authentication: str


def console_routes(app: Flask) -> Iterator[Route]:
    """As `app` knows them."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("console."):
            path = adapter.build(rule.endpoint, {name: PARAMETERS[name] for name in rule.arguments})
            stated = getattr(app.view_functions[rule.endpoint], "authentication", "none")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield Route(rule.endpoint, method, path, stated)


def unsafe_routes(app: Flask) -> list[Route]:
    return [route for route in console_routes(app) if route.method not in SAFE]
