"""Two userids for one person: listed, settled, kept apart; and what a user's history then says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.operations import new_conflict
from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.domain.person import Cause
from ums.services import operators
from ums.services.binding import bindings
from ums.store import channels, identities

Document = dict[str, Any]


def listed(site: Site, state: str = "open") -> list[Document]:
    found: list[Document] = site.as_operator("GET", f"/conflicts?state={state}").get_json()["conflicts"]
    return found


def changes(site: Site, userid: str) -> list[tuple[str, str, str]]:
    answer = site.get(f"/v1/user/{userid}/history", auth=site.staff).get_json()
    return [(entry["change"], entry["cause"], entry["by"]) for entry in answer["history"]]


def decide(site: Site, conflict_id: str, what: str, body: Json = None) -> tuple[int, Document]:
    answer = site.as_operator("POST", f"/conflicts/{conflict_id}/{what}", body)
    return answer.status_code, answer.get_json()


def test_it_is_listed_with_masked_addresses(site: Site) -> None:
    conflict_id = new_conflict(site)
    (found,) = listed(site)
    assert (found["id"], found["kind"], found["state"]) == (int(conflict_id), "userids", "open")
    assert found["userids"] == ["left", "right"]
    assert [(each["channel"], each["userids"]) for each in found["addresses"]] == [
        ("app1", ["left"]),
        ("app2", ["right"]),
    ]
    assert "fake-left" not in json.dumps(found)
    assert site.as_operator("GET", f"/conflicts/{conflict_id}").get_json() == {"code": 0, **found}


def test_settled_all_addresses_are_one_users_and_the_history_names_the_operator(site: Site) -> None:
    conflict_id = new_conflict(site)
    status, settled = decide(site, conflict_id, "settle", {"userid": "left"})
    assert (status, settled["state"], settled["decision"], settled["decided_by"]) == (
        200,
        "settled",
        "left",
        "boss",
    )
    assert [each["userids"] for each in settled["addresses"]] == [["left"], ["left"]]
    assert changes(site, "left")[0] == ("bound", "operator", "boss")
    assert changes(site, "right")[0] == ("unbound", "operator", "boss")
    assert listed(site) == []
    assert [one["id"] for one in listed(site, "settled")] == [int(conflict_id)]
    (note, *_) = site.as_operator("GET", "/audit").get_json()["audit"]
    assert (note["operator"], note["thing"]) == ("boss", f"/v1/admin/conflicts/{conflict_id}/settle")
    assert note["detail"] == "userid left"


def test_kept_apart_it_comes_back_only_with_somebody_else(site: Site) -> None:
    conflict_id = new_conflict(site)
    assert decide(site, conflict_id, "apart")[0] == 200
    with site.gateway.database.read() as session:
        person = session.connection().exec_driver_sql("SELECT person FROM binding_conflicts").scalar_one()
        channel = channels.by_code(session, "app1")
    assert channel is not None
    upload(site, "right")
    assert listed(site) == []
    third = identities.place_of(channel.id, "app1", "app", "fake-third")
    with site.gateway.database.write() as session:
        identities.merge(session, person, identities.note(session, channel.id, "fake-third", "", site.clock.now()))
        bindings.bind(session, "third", third, Cause.WEB, site.clock.now())
    upload(site, "right")
    (again,) = listed(site)
    assert again["userids"] == ["left", "right", "third"]


def upload(site: Site, userid: str) -> None:
    """Upload the address of the conflict's person that a user has on app2 anew."""
    shown = site.get(f"/v1/user/{userid}", auth=site.staff).get_json()
    (address,) = [one["value"] for one in shown["bindings"] if one["bind_id"] == "app2"]
    for section in ("del", "set"):
        body: Json = [{"userid": userid, section: {"app": {"app2": [address]}}}]
        assert site.post("/v1/user/opt", body, auth=site.staff).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [({"userid": "somebody"}, 400, "left, right"), ({}, 400, "userid"), ({"userid": 7}, 400, "userid")],
)
def test_only_one_of_its_userids_gets_everything(site: Site, body: Json, status: int, word: str) -> None:
    conflict_id = new_conflict(site)
    answer = site.as_operator("POST", f"/conflicts/{conflict_id}/settle", body)
    assert told(answer)[0] == status
    assert word in told(answer)[2]
    assert len(listed(site)) == 1


def test_who_decides_second_is_told_so(site: Site) -> None:
    conflict_id = new_conflict(site)
    assert decide(site, conflict_id, "apart")[0] == 200
    status, answer = decide(site, conflict_id, "settle", {"userid": "left"})
    assert status == 409
    assert "apart" in str(answer["message"])
    assert changes(site, "right")[0] == ("bound", "web", "")


def test_who_only_looks_decides_nothing(site: Site) -> None:
    conflict_id = new_conflict(site)
    token = operators.add(site.gateway, "looker", "viewer", with_token=True).token
    answer = site.as_operator("POST", f"/conflicts/{conflict_id}/apart", token=token)
    assert answer.status_code == 403
    assert len(listed(site)) == 1


def test_an_application_reads_the_history_of_what_it_may_see(site: Site) -> None:
    new_conflict(site)
    shop = [entry["bind_id"] for entry in site.get("/v1/user/left/history").get_json()["history"]]
    assert shop == ["app1"]
    assert site.get("/v1/user/left/history", auth=site.bank).status_code == 404
    assert site.get("/v1/user/nobody/history").status_code == 404
    by = [entry["by"] for entry in site.get("/v1/user/zhangsan/history").get_json()["history"]]
    assert by == [site.shop[0]]


def test_a_history_comes_page_by_page(site: Site) -> None:
    for number in range(5):
        site.post("/v1/user/opt", [{"userid": "lisi", "set": {"email": {"all": f"fake-{number}"}}}])
    first = site.get("/v1/user/lisi/history?limit=7").get_json()
    second = site.get(f"/v1/user/lisi/history?limit=7&cursor={first['next']}").get_json()
    ids = [entry["id"] for page in (first, second) for entry in page["history"]]
    assert (len(ids), ids, second["next"]) == (11, sorted(ids, reverse=True), None)
