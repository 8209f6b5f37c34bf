"""Messages that wait for an operator, and what he decides."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.site import Site, told
from tests.api.test_admission import at, quiet
from tests.api.test_audiences import expand
from tests.api.test_schedules import status
from tests.factories import set_policy
from tests.fakes import NOON
from ums.domain.commands import Json
from ums.domain.errors import Conflict
from ums.domain.policy import Policy
from ums.services import approvals, operators

NOW = int(NOON)
HOUR = 3600


@pytest.fixture
def careful(site: Site) -> Site:
    """A site whose shop needs approval."""
    set_policy(site.gateway, Policy(needs_approval=True))
    return site


def submitted(site: Site, **option: Json) -> str:
    answer = site.send({"option": {"owner": "zhangsan", **option}})
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["msgid"])


def counts(site: Site, msgid: str) -> Json:
    found: Json = site.get(f"/v1/message/{msgid}").get_json()["counts"]
    return found


@pytest.mark.parametrize("option", [None, {}, {"owner": ""}, {"owner": "  "}])
def test_who_submits_it_must_be_said(careful: Site, option: Json) -> None:
    answer = careful.send({"option": option})
    assert told(answer)[:2] == (400, 1015023)
    assert list(answer.get_json()["errors"]) == ["option.owner"]


def test_a_message_waits_and_goes_once_it_is_approved(careful: Site) -> None:
    msgid = submitted(careful, sendno="order-7")
    expand(careful)
    assert status(careful, msgid) == "waiting_approval"
    assert counts(careful, msgid) == {}
    careful.clock.advance(HOUR)
    decided = careful.as_operator("POST", f"/approvals/{msgid}/approve").get_json()
    assert decided == {
        "code": 0,
        "id": msgid,
        "state": "approved",
        "application": "shop",
        "owner": "zhangsan",
        "sendno": "order-7",
        "rule_id": 0,
        "recipients": 1,
        "channels": ["app"],
        "created_at": NOW,
        "start_at": NOW + HOUR,
        "expires_at": NOW + 24 * HOUR,
        "decided_by": "boss",
        "decided_at": NOW + HOUR,
        "reason": "",
        "contents": {"app": {"text": "Your parcel is on its way"}},
        "audience": {"userids": ["zhangsan"]},
    }
    expand(careful)
    assert (status(careful, msgid), counts(careful, msgid)) == ("sending", {"queued": 1})
    assert careful.as_operator("GET", f"/approvals/{msgid}").get_json() == decided


@pytest.mark.parametrize(("body", "reason"), [(None, ""), ({}, ""), ({"reason": "Not today"}, "Not today")])
def test_a_refused_message_is_never_sent(careful: Site, body: Json, reason: str) -> None:
    msgid = submitted(careful)
    decided = careful.as_operator("POST", f"/approvals/{msgid}/refuse", body).get_json()
    assert (decided["state"], decided["decided_by"], decided["reason"]) == ("refused", "boss", reason)
    expand(careful)
    progress = careful.get(f"/v1/message/{msgid}").get_json()
    assert (progress["status"], progress["finished_at"], progress["counts"]) == ("refused", NOW, {})
    assert told(careful.post(f"/v1/retract/{msgid}"))[:2] == (400, 4004)


@pytest.mark.parametrize("first", ["approve", "refuse"])
@pytest.mark.parametrize("second", ["approve", "refuse"])
def test_it_is_decided_once(careful: Site, first: str, second: str) -> None:
    msgid = submitted(careful)
    assert careful.as_operator("POST", f"/approvals/{msgid}/{first}").status_code == 200
    again = careful.as_operator("POST", f"/approvals/{msgid}/{second}", {} if second == "refuse" else None)
    assert told(again)[:2] == (409, 4090)
    assert "by boss" in told(again)[2]


def test_of_operators_who_decide_at_once_one_decides(careful: Site) -> None:
    msgid = submitted(careful)
    together = threading.Barrier(4)

    def decide(name: str) -> str | None:
        together.wait(10)
        try:
            return approvals.approve(careful.gateway, msgid, name).decided_by
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        decided = list(filter(None, pool.map(decide, ("a", "b", "c", "d"))))
    assert decided == [careful.as_operator("GET", f"/approvals/{msgid}").get_json()["decided_by"]]


@pytest.mark.parametrize("body", [[], "no", {"reason": 7}, {"reason": "x" * 1001}, {"because": "no"}])
def test_a_refusal_that_cant_be_read_decides_nothing(careful: Site, body: Json) -> None:
    msgid = submitted(careful)
    assert told(careful.as_operator("POST", f"/approvals/{msgid}/refuse", body))[:2] == (400, 4004)
    assert status(careful, msgid) == "waiting_approval"


def test_the_list_is_the_oldest_first_and_can_be_narrowed(careful: Site) -> None:
    first, second, third = (submitted(careful, sendno=name) for name in ("a", "b", "c"))
    careful.as_operator("POST", f"/approvals/{second}/approve")

    def listed(query: str) -> list[str]:
        return [item["id"] for item in careful.as_operator("GET", f"/approvals{query}").get_json()["approvals"]]

    assert listed("") == [first, second, third]
    assert listed("?state=waiting") == [first, third]
    assert listed("?state=approved") == [second]
    assert listed("?state=refused") == []
    page = careful.as_operator("GET", "/approvals?state=waiting&limit=1").get_json()
    assert "contents" not in page["approvals"][0]
    assert listed(f"?state=waiting&cursor={page['next']}") == [third]
    assert told(careful.as_operator("GET", "/approvals?state=late"))[:2] == (400, 4004)


def test_what_needed_no_approval_is_unknown_here(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    for method, path in (("GET", ""), ("POST", "/approve"), ("POST", "/refuse")):
        assert told(site.as_operator(method, f"/approvals/{msgid}{path}"))[:2] == (404, 4040)


def test_an_approved_message_keeps_its_time(careful: Site) -> None:
    msgid = submitted(careful, send_at=NOW + 2 * HOUR)
    careful.clock.advance(HOUR)
    decided = careful.as_operator("POST", f"/approvals/{msgid}/approve").get_json()
    assert decided["start_at"] == NOW + 2 * HOUR
    expand(careful)
    assert status(careful, msgid) == "scheduled"
    careful.clock.advance(HOUR)
    expand(careful)
    assert counts(careful, msgid) == {"queued": 1}


def test_approved_in_quiet_hours_it_begins_when_they_are_over(careful: Site) -> None:
    msgid = submitted(careful, time_to_live=HOUR)
    held = quiet("16:00-20:00").quiet_hours
    set_policy(careful.gateway, Policy(needs_approval=True, quiet_hours=held))
    decided = careful.as_operator("POST", f"/approvals/{msgid}/approve").get_json()
    assert (decided["start_at"], decided["expires_at"]) == (at("15T20:00"), at("15T21:00"))


def test_in_quiet_hours_a_message_may_be_submitted(careful: Site) -> None:
    refusing = quiet("15:00-17:00").quiet_hours
    set_policy(careful.gateway, Policy(needs_approval=True, quiet_hours=refusing))
    assert status(careful, submitted(careful)) == "waiting_approval"


def test_out_of_time_it_can_be_approved_no_more(careful: Site) -> None:
    msgid = submitted(careful, time_to_live=HOUR)
    careful.clock.advance(HOUR)
    late = careful.as_operator("POST", f"/approvals/{msgid}/approve")
    assert told(late)[:2] == (409, 4090)
    assert "expired" in told(late)[2]
    approvals.give_up(careful.gateway)
    assert careful.as_operator("GET", f"/approvals/{msgid}").get_json()["state"] == "expired"
    assert careful.get(f"/v1/message/{msgid}").get_json()["finished_at"] == NOW + HOUR
    assert status(careful, msgid) == "cancelled"


def test_a_waiting_message_can_be_retracted_however_long_it_has_waited(careful: Site) -> None:
    msgid = submitted(careful, time_to_live=7 * 24 * HOUR)
    careful.clock.advance(3 * 24 * HOUR)
    assert careful.post(f"/v1/retract/{msgid}").status_code == 200
    assert careful.as_operator("GET", f"/approvals/{msgid}").get_json()["state"] == "withdrawn"
    assert told(careful.as_operator("POST", f"/approvals/{msgid}/approve"))[:2] == (409, 4090)
    approvals.give_up(careful.gateway)
    assert careful.as_operator("GET", "/approvals?state=withdrawn").get_json()["approvals"][0]["id"] == msgid
    assert status(careful, msgid) == "cancelled"


def test_a_broadcast_waits_as_well(careful: Site) -> None:
    body: Json = {"msg_app": [{"text": "Hello"}], "option": {"owner": "zhangsan"}}
    msgid = careful.post("/v1/broadcast", body).get_json()["msgid"]
    waiting = careful.as_operator("GET", f"/approvals/{msgid}").get_json()
    assert (waiting["audience"], waiting["recipients"]) == ({"everyone": True}, 0)
    careful.as_operator("POST", f"/approvals/{msgid}/approve")
    expand(careful)
    assert careful.get(f"/v1/message/{msgid}").get_json()["recipients"] == 2


def test_a_sender_may_look_but_not_decide(careful: Site) -> None:
    msgid = submitted(careful)
    token = operators.add(careful.gateway, "writer", "sender", with_token=True).token
    assert careful.as_operator("GET", f"/approvals/{msgid}", token=token).status_code == 200
    assert told(careful.as_operator("POST", f"/approvals/{msgid}/approve", token=token))[:2] == (403, 4030)
