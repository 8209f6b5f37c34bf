"""Bindings from a sheet, a message to them, and a look at it, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Ums, document

OPENID = "oABCD1234efgh5678ijkl9012mno"
CONTENT = {"msg_wechatmp": [{"template_id": "T", "data": {"thing1": {"value": "ready"}}}]}


@pytest.fixture
def shop(ums: Ums, tmp_path: Path) -> Ums:
    """An application with a mini program and one bound user, zhangsan."""
    ums("application", "add", "shop")
    words = ("--set", "appid=wx0123456789abcdef", "--set", "secret=x", "--grant", "shop")
    ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words)
    sheet = tmp_path / "people.csv"
    sheet.write_text(f"userid,wechatmp_openid\nzhangsan,{OPENID}\nli si,{OPENID}\n", "utf-8")
    done = document(ums("users", "import", str(sheet), "--channel", "wechatmp123", "--json"))
    assert (done["rows"], done["taken"], done["rejected"]) == (2, 1, 1)
    assert Path(str(done["rejected_file"])).exists()
    return ums


def test_a_message_is_accepted_and_shown(shop: Ums) -> None:
    words = ("--application", "shop", "--users", "zhangsan, nobody", "--content", "-", "--rule", "-1")
    sent = document(shop("send", *words, "--json", given=json.dumps(CONTENT)))
    assert sent["code"] == 0
    msgid = str(sent["msgid"])
    shown = document(shop("message", "show", msgid, "--deliveries", "--json"))
    assert (shown["msgid"], shown["application"], shown["recipients"]) == (msgid, "shop", 2)
    assert shown["counts"] == {"queued": 1, "unreachable": 1}
    deliveries = shown["deliveries"]
    assert isinstance(deliveries, list)
    assert len(deliveries) == 2


def test_a_person_sees_addresses_shortened(shop: Ums, tmp_path: Path) -> None:
    (tmp_path / "content.json").write_text(json.dumps(CONTENT), "utf-8")
    words = ("--application", "shop", "--users", "zhangsan", "--content", str(tmp_path / "content.json"))
    msgid = str(document(shop("send", *words, "--json"))["msgid"])
    shown = shop("message", "show", msgid, "--deliveries").stdout
    assert "zhangsan" in shown
    assert "oABC…2mno" in shown
    assert OPENID not in shown


def test_a_dry_run_shows_what_a_send_is_refused_for(shop: Ums) -> None:
    content = json.dumps({"msg_wechatmp": [{"template_id": "T", "data": {"time1": {"value": "soon"}}}]})
    words = ("--application", "shop", "--users", "zhangsan", "--content", "-")
    assert "time1.value" in shop("send", *words, "--dry-run", given=content).stdout
    refused = document(shop("send", *words, "--json", given=content), status=1)
    assert "msg_wechatmp.0.data.time1.value" in str(refused["errors"])


def test_a_message_that_has_ended_is_not_waited_for(shop: Ums) -> None:
    words = ("--application", "shop", "--users", "nobody", "--content", "-", "--json")
    msgid = str(document(shop("send", *words, given=json.dumps(CONTENT)))["msgid"])
    assert document(shop("message", "show", msgid, "--wait", "--json"))["status"] == "done"


@pytest.mark.parametrize(
    ("content", "path"),
    [
        ("[]", "content"),
        ("{", "content"),
        ("{}", "msg_…"),
        ('{"msg_wechatmp": [{}]}', "msg_wechatmp.0.template_id"),
        ('{"msg_wechatmp": [{"template_id": "T", "data": {}}], "colour": 1}', "colour"),
    ],
)
def test_wrong_content_is_named_by_its_path(shop: Ums, content: str, path: str) -> None:
    words = ("--application", "shop", "--users", "zhangsan", "--content", "-", "--json")
    refused = document(shop("send", *words, given=content), status=1)
    errors = refused["errors"]
    assert isinstance(errors, dict)
    assert path in errors


def test_an_application_that_is_none_is_refused(shop: Ums) -> None:
    words = ("--application", "nowhere", "--users", "zhangsan", "--content", "-", "--json")
    assert document(shop("send", *words, given=json.dumps(CONTENT)), status=1)["code"] == 4040


def test_a_channel_that_is_not_granted_has_its_own_code(shop: Ums) -> None:
    words = ("--application", "shop", "--users", "zhangsan", "--content", "-", "--json")
    content = {"msg_wechatoa": [{"type": 0, "template_id": "T", "data": {"thing1": {"value": "x"}}}]}
    assert document(shop("send", *words, given=json.dumps(content)), status=1)["code"] == 1015008


def test_an_unknown_message_is_refused(ums: Ums) -> None:
    assert document(ums("message", "show", "nothing", "--json"), status=1)["code"] == 4040
