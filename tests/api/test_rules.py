"""Rules made and edited through the admin API."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.domain.commands import Json

STEPS: list[Json] = [
    {"channels": ["app"], "on": ["unreachable", "not_delivered"], "wait": 60},
    {"channels": ["email"]},
]


def test_a_rule_is_made_shown_changed_and_removed(site: Site) -> None:
    made = site.as_operator("POST", "/rules", {"id": 1001, "name": "app first", "steps": STEPS})
    assert made.status_code == 200
    assert made.get_json() == {
        "code": 0,
        "id": 1001,
        "name": "app first",
        "steps": [
            {"channels": ["app"], "on": ["not_delivered", "unreachable"], "wait": 60},
            {"channels": ["email"], "on": [], "wait": 0},
        ],
        "created_at": 1_800_000_000,
        "updated_at": 1_800_000_000,
    }
    assert site.as_operator("GET", "/rules/1001").get_json() == made.get_json()
    site.clock.advance(5)
    changed = site.as_operator("PUT", "/rules/1001", {"name": "mail only", "steps": [{"channels": ["email"]}]})
    assert changed.get_json()["name"] == "mail only"
    assert changed.get_json()["updated_at"] == 1_800_000_005
    assert site.as_operator("DELETE", "/rules/1001").get_json() == {"code": 0, "message": "success"}
    assert told(site.as_operator("GET", "/rules/1001"))[:2] == (404, 4040)
    assert told(site.as_operator("DELETE", "/rules/1001"))[:2] == (404, 4040)
    assert told(site.as_operator("PUT", "/rules/1001", {"name": "x", "steps": STEPS}))[:2] == (404, 4040)


def test_rules_are_listed_in_pages(site: Site) -> None:
    for number in range(3):
        assert site.as_operator("POST", "/rules", {"name": f"r{number}", "steps": STEPS}).status_code == 200
    first = site.as_operator("GET", "/rules?limit=2").get_json()
    assert [rule["name"] for rule in first["rules"]] == ["r0", "r1"]
    second = site.as_operator("GET", f"/rules?limit=2&cursor={first['next']}").get_json()
    assert [rule["name"] for rule in second["rules"]] == ["r2"]
    assert second["next"] is None
    assert told(site.as_operator("GET", "/rules?cursor=nonsense"))[:2] == (400, 4004)


def test_names_and_numbers_are_taken_once(site: Site) -> None:
    assert site.as_operator("POST", "/rules", {"id": 7, "name": "a", "steps": STEPS}).status_code == 200
    bodies: list[Json] = [{"id": 7, "name": "b", "steps": STEPS}, {"name": "a", "steps": STEPS}]
    for body in bodies:
        assert told(site.as_operator("POST", "/rules", body))[:2] == (409, 4090)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": 0}, "id"),
        ({"id": "7"}, "id"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"owner": "me"}, "owner"),
        ({"steps": []}, "steps"),
        ({"steps": STEPS * 6}, "steps"),
        ({"steps": [{"channels": []}]}, "steps.0.channels"),
        ({"steps": [{"channels": ["fax"]}]}, "steps.0.channels.0"),
        ({"steps": [{"channels": ["app", "app"]}]}, "steps.0.channels"),
        ({"steps": [STEPS[0], {"channels": ["app"]}]}, "steps.1.channels"),
        ({"steps": [{"channels": ["app"], "on": ["late"]}]}, "steps.0.on.0"),
        ({"steps": [{"channels": ["app"], "wait": -1}]}, "steps.0.wait"),
        ({"steps": [{"channels": ["app"], "wait": 604_801}]}, "steps.0.wait"),
        ({"steps": [{"channels": ["app"]}, {"channels": ["email"]}]}, "steps.0.on"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named_by_its_path(site: Site, changes: dict[str, Json], path: str) -> None:
    answer = site.as_operator("POST", "/rules", {"name": "r", "steps": STEPS, **changes})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_a_body_may_not_name_another_rule_than_the_path(site: Site) -> None:
    site.as_operator("POST", "/rules", {"id": 7, "name": "a", "steps": STEPS})
    answer = site.as_operator("PUT", "/rules/7", {"id": 8, "name": "a", "steps": STEPS})
    assert told(answer)[:2] == (400, 4004)


@pytest.mark.parametrize("number", [str(2**63 - 1), str(2**63), "9" * 5000, "0" * 5000])
def test_a_number_that_no_database_can_hold_is_not_there(site: Site, number: str) -> None:
    for method in ("GET", "DELETE"):
        assert told(site.as_operator(method, f"/rules/{number}"))[:2] == (404, 4040)
