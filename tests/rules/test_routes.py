"""Every route says who may come in."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

FLASKS_OWN = "static"
"""Flask makes the view of static files itself; they are the same for everybody."""
AUTHENTICATIONS = {"open_to_all", "needs_credentials", "takes_credentials", "needs_operator"}


def stated(app: Flask) -> Iterator[tuple[str, object]]:
    """Each endpoint, and the authentication its view carries."""
    for endpoint, view in sorted(app.view_functions.items()):
        if endpoint.rpartition(".")[2] != FLASKS_OWN:
            yield endpoint, getattr(view, "authentication", None)


def test_every_route_states_its_authentication(app: Flask) -> None:
    assert [endpoint for endpoint, found in stated(app) if found not in AUTHENTICATIONS] == []


def test_the_api_and_the_console_are_never_open(app: Flask) -> None:
    views = dict(stated(app))
    paths = {rule.rule: views.get(rule.endpoint) for rule in app.url_map.iter_rules()}
    admin = {found for path, found in paths.items() if path.startswith("/v1/admin/")}
    api = {found for path, found in paths.items() if path.startswith("/v1/") and not path.startswith("/v1/admin/")}
    assert admin == {"needs_operator"}
    assert api == {"needs_credentials", "takes_credentials"}
