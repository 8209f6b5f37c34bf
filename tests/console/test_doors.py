"""Who may do what: each route with each role, and with no token, a foreign one and its own."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.routes import Route, console_routes, unsafe_routes
from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from ums.domain.operator import RUNS_CHANNELS, Role
from ums.domain.views import ChannelState
from ums.services import channels
from ums.services.gateway import Gateway

ACTIONS = {
    "console.authorising.invite",
    *(f"console.channels.{name}" for name in ("refresh", "test", "pause", "resume")),
    *(f"console.library.{name}" for name in ("add", "delete")),
    *(f"console.conflicts.{name}" for name in ("settle", "keep_apart")),
    *(f"console.site_files.{name}" for name in ("add", "remove")),
    "console.followers.begin",
    "console.people.unbind",
    *(f"console.quotas.{name}" for name in ("ask", "clear", "renew_token")),
}


def visited(visitor: Visitor, route: Route) -> int:
    return (visitor.post if route.method == "POST" else visitor.get)(route.path).status


def test_every_unsafe_route_refuses_a_form_without_its_token_or_with_a_foreign_one(
    app: Flask, operator: Visitor, stage: Stage
) -> None:
    foreign = Visitor(app).token()
    routes = unsafe_routes(app)
    assert len(routes) >= 8
    for route in routes:
        assert route.method == "POST"
        for fields in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": foreign}):
            refused = operator.post_as(route.path, fields)
            assert (refused.status, "<h1>" in refused.html) == (400, True), route
    assert operator.get("/console/channels").status == 200
    assert channels.show(stage.gateway, "app1").channel.state is ChannelState.READY
    assert stage.provider.calls == []


def test_a_token_is_good_for_the_browser_it_was_given_to(operator: Visitor, stage: Stage) -> None:
    assert operator.post("/console/channels/app1/pause").status == 303
    assert channels.show(stage.gateway, "app1").channel.state is ChannelState.PAUSED


def test_every_page_says_who_may_see_it(app: Flask) -> None:
    stated = {route.authentication for route in console_routes(app) if not route.endpoint.endswith(".static")}
    assert stated == {"needs_operator", "open_to_all"}


def test_a_stranger_is_shown_the_way_in_from_every_page_that_needs_an_operator(
    app: Flask, stranger: Visitor, stage: Stage
) -> None:
    for route in console_routes(app):
        if route.authentication == "needs_operator":
            answer = stranger.post(route.path) if route.method == "POST" else stranger.get(route.path)
            assert (answer.status, answer.location) == (303, "/console/login"), route
    assert stage.provider.calls == []


@pytest.mark.parametrize("role", list(Role))
def test_everybody_signed_in_may_look_and_only_some_may_act(
    app: Flask, gateway: Gateway, stage: Stage, role: Role
) -> None:
    for route in console_routes(app):
        if route.authentication == "needs_operator":
            visitor = Visitor(app).sign_in(gateway, role.value, name=f"{route.method} {route.path}")
            refused = route.method == "POST" and route.endpoint in ACTIONS and role not in RUNS_CHANNELS
            assert (visited(visitor, route) == 403) == refused, route


def test_whoever_may_only_look_finds_no_buttons(viewer: Visitor, operator: Visitor, stage: Stage) -> None:
    for word in ("Refresh list", "Pause", "Test"):
        assert f">{word}</button>" in operator.get("/console/channels/app1").html
        assert f">{word}</button>" not in viewer.get("/console/channels/app1").html


def test_a_refused_action_says_why(viewer: Visitor, stage: Stage) -> None:
    refused = viewer.post("/console/channels/app1/refresh")
    assert refused.status == 403
    assert "signed in as viewer" in refused.text
    assert stage.provider.calls == []


def test_every_answer_forbids_what_comes_from_elsewhere(app: Flask, operator: Visitor, stage: Stage) -> None:
    for route in console_routes(app):
        if route.method == "GET":
            headers = operator.get(route.path).headers
            assert headers["Content-Security-Policy"].startswith("default-src 'self'; "), route
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")


def test_pages_are_not_kept_by_anybody(operator: Visitor, stage: Stage) -> None:
    assert operator.get("/console/channels/app1").headers["Cache-Control"] == "no-store"


def test_the_api_takes_no_cookie(operator: Visitor) -> None:
    assert operator.get("/v1/channel").status == 401
