"""Messages that begin later, and messages that are taken back."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from tests.api.test_audiences import expand
from tests.fakes import NOON
from ums.domain.commands import Json
from ums.services import retracting

NOW = int(NOON)
HOUR = 3600


def status(site: Site, msgid: str) -> str:
    return str(site.get(f"/v1/message/{msgid}").get_json()["status"])


def scheduled(site: Site, seconds: int, **changes: Json) -> str:
    answer = site.send({"option": {"send_at": NOW + seconds, **changes}})
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["msgid"])


def test_a_message_begins_when_it_is_asked_to(site: Site) -> None:
    msgid = scheduled(site, HOUR)
    expand(site)
    assert status(site, msgid) == "scheduled"
    site.clock.advance(HOUR)
    expand(site)
    assert status(site, msgid) == "sending"
    assert site.get(f"/v1/message/{msgid}").get_json()["counts"] == {"queued": 1}


def test_whom_it_reaches_is_decided_when_it_begins(site: Site) -> None:
    msgid = scheduled(site, HOUR)
    site.post("/v1/user/delete", ["zhangsan"], auth=site.staff)
    site.clock.advance(HOUR)
    expand(site)
    assert site.get(f"/v1/message/{msgid}").get_json()["counts"] == {"unreachable": 1}


def test_a_time_that_has_passed_means_now(site: Site) -> None:
    assert status(site, scheduled(site, -HOUR)) == "sending"


@pytest.mark.parametrize("send_at", [NOW + 30 * 24 * HOUR + 1, NOW * 1000, -1, "tomorrow", 1.5])
def test_a_time_too_far_ahead_or_no_time_is_refused(shared_site: Site, send_at: Json) -> None:
    answer = shared_site.send({"option": {"send_at": send_at}})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["option.send_at"]


def test_a_retracted_message_is_not_sent(site: Site) -> None:
    msgid = site.send({"aud_userid": ["zhangsan", "nobody"]}).get_json()["msgid"]
    assert site.post(f"/v1/retract/{msgid}").get_json() == {"code": 0, "message": "success"}
    progress = site.get(f"/v1/message/{msgid}").get_json()
    assert progress["status"] == "cancelled"
    assert progress["finished_at"] == NOW
    assert progress["counts"] == {"cancelled": 1, "unreachable": 1}
    answer = site.get(f"/v1/message/{msgid}/deliveries?status=cancelled").get_json()
    assert answer["deliveries"][0]["reason"] == retracting.RETRACTED


def test_the_second_time_has_its_own_code(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    assert site.post(f"/v1/retract/{msgid}").status_code == 200
    assert told(site.post(f"/v1/retract/{msgid}"))[:2] == (400, 1015055)


def test_a_scheduled_message_may_be_retracted_at_any_time_before(site: Site) -> None:
    msgid = scheduled(site, 20 * 24 * HOUR)
    site.clock.advance(10 * 24 * HOUR)
    assert site.post(f"/v1/retract/{msgid}").status_code == 200
    site.clock.advance(10 * 24 * HOUR)
    expand(site)
    assert status(site, msgid) == "cancelled"


def test_a_day_after_sending_began_it_is_too_late(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    site.clock.advance(24 * HOUR)
    assert site.post(f"/v1/retract/{msgid}").status_code == 200
    late = site.send().get_json()["msgid"]
    site.clock.advance(24 * HOUR + 1)
    answer = site.post(f"/v1/retract/{late}")
    assert told(answer)[:2] == (400, 4004)
    assert "24 hours" in told(answer)[2]


def test_a_broadcast_that_is_retracted_grows_no_further(site: Site) -> None:
    msgid = site.post("/v1/broadcast", {"msg_app": [{"text": "Hello"}]}).get_json()["msgid"]
    assert site.post(f"/v1/retract/{msgid}").status_code == 200
    expand(site)
    assert site.get(f"/v1/message/{msgid}").get_json()["counts"] == {}
