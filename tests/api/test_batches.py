"""`POST /v1/sent/batch`: many different messages in one call."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.store.models import MessageRow


def message(userid: str = "zhangsan", **changes: Json) -> Json:
    return {"aud_userid": [userid], "msg_app": [{"text": f"Hello, {userid}"}], **changes}


def stored(site: Site) -> int:
    with site.gateway.database.read() as session:
        return session.execute(select(func.count(MessageRow.id))).scalar_one()


def test_each_message_of_a_batch_is_one_of_its_own(site: Site) -> None:
    batch: Json = [message(option={"sendno": "1"}), message("nobody")]
    answer = site.post("/v1/sent/batch", batch).get_json()
    assert answer["code"] == 0
    assert answer["data"]["fail"] == []
    first, second = answer["data"]["success"]
    assert first == {"index": 0, "msgid": first["msgid"], "sendno": "1"}
    assert site.get(f"/v1/message/{first['msgid']}").get_json()["counts"] == {"queued": 1}
    assert site.get(f"/v1/message/{second['msgid']}").get_json()["counts"] == {"unreachable": 1}


def test_a_bad_message_does_not_spoil_the_others(site: Site) -> None:
    batch: Json = [
        message(),
        "hello",
        message(rule_id=1001),
        message(msg_sms=[{}]),
        message("half a \ud800 pair"),
        message(option={"dry_run": True}),
        message("lisi"),
    ]
    answer = site.post("/v1/sent/batch", batch)
    assert answer.status_code == 200
    data = answer.get_json()["data"]
    assert [one["index"] for one in data["success"]] == [0, 6]
    assert [(one["index"], one["errcode"]) for one in data["fail"]] == [
        (1, "4004"),
        (2, "1015026"),
        (3, "1015007"),
        (4, "4004"),
        (5, "4004"),
    ]
    assert list(data["fail"][1]["errors"]) == ["rule_id"]
    assert stored(site) == 2


def test_the_same_key_and_batch_get_the_first_answer_again(site: Site) -> None:
    batch: Json = [message(), message(rule_id=1001)]
    key = {"Idempotency-Key": "batch-1"}
    first = site.post("/v1/sent/batch", batch, headers=key).get_json()
    assert site.post("/v1/sent/batch", batch, headers=key).get_json() == first
    assert stored(site) == 1
    assert told(site.post("/v1/sent/batch", [message()], headers=key))[:2] == (409, 4090)


@pytest.mark.parametrize("batch", [[], {}, "x", 7, None, [message()] * 1001])
def test_what_is_no_batch_is_refused_whole(shared_site: Site, batch: Json) -> None:
    answer = shared_site.post("/v1/sent/batch", batch)
    assert told(answer)[:2] == (400, 4004)


def test_more_deliveries_than_one_transaction_takes_are_refused(shared_site: Site) -> None:
    people: list[Json] = [f"u{number}" for number in range(1000)]
    batch: Json = [{"aud_userid": people, "msg_app": [{"text": "Hello"}]}] * 6
    answer = shared_site.post("/v1/sent/batch", batch)
    assert told(answer)[:2] == (400, 4004)
    assert "6000 deliveries" in told(answer)[2]
