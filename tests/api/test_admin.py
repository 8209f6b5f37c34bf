"""Who is let in to the admin API, on every route of it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.api.site import Site, told
from ums.services import operators

LOOKS_BY_POST = {"/templates/1/preview"}
"""Where a body says what is looked at, and nothing is changed."""


def admin_routes(app: Flask) -> list[tuple[str, str]]:
    """Method and path of each, with 1 for what stands in the path."""
    return sorted(
        (method, re.sub(r"<[^>]+>", "1", rule.rule).removeprefix("/v1/admin"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/admin/")
    )


def test_nobody_comes_in_without_an_operators_token(shared_site: Site) -> None:
    routes = admin_routes(shared_site.app)
    assert ("PUT", "/rules/1") in routes
    key, secret = shared_site.shop
    for method, path in routes:
        url = f"/v1/admin{path}"
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {secret}"}):
            answer = shared_site.http.open(url, method=method, headers=headers)
            assert told(answer)[:2] == (401, 4005), (method, path, headers)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
        for pair in ((key, secret), shared_site.staff):
            answer = shared_site.http.open(url, method=method, auth=pair)
            assert told(answer)[:2] == (401, 4005), (method, path)


def test_who_may_only_look_changes_nothing(shared_site: Site) -> None:
    viewer = operators.add(shared_site.gateway, "viewer", "viewer", with_token=True).token
    assert viewer is not None
    for method, path in admin_routes(shared_site.app):
        looks = method == "GET" or path in LOOKS_BY_POST
        answer = shared_site.as_operator(method, path, {} if method == "POST" and looks else None, token=viewer)
        if looks:
            assert answer.status_code in {200, 404}, (path, answer.get_json())
        else:
            assert told(answer)[:2] == (403, 4030), (method, path)
            assert "viewer" in told(answer)[2]


@pytest.mark.parametrize("role", ["operator", "sender", "viewer"])
def test_an_operators_token_opens_no_path_of_applications(shared_site: Site, role: str) -> None:
    token = operators.add(shared_site.gateway, f"{role} of messages", role, with_token=True).token
    answer = shared_site.http.get("/v1/message/x", headers={"Authorization": f"Bearer {token}"})
    assert told(answer)[:2] == (401, 4005)


@pytest.mark.parametrize("number", ["0", "-1", str(2**63 - 1), str(2**63), "9" * 30])
def test_a_number_that_nothing_has_is_not_found(shared_site: Site, number: str) -> None:
    for method, path in admin_routes(shared_site.app):
        if method == "GET" and "/1" in path:
            answer = shared_site.as_operator(method, path.replace("/1", f"/{number}"))
            assert told(answer)[:2] == (404, 4040), path
