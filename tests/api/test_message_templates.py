"""Message templates made, changed, tried out and removed through the admin API."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.services import operators

VARIABLES: list[Json] = [
    {"name": "order", "label": "Order number", "sample": "SO1"},
    {"name": "goods", "sample": "tea", "default": "your goods"},
]
CHANNELS: dict[str, Json] = {"app": {"text": "{{order}}: {{goods}}"}, "email": {"text": "Order {{order}}"}}
BODY: dict[str, Json] = {"id": 501, "name": "order shipped", "variables": VARIABLES, "channels": CHANNELS}

ANYWHERE: dict[str, Json] = {"platform": "all", "options": {"time_to_live": 86_400, "apns_production": True}}
"""What an app push has beside its words where a send has said nothing of it."""


def make(site: Site, **changes: Json) -> dict[str, Json]:
    answer = site.as_operator("POST", "/templates", {**BODY, **changes})
    assert answer.status_code == 200, answer.get_json()
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_a_template_is_made_shown_and_removed(site: Site) -> None:
    made = make(site)
    assert {name: made[name] for name in made if name != "findings"} == {
        "code": 0,
        "id": 501,
        "name": "order shipped",
        "version": 1,
        "latest": 1,
        "variables": [
            {"name": "order", "label": "Order number", "sample": "SO1", "required": True, "default": None},
            {"name": "goods", "label": "", "sample": "tea", "required": False, "default": "your goods"},
        ],
        "channels": CHANNELS,
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
    }
    assert site.as_operator("GET", "/templates/501").get_json() == made
    assert site.as_operator("DELETE", "/templates/501").get_json() == {"code": 0, "message": "success"}
    for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/versions"), ("GET", "?version=1")]:
        assert told(site.as_operator(method, f"/templates/501{path}"))[:2] == (404, 4040)
    assert told(site.as_operator("PUT", "/templates/501", {**BODY}))[:2] == (404, 4040)
    assert told(site.as_operator("POST", "/templates/501/preview", {}))[:2] == (404, 4040)


def test_a_template_without_a_chosen_id_gets_the_next_free_one(site: Site) -> None:
    make(site)
    body: Json = {"name": "plain", "channels": {"app": {"text": "Hello"}}}
    made = site.as_operator("POST", "/templates", body).get_json()
    assert (made["id"], made["variables"]) == (502, [])


def test_what_was_answered_can_be_put_back(site: Site) -> None:
    made = make(site)
    again: Json = {name: made[name] for name in ("id", "name", "variables", "channels")}
    assert site.as_operator("PUT", "/templates/501", again).get_json() == made


def test_every_change_makes_a_version_and_the_earlier_ones_are_kept(site: Site) -> None:
    first = make(site)
    site.clock.advance(5)
    changed: Json = {**BODY, "name": "order on its way", "channels": {"app": {"text": "{{order}} {{goods}}!"}}}
    second = site.as_operator("PUT", "/templates/501", changed).get_json()
    assert (second["version"], second["latest"], second["name"]) == (2, 2, "order on its way")
    assert (second["created_at"], second["updated_at"]) == (1_800_000_000, 1_800_000_005)
    earlier = site.as_operator("GET", "/templates/501?version=1").get_json()
    assert (earlier["version"], earlier["latest"]) == (1, 2)
    assert (earlier["name"], earlier["channels"]) == (first["name"], first["channels"])
    assert site.as_operator("GET", "/templates/501").get_json() == second
    assert told(site.as_operator("GET", "/templates/501?version=3"))[:2] == (404, 4040)
    page = site.as_operator("GET", "/templates/501/versions?limit=1").get_json()
    assert [item["version"] for item in page["versions"]] == [1]
    rest = site.as_operator("GET", f"/templates/501/versions?cursor={page['next']}").get_json()
    assert ([item["version"] for item in rest["versions"]], rest["next"]) == ([2], None)


def test_a_change_that_changes_nothing_makes_no_version(site: Site) -> None:
    made = make(site)
    site.clock.advance(5)
    assert site.as_operator("PUT", "/templates/501", {**BODY}).get_json() == made
    renamed = site.as_operator("PUT", "/templates/501", {**BODY, "name": "shipped"}).get_json()
    assert (renamed["version"], renamed["name"]) == (2, "shipped")


def test_an_id_that_is_free_again_begins_anew(site: Site) -> None:
    make(site)
    site.as_operator("PUT", "/templates/501", {**BODY, "name": "another"})
    site.as_operator("DELETE", "/templates/501")
    assert make(site)["version"] == 1
    assert len(site.as_operator("GET", "/templates/501/versions").get_json()["versions"]) == 1


def test_templates_are_listed_in_pages_as_they_count_now(site: Site) -> None:
    for number in range(3):
        make(site, id=10 + number, name=f"t{number}")
    site.as_operator("PUT", "/templates/11", {**BODY, "id": 11, "name": "new"})
    first = site.as_operator("GET", "/templates?limit=2").get_json()
    assert [(item["id"], item["name"], item["version"]) for item in first["templates"]] == [
        (10, "t0", 1),
        (11, "new", 2),
    ]
    assert "findings" not in first["templates"][0]
    second = site.as_operator("GET", f"/templates?limit=2&cursor={first['next']}").get_json()
    assert ([item["id"] for item in second["templates"]], second["next"]) == ([12], None)


def test_names_and_numbers_are_taken_once(site: Site) -> None:
    make(site)
    make(site, id=502, name="another")
    bodies: list[Json] = [{**BODY, "name": "b"}, {**BODY, "id": 503}]
    for body in bodies:
        assert told(site.as_operator("POST", "/templates", body))[:2] == (409, 4090)
    renamed = site.as_operator("PUT", "/templates/502", {**BODY, "id": 502})
    assert told(renamed)[:2] == (409, 4090)
    assert told(site.as_operator("PUT", "/templates/502", {**BODY, "id": 501}))[:2] == (400, 4004)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": 0}, "id"),
        ({"name": ""}, "name"),
        ({"owner": "me"}, "owner"),
        ({"variables": {}}, "variables"),
        ({"variables": [{"name": "order"}]}, "variables.0.sample"),
        ({"variables": [{"name": "order", "sample": None}]}, "variables.0.sample"),
        ({"variables": [{"name": "order", "sample": True}]}, "variables.0.sample"),
        ({"variables": [{"name": "order", "sample": "x" * 2000, "labl": ""}]}, "variables.0.labl"),
        ({"variables": [{"name": "or der", "sample": "x"}, VARIABLES[1]]}, "variables.0.name"),
        ({"variables": [VARIABLES[0], VARIABLES[0]]}, "variables.1.name"),
        ({"variables": [{"name": "order", "sample": "x", "required": 1}]}, "variables.0.required"),
        (
            {"variables": [{"name": "order", "sample": "x", "required": True, "default": "y"}]},
            "variables.0.default",
        ),
        ({"channels": {}}, "channels"),
        ({"channels": None}, "channels"),
        ({"channels": []}, "channels"),
        ({"channels": {"app": [{"text": "x"}]}}, "channels.app"),
        ({"channels": {"fax": {"text": "x"}}}, "channels.fax"),
        ({"channels": {"sms": {"content": "x"}}}, "channels.sms"),
        ({"channels": {"app": {"text": "{{ordr}}"}}}, "channels.app.text"),
        ({"channels": {"app": {"text": "{{order"}}}, "channels.app.text"),
        ({"channels": {"app": {}}}, "channels.app.text"),
        ({"channels": {"app": {"text": "x", "colour": "{{order}}"}}}, "channels.app.colour"),
        ({"channels": {"app": {"text": "x", "endpoint": "{{order}}"}}}, "channels.app.endpoint"),
    ],
)
def test_what_is_wrong_with_a_template_is_named_by_its_path(
    shared_site: Site, changes: dict[str, Json], path: str
) -> None:
    answer = shared_site.as_operator("POST", "/templates", {**BODY, **changes})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_what_a_plugin_refuses_with_the_samples_is_refused(site: Site) -> None:
    long: Json = [{"name": "order", "sample": "x" * 101}, VARIABLES[1]]
    answer = site.as_operator("POST", "/templates", {**BODY, "variables": long})
    assert list(answer.get_json()["errors"]) == ["channels.app.text", "channels.email.text"]
    assert told(site.as_operator("GET", "/templates/501"))[:2] == (404, 4040)


def test_a_type_without_a_plugin_is_told_which_there_are(site: Site) -> None:
    answer = site.as_operator("POST", "/templates", {**BODY, "channels": {"sms": {"content": "x"}}})
    (text,) = answer.get_json()["errors"]["channels.sms"]
    assert "no plugin" in text
    assert "app, email" in text


def test_a_preview_shows_the_samples_or_what_is_given(site: Site) -> None:
    make(site)
    samples = site.as_operator("POST", "/templates/501/preview", {}).get_json()
    assert samples["contents"] == {"app": {"text": "SO1: tea", **ANYWHERE}, "email": {"text": "Order SO1"}}
    body: Json = {"values": {"order": 7, "goods": "{{order}} {{{{"}}
    given = site.as_operator("POST", "/templates/501/preview", body).get_json()
    assert given["contents"] == {
        "app": {"text": "7: {{order}} {{{{", **ANYWHERE},
        "email": {"text": "Order 7"},
    }
    assert (given["code"], isinstance(given["findings"], list)) == (0, True)


def test_a_preview_tells_what_a_plugin_would_refuse(site: Site) -> None:
    make(site, channels={"app": {"text": "{{order}}"}}, variables=[VARIABLES[0]])
    body: Json = {"values": {"order": "x" * 101}}
    shown = site.as_operator("POST", "/templates/501/preview", body).get_json()
    assert shown["contents"] == {"app": {"text": "x" * 101, **ANYWHERE}}
    assert [finding["path"] for finding in shown["findings"][:1]] == ["channels.app.text"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"values": {"ordr": "x"}}, "values.ordr"),
        ({"values": {"order": None}}, "values.order"),
        ({"values": [1]}, "values"),
        ({"value": {}}, "value"),
    ],
)
def test_values_of_a_preview_that_do_not_fit_are_named(site: Site, body: Json, path: str) -> None:
    make(site)
    answer = site.as_operator("POST", "/templates/501/preview", body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_a_viewer_may_look_and_try_but_change_nothing(site: Site) -> None:
    make(site)
    token = operators.add(site.gateway, "viewer", "viewer", with_token=True).token
    for path in ("", "/501", "/501/versions"):
        assert site.as_operator("GET", f"/templates{path}", token=token).status_code == 200
    assert site.as_operator("POST", "/templates/501/preview", {}, token=token).status_code == 200
    for method, path in [("POST", ""), ("PUT", "/501"), ("DELETE", "/501")]:
        refused = site.as_operator(
            method, f"/templates{path}", None if method == "DELETE" else {**BODY}, token=token
        )
        assert told(refused)[:2] == (403, 4030)
