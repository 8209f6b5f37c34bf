"""Whom a send may be for: userids, tags, segments, addresses of the caller's own, everyone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.services import expanding, users
from ums.store.models import MessageRow

APP: Json = [{"text": "Your parcel is on its way"}]


def expand(site: Site) -> None:
    """Do what the sending side does with audiences."""
    expanding.begin_due(site.gateway)
    while expanding.expand_page(site.gateway):
        pass


def sent(site: Site, body: Json, path: str = "/v1/sent") -> str:
    answer = site.post(path, body)
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["msgid"])


def reached(site: Site, msgid: str) -> dict[str, str]:
    """Who is to get it, and what became of it."""
    deliveries = site.get(f"/v1/message/{msgid}/deliveries?limit=1000").get_json()["deliveries"]
    return {item["userid"]: item["reason"] or item["status"] for item in deliveries}


def upload(site: Site, *people: Json) -> None:
    answer = site.post("/v1/user/opt", [*people], auth=site.staff)
    assert answer.get_json()["data"]["fail"] == []


def person(userid: str, *tags: str, app: str = "app1") -> Json:
    addresses: list[Json] = [f"fake-{userid}"]
    carried: list[Json] = [*tags]
    places: dict[str, Json] = {app: addresses}
    found: dict[str, Json] = {"app": places}
    if carried:
        found["tag"] = {"all": carried}
    return {"userid": userid, "set": found}


def test_a_tag_reaches_those_who_carry_it(site: Site) -> None:
    upload(site, person("a", "gold"), person("b", "silver"), person("c", "gold", "silver"), person("d"))
    wanted: list[tuple[list[Json], set[str]]] = [
        (["gold"], {"a", "c"}),
        (["gold", "silver", "gold"], {"a", "b", "c"}),
        (["none"], set()),
    ]
    for tags, people in wanted:
        msgid = sent(site, {"aud_tag": tags, "msg_app": APP})
        assert site.get(f"/v1/message/{msgid}").get_json()["status"] == "expanding"
        expand(site)
        progress = site.get(f"/v1/message/{msgid}").get_json()
        assert progress["recipients"] == len(people)
        assert progress["status"] == ("sending" if people else "done")
        assert reached(site, msgid).keys() == people


def test_userids_and_tags_narrow_one_another_and_strangers_are_told(site: Site) -> None:
    upload(site, person("a", "gold"), person("b"))
    msgid = sent(site, {"aud_userid": ["a", "b", "nobody"], "aud_tag": ["gold"], "msg_app": APP})
    expand(site)
    assert reached(site, msgid) == {"a": "queued", "nobody": "unknown_user"}


def test_a_broadcast_reaches_everyone_whom_the_application_may_see(site: Site) -> None:
    upload(site, person("a"), person("b", app="app2"), {"userid": "c", "set": {"email": {"all": "fake-c"}}})
    msgid = sent(site, {"msg_app": APP}, "/v1/broadcast")
    expand(site)
    assert reached(site, msgid) == {
        "zhangsan": "queued",
        "lisi": "app1: not_bound",
        "a": "queued",
        "c": "app1: not_bound",
    }


def test_a_broadcast_has_low_priority_and_a_targeted_send_medium(site: Site) -> None:
    wanted = {
        sent(site, {"msg_app": APP}, "/v1/broadcast"): 3,
        sent(site, {"aud_userid": ["zhangsan"], "msg_app": APP}): 2,
        sent(site, {"msg_app": APP, "option": {"priority": 1}}, "/v1/broadcast"): 1,
    }
    with site.gateway.database.read() as session:
        found = session.execute(select(MessageRow.msgid, MessageRow.priority)).all()
    assert {row.msgid: row.priority for row in found} == wanted


def test_many_pages_make_each_delivery_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # however long ago somebody wrote who can't wait
    monkeypatch.setattr(expanding, "LONG_PAGE", expanding.PAGE)
    for start in range(0, 2500, 500):
        people: list[Json] = [person(f"u{number:04}") for number in range(start, start + 500)]
        assert users.opt(site.gateway, None, people).fail == ()
    msgid = sent(site, {"msg_app": APP}, "/v1/broadcast")
    pages = 0
    while expanding.expand_page(site.gateway):
        pages += 1
    assert pages == 6
    progress = site.get(f"/v1/message/{msgid}").get_json()
    assert progress["recipients"] == 2502
    assert progress["counts"] == {"queued": 2501, "unreachable": 1}


def test_addresses_of_ones_own_need_no_users(site: Site) -> None:
    body: Json = {
        "aud_app": [{"instance": "app", "data": ["fake-x", "fake-y", "fake-x"]}],
        "aud_email": [{"data": ["fake-z"]}],
        "msg_app": APP,
        "msg_email": [{"text": "Hello"}],
        "rule_id": 12345,
    }
    msgid = sent(site, body)
    answer = site.get(f"/v1/message/{msgid}/deliveries").get_json()["deliveries"]
    assert [(item["userid"], item["channel"], item["address"]) for item in answer] == [
        ("", "app1", "fake-x"),
        ("", "app1", "fake-y"),
        ("", "mail1", "fake-z"),
    ]
    assert site.get(f"/v1/message/{msgid}").get_json()["recipients"] == 3


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"aud_userid": ["a"], "aud_app": [{"data": ["fake-1"]}]}, "aud_app"),
        ({"aud_tag": ["a"], "aud_app": [{"data": ["fake-1"]}]}, "aud_app"),
        ({"aud_app": [{"data": ["fake-1"]}], "msg_email": [{"text": "a"}]}, "msg_email"),
        ({"aud_app": [{"data": ["fake-1"]}], "aud_email": [{"data": ["fake-1"]}]}, "aud_email"),
        ({"aud_app": []}, "aud_app"),
        ({"aud_app": None}, "aud_…"),
        ({"aud_app": [{}]}, "aud_app.0.data"),
        ({"aud_app": [{"data": []}]}, "aud_app.0.data"),
        ({"aud_app": [{"data": [7]}]}, "aud_app.0.data.0"),
        ({"aud_app": [{"data": ["not fake"]}]}, "aud_app"),
        ({"aud_app": [{"data": ["fake-1"], "to": 1}]}, "aud_app.0.to"),
        ({"aud_app": ["fake-1"]}, "aud_app.0"),
        ({"aud_app": [{"data": [f"fake-{n}" for n in range(1001)]}]}, "aud_app"),
        ({"aud_tag": []}, "aud_tag"),
        ({"aud_tag": "vip"}, "aud_tag"),
        ({"aud_tag": ["a b"]}, "aud_tag.0"),
        ({"aud_tag": ["a", "标" * 14]}, "aud_tag.1"),
        ({"aud_tag": [f"t{n}" for n in range(21)]}, "aud_tag"),
        ({"aud_segment": []}, "aud_segment"),
        ({"aud_segment": ["1", "2"]}, "aud_segment"),
        ({"aud_segment": ["x"]}, "aud_segment.0"),
        ({"aud_segment": ["0"]}, "aud_segment.0"),
    ],
)
def test_an_audience_that_cannot_be_is_refused_by_its_path(
    shared_site: Site, changes: dict[str, Json], path: str
) -> None:
    answer = shared_site.post("/v1/sent", {"msg_app": APP, **changes})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_a_broadcast_takes_no_audience(shared_site: Site) -> None:
    answer = shared_site.post("/v1/broadcast", {"aud_userid": ["zhangsan"], "msg_app": APP})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["aud_userid"]


def test_a_dry_run_tells_who_would_get_it_and_stores_nothing(site: Site) -> None:
    body: Json = {
        "aud_userid": ["zhangsan", "lisi", "nobody", "lisi"],
        "msg_app": APP,
        "msg_email": [{"text": "Hello"}],
        "option": {"dry_run": True, "sendno": "7"},
    }
    assert site.post("/v1/sent", body).get_json() == {
        "code": 0,
        "dry_run": True,
        "sendno": "7",
        "recipients": 3,
        "channels": {"app1": 1, "mail1": 1},
        "unreachable": [{"reason": "unknown_user", "count": 1, "userids": ["nobody"]}],
    }
    answer = site.post("/v1/broadcast", {"msg_app": APP, "option": {"dry_run": True}}).get_json()
    assert answer["recipients"] == 2
    assert answer["unreachable"] == [{"reason": "app1: not_bound", "count": 1, "userids": ["lisi"]}]
    assert not expanding.expand_page(site.gateway)


def test_a_dry_run_names_the_first_hundred_of_each_reason(shared_site: Site) -> None:
    strangers: list[Json] = [f"stranger-{number}" for number in range(150)]
    answer = shared_site.send({"aud_userid": strangers, "option": {"dry_run": True}}).get_json()
    assert answer["unreachable"][0]["count"] == 150
    assert answer["unreachable"][0]["userids"] == strangers[:100]


def test_a_rule_must_be_for_the_channels_given(site: Site) -> None:
    steps: Json = [{"channels": ["app"], "on": ["unreachable"]}, {"channels": ["email"]}]
    site.as_operator("POST", "/rules", {"id": 7, "name": "app first", "steps": steps})
    answer = site.send({"rule_id": 7})
    assert told(answer)[:2] == (400, 4004)
    assert "msg_app, msg_email" in answer.get_json()["errors"]["rule_id"][0]
    msgid = sent(site, {"aud_userid": ["lisi"], "rule_id": 7, "msg_app": APP, "msg_email": [{"text": "Hello"}]})
    [only] = site.get(f"/v1/message/{msgid}/deliveries").get_json()["deliveries"]
    assert (only["channel"], only["step"], only["cause"]) == ("mail1", 1, "app1: not_bound")
