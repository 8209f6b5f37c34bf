"""Looking at a message: how far it has come, and each of its deliveries."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told


def test_a_message_is_shown_as_far_as_it_has_come(site: Site) -> None:
    msgid = site.send({"aud_userid": ["zhangsan", "nobody"]}).get_json()["msgid"]
    assert site.get(f"/v1/message/{msgid}").get_json() == {
        "code": 0,
        "msgid": msgid,
        "status": "sending",
        "recipients": 2,
        "counts": {"queued": 1, "unreachable": 1},
        "channels": {"app1": {"queued": 1}},
        "template": None,
        "created_at": 1_800_000_000,
        "finished_at": None,
        "purged_at": None,
    }


def test_a_message_that_reaches_nobody_is_done_at_once(site: Site) -> None:
    msgid = site.send({"aud_userid": ["nobody"]}).get_json()["msgid"]
    answer = site.get(f"/v1/message/{msgid}").get_json()
    assert (answer["status"], answer["finished_at"]) == ("done", 1_800_000_000)


def test_a_delivery_is_shown_with_all_that_is_known_of_it(site: Site) -> None:
    msgid = site.send({"aud_userid": ["zhangsan", "nobody"]}).get_json()["msgid"]
    answer = site.get(f"/v1/message/{msgid}/deliveries").get_json()
    assert answer["next"] is None
    first, second = answer["deliveries"]
    assert isinstance(first.pop("id"), int)
    assert first == {
        "userid": "zhangsan",
        "channel": "app1",
        "address": "fake-zhangsan",
        "status": "queued",
        "reason": "",
        "provider_code": None,
        "provider_message": "",
        "attempts": 0,
        "step": 0,
        "fallback_of": None,
        "cause": "",
        "updated_at": 1_800_000_000,
    }
    assert (second["userid"], second["channel"], second["address"]) == ("nobody", None, None)
    assert (second["status"], second["reason"]) == ("unreachable", "unknown_user")


def test_deliveries_come_in_pages_and_can_be_narrowed(site: Site) -> None:
    msgid = site.send({"aud_userid": ["zhangsan", *(f"nobody{index}" for index in range(4))]}).get_json()["msgid"]
    path = f"/v1/message/{msgid}/deliveries"
    seen: list[str] = []
    cursor = ""
    while True:
        answer = site.get(f"{path}?limit=2{cursor}").get_json()
        seen += [delivery["userid"] for delivery in answer["deliveries"]]
        if answer["next"] is None:
            break
        cursor = f"&cursor={answer['next']}"
    assert seen == ["zhangsan", "nobody0", "nobody1", "nobody2", "nobody3"]
    assert len(site.get(f"{path}?status=unreachable").get_json()["deliveries"]) == 4
    assert len(site.get(f"{path}?channel=app1").get_json()["deliveries"]) == 1
    assert site.get(f"{path}?channel=nowhere").get_json()["deliveries"] == []


@pytest.mark.parametrize(
    ("query", "path"),
    [("status=sent", "status"), ("status=", "status"), ("cursor=x", "cursor"), ("cursor=-1", "cursor"),
     ("limit=0", "limit"), ("state=queued", "state"), ("status=queued&status=sending", "status")],
)  # fmt: skip
def test_a_wrong_parameter_is_named(site: Site, query: str, path: str) -> None:
    msgid = site.send().get_json()["msgid"]
    answer = site.get(f"/v1/message/{msgid}/deliveries?{query}")
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


@pytest.mark.parametrize("msgid", ["nothing", "%00", "%ff%fe", "x" * 5000, "0" * 26])
def test_a_message_that_is_not_there_is_404(shared_site: Site, msgid: str) -> None:
    for tail in ("", "/deliveries"):
        assert told(shared_site.get(f"/v1/message/{msgid}{tail}"))[:2] == (404, 4040)


def test_an_access_key_sees_no_messages(site: Site) -> None:
    msgid = site.send().get_json()["msgid"]
    assert told(site.get(f"/v1/message/{msgid}", auth=site.staff))[:2] == (404, 4040)
