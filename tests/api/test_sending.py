"""`POST /v1/sent`: what is taken, and what is refused with a sentence that helps."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told
from ums.api.schemas.sending import SendSchema
from ums.domain.commands import Json
from ums.domain.wire import CHANNEL_TYPES
from ums.services import channels


def errors(site: Site, changes: dict[str, Json]) -> dict[str, list[str]]:
    answer = site.send(changes)
    assert told(answer)[:2] == (400, 4004)
    found: dict[str, list[str]] = answer.get_json()["errors"]
    return found


def test_a_message_is_accepted_and_stored_before_the_answer(site: Site) -> None:
    answer = site.send().get_json()
    assert answer == {"code": 0, "msgid": answer["msgid"]}
    assert len(answer["msgid"]) == 26
    assert site.get(f"/v1/message/{answer['msgid']}").get_json()["counts"] == {"queued": 1}


def test_all_members_of_the_contract_are_taken(site: Site) -> None:
    answer = site.send(
        {
            "aud_userid": ["zhangsan", "lisi", "nobody", "lisi"],
            "msg_email": {"text": "A bare object counts as a list of one"},
            "rule_id": -1,
            "option": {"sendno": "order-7", "owner": "alice", "priority": 1, "time_to_live": 3600},
            "callback": {"url": "https://shop.example/ums", "params": {"order": ["A1", {"n": 1.5}, None]}},
        }
    )
    body = answer.get_json()
    assert body["sendno"] == "order-7"
    assert body["warnings"][0].startswith("callback.url https://shop.example/ums")
    progress = site.get(f"/v1/message/{body['msgid']}").get_json()
    assert progress["recipients"] == 3
    assert progress["channels"] == {"app1": {"queued": 1}, "mail1": {"queued": 1}}


def test_every_channel_type_of_the_contract_has_its_member(site: Site) -> None:
    known = SendSchema().fields
    for names in CHANNEL_TYPES.values():
        assert {names.message, names.audience} <= known.keys()


@pytest.mark.parametrize("type_", ["wechatoa", "wechatmp", "sms", "dingtalk_cc", "alipay_life", "wechatwk"])
def test_a_channel_type_that_is_not_there_has_its_own_code(shared_site: Site, type_: str) -> None:
    answer = shared_site.send({f"msg_{type_}": [{}]})
    assert told(answer)[:2] == (400, CHANNEL_TYPES[type_].not_granted)
    assert list(answer.get_json()["errors"]) == [f"msg_{type_}"]


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"aud_userid": []}, "aud_userid", "an empty one"),
        ({"aud_userid": "zhangsan"}, "aud_userid", "not the text 'zhangsan'"),
        ({"aud_userid": {"0": "a"}}, "aud_userid", "not an object"),
        ({"aud_userid": ["a", "b c", "d"]}, "aud_userid.1", "the text 'b c' is no userid"),
        ({"aud_userid": ["a", 7.5]}, "aud_userid.1", "a number is no userid"),
        ({"aud_userid": ["a" * 65]}, "aud_userid.0", "1 to 64 characters"),
        ({"aud_userid": [".."]}, "aud_userid.0", "'.' and '..' are reserved"),
        ({"aud_userid": ["a/b"]}, "aud_userid.0", "is no userid"),
        ({"msg_app": []}, "msg_app", "exactly one element"),
        ({"msg_app": [{"text": "a"}, {"text": "b"}]}, "msg_app", "exactly one element"),
        ({"msg_app": "hello"}, "msg_app", "must be an object"),
        ({"msg_app": ["hello"]}, "msg_app.0", "must be an object"),
        ({"msg_app": [{}]}, "msg_app.0.text", "Missing"),
        ({"msg_app": [{"text": "a", "colour": "red"}]}, "msg_app.0.colour", "nknown"),
        ({"msg_app": [{"text": 7}]}, "msg_app.0.text", "string"),
        ({"rule_id": "0"}, "rule_id", "must be a whole number, not the text '0'"),
        ({"rule_id": 1.0}, "rule_id", "must be a whole number, not a number"),
        ({"rule_id": True}, "rule_id", "not true or false"),
        ({"rule_id": 2**40}, "rule_id", "must be from"),
        ({"option": [1]}, "option", "must be an object"),
        ({"option": {"priority": 4}}, "option.priority", "must be from 1 to 3, not 4"),
        ({"option": {"priority": False}}, "option.priority", "must be a whole number"),
        ({"option": {"priority": "1"}}, "option.priority", "must be a whole number"),
        ({"option": {"sendno": 7.5}}, "option.sendno", "must be a text, not a number"),
        ({"option": {"sendno": True}}, "option.sendno", "must be a text, not true or false"),
        ({"option": {"owner": "a" * 256}}, "option.owner", "at most 255"),
        ({"option": {"time_to_live": 0}}, "option.time_to_live", "must be from 1 to 2592000"),
        ({"option": {"time_to_live": 2592001}}, "option.time_to_live", "must be from 1 to 2592000"),
        ({"option": {"ttl": 1}}, "option.ttl", "known are sendno, owner, black_id, white_id, priority"),
        ({"callback": "https://shop.example"}, "callback", "must be an object"),
        ({"callback": {"url": 7}}, "callback.url", "must be a text"),
        ({"callback": {"params": [1]}}, "callback.params", "must be an object, not a list"),
        ({"callback": {"type": 1}}, "callback.type", "known are url, params"),
        ({"callback": {"params": {"a": "x" * 16_384}}}, "callback.params", "must be at most 16384 bytes"),
        ({"audience": "all"}, "audience", "known are aud_userid, aud_tag, aud_segment"),
        ({"template_id": 7}, "template_id", "is unknown here"),
        ({"is_admin": True}, "is_admin", "is unknown here"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(
    shared_site: Site, changes: dict[str, Json], path: str, said: str
) -> None:
    found = errors(shared_site, changes)
    assert list(found) == [path]
    assert said in found[path][0]


NOTHING: list[dict[str, Json]] = [
    {"rule_id": None, "option": None, "callback": None, "aud_tag": None, "aud_app": None, "msg_email": None},
    {"option": [], "callback": []},
    {"option": {"sendno": None, "owner": None, "priority": 0, "black_id": 0, "white_id": None, "send_at": None}},
    {"option": {"black_id": None, "white_id": 0}, "callback": {"url": None, "params": []}},
]
"""What languages that can't leave a member out send in its place."""


@pytest.mark.parametrize("nothing", NOTHING)
def test_what_is_not_there_may_be_said_in_every_way(site: Site, nothing: dict[str, Json]) -> None:
    body: dict[str, Json] = {"aud_userid": ["zhangsan"], "msg_app": [{"text": "a"}]}
    plain, odd = (site.post("/v1/sent", sent).get_json()["msgid"] for sent in (body, body | nothing))
    shown = [site.get(f"/v1/message/{msgid}").get_json() for msgid in (plain, odd)]
    assert [{**one, "msgid": "", "created_at": 0} for one in shown[1:]] == [
        {**shown[0], "msgid": "", "created_at": 0}
    ]


@pytest.mark.parametrize(("member", "path"), [("aud_userid", "aud_…"), ("msg_app", "msg_…")])
def test_a_send_to_nobody_or_of_nothing_stays_refused(shared_site: Site, member: str, path: str) -> None:
    body: dict[str, Json] = {"aud_userid": ["zhangsan"], "msg_app": [{"text": "a"}], member: None}
    answer = shared_site.post("/v1/sent", body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_an_audience_that_turned_out_empty_is_no_audience_left_out(shared_site: Site) -> None:
    answer = shared_site.send({"aud_tag": []})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["aud_tag"]


def test_numbers_are_taken_where_callers_hold_their_keys_as_numbers(site: Site) -> None:
    uploaded = site.post("/v1/user/opt", [{"userid": 7, "phone": {"all": ["13800000000"]}}])
    assert uploaded.get_json()["data"]["success"] == ["7"]
    answer = site.send({"aud_userid": [7], "option": {"sendno": 42}}).get_json()
    assert answer["sendno"] == "42"
    page = site.get(f"/v1/message/{answer['msgid']}/deliveries").get_json()
    assert [one["userid"] for one in page["deliveries"]] == ["7"]


def test_what_is_missing_is_named(shared_site: Site) -> None:
    found = errors(shared_site, {"aud_userid": None, "msg_app": None})
    assert set(found) == {"aud_…", "msg_…"}
    assert "msg_wechatmp" in found["msg_…"][0]
    assert "aud_tag" in found["aud_…"][0]


def test_all_wrong_fields_are_told_at_once(shared_site: Site) -> None:
    answer = shared_site.send({"aud_userid": ["a b", "c d"], "rule_id": "x", "option": {"priority": 9, "x": 1}})
    assert set(answer.get_json()["errors"]) == {
        "aud_userid.0", "aud_userid.1", "rule_id", "option.priority", "option.x",
    }  # fmt: skip
    assert told(answer)[2].endswith("(4 more in errors)")


def test_a_thousand_userids_are_taken_and_one_more_is_not(shared_site: Site) -> None:
    people: list[Json] = [f"u-{index}" for index in range(1000)]
    accepted = shared_site.send({"aud_userid": people})
    assert accepted.status_code == 200
    msgid = accepted.get_json()["msgid"]
    assert shared_site.get(f"/v1/message/{msgid}").get_json()["counts"] == {"unreachable": 1000}
    answer = shared_site.send({"aud_userid": [*people, "one-more"]})
    assert told(answer)[:2] == (400, 1015004)
    assert list(answer.get_json()["errors"]) == ["aud_userid"]


def test_black_and_white_list_together_have_their_own_code(shared_site: Site) -> None:
    assert told(shared_site.send({"option": {"black_id": 1, "white_id": 2}}))[:2] == (400, 1015097)


def test_an_unknown_rule_has_its_own_code(shared_site: Site) -> None:
    assert told(shared_site.send({"rule_id": 1001}))[:2] == (400, 1015026)


@pytest.mark.parametrize("body", [[], [1], "a", 7, None, True])
def test_a_body_that_is_no_object_is_400(shared_site: Site, body: Json) -> None:
    answer = shared_site.post("/v1/sent", body)
    assert told(answer) == (400, 4004, "The body must be a JSON object.")


@pytest.mark.parametrize("key", ["", " ", "x" * 129, "schlüssel", "a\tb", " a"])
def test_an_idempotency_key_must_be_short_and_printable(shared_site: Site, key: str) -> None:
    answer = shared_site.send(key=key)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["Idempotency-Key"]


def test_the_same_key_and_body_get_the_first_answer_again(site: Site) -> None:
    first = site.send({"option": {"sendno": "1"}}, key="x" * 128)
    assert first.status_code == 200
    assert site.send({"option": {"sendno": "1"}}, key="x" * 128).get_json() == first.get_json()
    assert told(site.send({"option": {"sendno": "2"}}, key="x" * 128))[:2] == (409, 4090)


def test_the_first_answer_is_given_again_whatever_has_changed_since(site: Site) -> None:
    first = site.send(key="k")
    channels.close(site.gateway, "app1")
    assert site.send(key="k").get_json() == first.get_json()
    assert site.send(key="another").status_code == 400


def test_a_refused_send_does_not_use_up_its_key(site: Site) -> None:
    assert site.send({"rule_id": 1001}, key="k").status_code == 400
    assert site.send(key="k").status_code == 200


def test_a_key_is_forgotten_after_a_day(site: Site) -> None:
    first = site.send(key="k").get_json()["msgid"]
    site.clock.advance(24 * 60 * 60 + 1)
    assert site.send(key="k").get_json()["msgid"] != first


def test_two_applications_may_use_the_same_key(site: Site) -> None:
    body: Json = {"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}]}
    answers = [
        site.post("/v1/sent", body, auth=auth, headers={"Idempotency-Key": "k"}) for auth in (site.shop, site.bank)
    ]
    assert len({answer.get_json()["msgid"] for answer in answers}) == 2
