"""Operators made, changed and removed through the admin API."""

from __future__ import annotations

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.services import operators


def make(site: Site, name: str, role: str, *, token: bool = True) -> dict[str, Json]:
    answer = site.as_operator("POST", "/operators", {"name": name, "role": role, "token": token})
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Json] = answer.get_json()
    return found


def status(site: Site, token: Json) -> int:
    return site.as_operator("GET", "/rules", token=str(token)).status_code


def test_an_operator_is_made_with_what_is_shown_once(site: Site) -> None:
    made = make(site, "zhangsan", "operator")
    assert "/console/login/" in str(made.pop("login_url"))
    assert status(site, made.pop("token")) == 200
    assert made == {
        "code": 0,
        "id": made["id"],
        "name": "zhangsan",
        "role": "operator",
        "has_token": True,
        "created_at": 1_800_000_000,
    }
    assert site.as_operator("GET", f"/operators/{made['id']}").get_json() == made
    assert make(site, "lisi", "viewer", token=False)["token"] is None
    listed = site.as_operator("GET", "/operators").get_json()
    assert [(item["name"], item["has_token"]) for item in listed["operators"]] == [
        ("boss", True),
        ("zhangsan", True),
        ("lisi", False),
    ]
    assert listed["next"] is None


def test_another_role_counts_at_once(site: Site) -> None:
    made = make(site, "zhangsan", "admin")
    body: Json = {"name": "another", "role": "viewer"}
    assert site.as_operator("PUT", f"/operators/{made['id']}", {"role": "viewer"}).get_json()["role"] == "viewer"
    assert told(site.as_operator("POST", "/operators", body, token=str(made["token"])))[:2] == (403, 4030)


def test_a_new_token_ends_the_old_one(site: Site) -> None:
    made = make(site, "zhangsan", "viewer")
    renewed = site.as_operator("POST", f"/operators/{made['id']}/token").get_json()
    assert (status(site, made["token"]), status(site, renewed["token"])) == (401, 200)


def test_a_removed_operators_sessions_and_token_end_at_once(site: Site) -> None:
    made = make(site, "zhangsan", "admin")
    session = operators.sign_in(site.gateway, str(made["login_url"]).rpartition("/")[2])
    link = operators.login_link(site.gateway, "zhangsan")
    assert site.as_operator("DELETE", f"/operators/{made['id']}").get_json() == {"code": 0, "message": "success"}
    assert status(site, made["token"]) == 401
    assert operators.of_session(site.gateway, session.value) is None
    assert site.http.post(f"/console/login/{link.rpartition('/')[2]}").status_code != 302
    assert told(site.as_operator("GET", f"/operators/{made['id']}"))[:2] == (404, 4040)


def test_the_last_admin_stays_one(site: Site) -> None:
    boss = site.as_operator("GET", "/operators").get_json()["operators"][0]["id"]
    demotion: Json = {"role": "operator"}
    for method, body in (("DELETE", None), ("PUT", demotion)):
        refused = site.as_operator(method, f"/operators/{boss}", body)
        assert told(refused)[:2] == (409, 4090)
        assert "last admin" in told(refused)[2]
    assert site.as_operator("PUT", f"/operators/{boss}", {"role": "admin"}).status_code == 200
    make(site, "zhangsan", "admin")
    assert site.as_operator("PUT", f"/operators/{boss}", {"role": "viewer"}).status_code == 200


def test_what_is_wrong_is_named_by_its_path(site: Site) -> None:
    bodies: list[tuple[dict[str, Json], str]] = [
        ({"name": "zhangsan", "role": "king"}, "role"),
        ({"name": "", "role": "viewer"}, "name"),
        ({"name": "zhangsan", "role": "viewer", "token": 1}, "token"),
        ({"name": "zhangsan"}, "role"),
    ]
    for body, path in bodies:
        answer = site.as_operator("POST", "/operators", body)
        assert told(answer)[:2] == (400, 4004)
        assert list(answer.get_json()["errors"]) == [path]
    assert told(site.as_operator("POST", "/operators", {"name": "boss", "role": "viewer"}))[:2] == (409, 4090)
