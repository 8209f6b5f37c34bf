"""What may keep a message from being sent as asked: words, quiet hours, the day's broadcasts."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.api.site import Site, told
from tests.api.test_audiences import expand, person, upload
from tests.api.test_schedules import status
from tests.factories import set_policy
from tests.fakes import NOON
from ums.domain.commands import Json
from ums.domain.policy import AtQuietHours, Policy, QuietHours, minutes_of
from ums.services import words

NOW = int(NOON)
HOUR = 3600
MINUTE = 60
HELLO: dict[str, Json] = {"msg_app": [{"text": "Hello"}]}


def quiet(span: str, action: AtQuietHours = AtQuietHours.HOLD) -> Policy:
    """A policy with these quiet hours; the tests' clock begins at 16:00 in Shanghai."""
    start, _, end = span.partition("-")
    hours = QuietHours(start=minutes_of(start), end=minutes_of(end), timezone="Asia/Shanghai", action=action)
    return Policy(quiet_hours=hours)


def at(text: str) -> int:
    """A moment on the tests' day in Shanghai."""
    return int(datetime.fromisoformat(f"2027-01-{text}:00+08:00").timestamp())


@pytest.mark.parametrize("text", ["Win at the CASINO today", "ｃａｓｉｎｏ", "casinos"])
def test_a_sensitive_word_is_refused_and_named_with_its_path(site: Site, text: str) -> None:
    words.add(site.gateway, "Casino")
    answer = site.send({"msg_app": [{"text": text}]})
    assert told(answer)[:2] == (400, 1015034)
    assert list(answer.get_json()["errors"]) == ["msg_app.0.text"]
    assert "'Casino'" in told(answer)[2]


def test_every_channels_text_is_looked_at(site: Site) -> None:
    words.add(site.gateway, "casino")
    answer = site.send({"msg_email": [{"text": "casino"}], "rule_id": -1})
    assert list(answer.get_json()["errors"]) == ["msg_email.0.text"]
    assert site.send({"option": {"sendno": "casino"}}).status_code == 200


def test_a_change_of_the_list_counts_for_the_next_message(site: Site) -> None:
    def code() -> int:
        return int(site.send({"msg_app": [{"text": "poker and dice"}]}).get_json()["code"])

    assert code() == 0
    poker = words.add(site.gateway, "poker")
    assert code() == 1015034
    words.change(site.gateway, poker.id, "roulette")
    assert code() == 0
    words.add_many(site.gateway, ["dice"])
    assert code() == 1015034
    words.remove(site.gateway, words.like(site.gateway, "dice").id)
    assert code() == 0


def test_in_a_batch_only_the_message_with_the_word_is_refused(site: Site) -> None:
    words.add(site.gateway, "casino")
    batch: list[Json] = [{**_to("zhangsan"), "msg_app": [{"text": text}]} for text in ("Hello", "Casino", "Hi")]
    data = site.post("/v1/sent/batch", batch).get_json()["data"]
    assert [one["index"] for one in data["success"]] == [0, 2]
    (refused,) = data["fail"]
    assert (refused["errcode"], list(refused["errors"])) == ("1015034", ["msg_app.0.text"])


def test_an_application_may_be_spared_the_check(site: Site) -> None:
    words.add(site.gateway, "parcel")
    assert told(site.send())[:2] == (400, 1015034)
    set_policy(site.gateway, Policy(checks_words=False))
    assert site.send().status_code == 200


def test_in_quiet_hours_a_message_is_held_until_they_are_over(site: Site) -> None:
    set_policy(site.gateway, quiet("15:00-17:30"))
    answer = site.send().get_json()
    (warning,) = answer["warnings"]
    assert "15:00 to 17:30 Asia/Shanghai" in warning
    assert "2027-01-15T17:30:00+08:00" in warning
    expand(site)
    assert status(site, answer["msgid"]) == "scheduled"
    site.clock.advance(90 * MINUTE)
    expand(site)
    assert site.get(f"/v1/message/{answer['msgid']}").get_json()["counts"] == {"queued": 1}


def test_in_quiet_hours_a_message_may_be_refused_with_the_time_to_come_back(site: Site) -> None:
    set_policy(site.gateway, quiet("15:00-17:30", AtQuietHours.REFUSE))
    answer = site.send()
    assert told(answer)[:2] == (400, 1015038)
    assert "2027-01-15T17:30:00+08:00" in told(answer)[2]
    assert answer.headers["Retry-After"] == str(90 * MINUTE)
    site.clock.advance(90 * MINUTE)
    assert site.send().get_json().keys() == {"code", "msgid"}


@pytest.mark.parametrize("action", AtQuietHours)
def test_a_message_scheduled_into_quiet_hours_begins_when_they_are_over(site: Site, action: AtQuietHours) -> None:
    set_policy(site.gateway, quiet("22:00-08:00", action))
    answer = site.send({"option": {"send_at": at("15T23:00"), "time_to_live": HOUR}}).get_json()
    (warning,) = answer["warnings"]
    assert warning.startswith("option.send_at falls into quiet hours")
    assert "2027-01-16T08:00:00+08:00" in warning
    site.clock.advance(at("15T23:00") - NOW)
    expand(site)
    assert status(site, answer["msgid"]) == "scheduled"
    site.clock.advance(9 * HOUR)
    expand(site)
    # its hour to live counts from when it begins
    assert site.get(f"/v1/message/{answer['msgid']}").get_json()["counts"] == {"queued": 1}


def test_quiet_hours_that_came_after_the_message_hold_it_too(site: Site) -> None:
    msgid = site.send({"option": {"send_at": NOW + HOUR}}).get_json()["msgid"]
    other = site.post("/v1/sent", {**_to("nobody"), "option": {"send_at": NOW + HOUR}}, auth=site.bank)
    set_policy(site.gateway, quiet("16:30-18:00"))
    site.clock.advance(HOUR)
    expand(site)
    assert status(site, msgid) == "scheduled"
    progress = site.get(f"/v1/message/{other.get_json()['msgid']}", auth=site.bank)
    assert progress.get_json()["status"] == "done"
    site.clock.advance(HOUR)
    expand(site)
    assert status(site, msgid) == "sending"


def _to(*userids: str) -> dict[str, Json]:
    return {"aud_userid": [*userids], "msg_app": [{"text": "Hello"}]}


def test_broadcasts_of_a_day_are_counted_and_the_next_day_begins_anew(site: Site) -> None:
    set_policy(site.gateway, Policy(daily_broadcasts=2))
    for _ in range(2):
        assert site.post("/v1/broadcast", HELLO).status_code == 200
    answer = site.post("/v1/broadcast", HELLO)
    assert told(answer)[:2] == (400, 1015029)
    # midnight in the installation's time zone, eight hours from 16:00
    assert answer.headers["Retry-After"] == str(8 * HOUR)
    assert site.send().status_code == 200
    assert site.post("/v1/broadcast", HELLO, auth=site.bank).status_code == 200
    site.clock.advance(8 * HOUR - 1)
    assert told(site.post("/v1/broadcast", HELLO))[1] == 1015029
    site.clock.advance(1)
    assert site.post("/v1/broadcast", HELLO).status_code == 200


def test_a_broadcast_that_is_refused_rehearsed_or_repeated_uses_up_nothing(site: Site) -> None:
    set_policy(site.gateway, Policy(daily_broadcasts=1))
    assert site.post("/v1/broadcast", {**HELLO, "rule_id": 99}).status_code == 400
    assert site.post("/v1/broadcast", {**HELLO, "option": {"dry_run": True}}).status_code == 200
    named = {"Idempotency-Key": "sale"}
    first = site.post("/v1/broadcast", HELLO, headers=named)
    assert first.status_code == 200
    assert site.post("/v1/broadcast", HELLO, headers=named).get_json() == first.get_json()
    assert told(site.post("/v1/broadcast", {**HELLO, "option": {"dry_run": True}}))[1] == 1015029


def test_without_a_limit_broadcasts_are_not_counted(site: Site) -> None:
    upload(site, person("wangwu"))
    for _ in range(3):
        assert site.post("/v1/broadcast", HELLO).status_code == 200
