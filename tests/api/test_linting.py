"""Contents linted before they are sent: on demand, in a dry run, and in every send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.api.site import Site, open_site, told
from ums.domain.commands import Json
from ums.registry import Registry
from ums.services import channels
from ums.store.models import ChannelRow

ACCOUNT = {"appid": "wx0123456789abcdef", "secret": "x"}
LONG = "A parcel, and another parcel"
SHORT = "A parcel, and anoth…"
FAULTY: Json = [{"template_id": "T1", "data": {"thing1": {"value": LONG}, "time2": {"value": "25:01"}}}]
THING = "msg_wechatmp.0.data.thing1.value"
TIME = "msg_wechatmp.0.data.time2.value"
PATHS = [THING, TIME]
OA_PATH = "msg_wechatoa.0.data.thing1.value"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Site]:
    """The shop has a mini program that refuses, an official account that clips, and a user on both."""
    plugins = [plugin for plugin in Registry.load() if plugin.info.key.startswith("wechat")]
    site = open_site(tmp_path, plugins=plugins)
    channels.add(site.gateway, "mp", "wechatmp", ACCOUNT, ["shop"])
    channels.add(site.gateway, "oa", "wechatoa", {**ACCOUNT, "lint": "clip"}, ["shop"])
    people: Json = [{"userid": "wangwu", "set": {"mp": "oMPwangwu", "oa": "oOAwangwu"}}]
    assert site.post("/v1/user/opt", people).status_code == 200
    yield site
    site.gateway.close()


def oa(value: str = LONG) -> Json:
    return [{"type": 0, "template_id": "T2", "data": {"thing1": {"value": value, "color": "#173177"}}}]


def test_linting_tells_for_each_channel_what_a_send_would_meet(shop: Site) -> None:
    answer = shop.post("/v1/lint", {"msg_wechatmp": FAULTY, "msg_wechatoa": oa(), "msg_app": {"text": "Hello"}})
    found = answer.get_json()["channels"]
    assert set(found) == {"oa", "mp", "app1"}
    assert (found["mp"]["ok"], [each["path"] for each in found["mp"]["findings"]]) == (False, PATHS)
    assert found["oa"] == {"ok": True, "findings": [], "clipped": {OA_PATH: SHORT}}
    assert found["app1"] == {"ok": True, "findings": [], "clipped": {}}


def test_what_a_plugin_cannot_read_is_a_finding_too(shop: Site) -> None:
    answer = shop.post("/v1/lint", {"msg_wechatmp": [{"data": {"thing1": {"value": 1}}}]})
    assert answer.get_json()["channels"]["mp"] == {
        "ok": False,
        "findings": [{"path": "msg_wechatmp.0.template_id", "text": "Missing data for required field."}],
        "clipped": {},
    }


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, 4004, "msg_…"),
        ({"msg_app": [{"text": "a"}, {"text": "b"}]}, 4004, "msg_app"),
        ({"msg_app": {"text": "a"}, "aud_userid": ["wangwu"]}, 4004, "aud_userid"),
        ({"msg_sms": {"text": "a"}}, 1015007, "msg_sms"),
    ],
)
def test_what_is_no_message_at_all_is_refused(shop: Site, body: Json, code: int, path: str) -> None:
    answer = shop.post("/v1/lint", body)
    assert told(answer)[:2] == (400, code)
    assert list(answer.get_json()["errors"]) == [path]


def test_a_send_is_refused_by_path_and_stores_nothing(shop: Site) -> None:
    body: Json = {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY}
    answer = shop.post("/v1/sent", body, headers={"Idempotency-Key": "k"})
    assert told(answer)[:2] == (400, 4004)
    assert answer.get_json()["message"].startswith(f"The message can't be sent as it stands: {THING}: ")
    assert list(answer.get_json()["errors"]) == PATHS
    assert told(shop.post("/v1/broadcast", {"msg_wechatmp": FAULTY}))[:2] == (400, 4004)
    assert shop.get("/v1/message").get_json()["messages"] == []


def test_a_message_of_a_batch_is_refused_alone(shop: Site) -> None:
    bad: Json = {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY}
    good: Json = {"aud_userid": ["wangwu"], "msg_wechatoa": oa()}
    data = shop.post("/v1/sent/batch", [bad, good]).get_json()["data"]
    assert [(one["index"], list(one["errors"])) for one in data["fail"]] == [(0, PATHS)]
    assert [one["warnings"] for one in data["success"]] == [[f"{OA_PATH} was clipped to {SHORT!r}"]]


def test_a_dry_run_tells_what_a_send_is_refused_for(shop: Site) -> None:
    body: dict[str, Json] = {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY, "msg_wechatoa": oa()}
    answer = shop.post("/v1/sent", {**body, "option": {"dry_run": True}}).get_json()
    assert (answer["channels"], set(answer["lint"])) == ({"mp": 1, "oa": 1}, {"mp", "oa"})
    assert answer["lint"] == shop.post("/v1/lint", {**body} | {"aud_userid": None}).get_json()["channels"]
    good = shop.post(
        "/v1/sent", {**body, "msg_wechatmp": None, "msg_wechatoa": oa("tea"), "option": {"dry_run": True}}
    )
    assert "lint" not in good.get_json()


def test_a_send_by_a_message_template_names_the_place_in_the_template(shop: Site) -> None:
    content: Json = {"template_id": "T1", "data": {"thing1": {"value": "{{goods}}"}}}
    variables: Json = [{"name": "goods", "sample": "tea"}]
    made = shop.as_operator(
        "POST", "/templates", {"name": "shipped", "variables": variables, "channels": {"wechatmp": content}}
    ).get_json()
    send: dict[str, Json] = {"template_id": made["id"], "template_para": {"goods": LONG}}
    answer = shop.post("/v1/template/sent", {**send, "aud_userid": ["wangwu"]})
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == ["channels.wechatmp.data.thing1.value"]
    rehearsed = shop.post("/v1/template/broadcast", {**send, "option": {"dry_run": True}}).get_json()
    assert [each["path"] for each in rehearsed["lint"]["mp"]["findings"]] == ["channels.wechatmp.data.thing1.value"]


def test_a_channel_that_is_told_so_sends_everything(shop: Site) -> None:
    channels.change(shop.gateway, "mp", {"lint": "off"})
    assert shop.post("/v1/sent", {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY}).status_code == 200
    channels.change(shop.gateway, "mp", {"lint": "refuse"})
    assert shop.post("/v1/sent", {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY}).status_code == 400


def test_a_channel_whose_settings_cannot_be_read_still_takes_messages(shop: Site) -> None:
    """They wait for the operator, and are linted before they leave."""
    with shop.gateway.database.write() as session:
        session.execute(update(ChannelRow).where(ChannelRow.code == "mp").values(sealed_settings=b"\0"))
    assert shop.post("/v1/sent", {"aud_userid": ["wangwu"], "msg_wechatmp": FAULTY}).status_code == 200
