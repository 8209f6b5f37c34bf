"""Messages that wait for an operator, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.terminal import Ums, document
from tests.factories import create_user, set_policy
from ums.clock import SystemClock
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.domain.policy import Policy
from ums.registry import Registry
from ums.services import applications, sending
from ums.services.gateway import Gateway
from ums.settings import Settings

CONTENT: dict[str, Json] = {"template_id": "T", "data": {"thing1": {"value": "ready"}}}
ADDRESS = "oABCD1234efgh5678ijkl9012mno"


@pytest.fixture
def waiting(ums: Ums, tmp_path: Path) -> str:
    """A message that the application `shop` has submitted for approval; its msgid."""
    ums("application", "add", "shop")
    words = ("--set", "appid=wx0123456789abcdef", "--set", "secret=x", "--grant", "shop")
    ums("channel", "add", "wechatmp123", "--type", "wechatmp", *words)
    gateway = Gateway.open(Settings(home=tmp_path / "home"), Registry.load(), SystemClock())
    create_user(gateway, bindings=[("wechatmp", "wechatmp123", ADDRESS)])
    set_policy(gateway, Policy(needs_approval=True))
    command = SendMessage(
        application_id=applications.by_name(gateway, "shop").id,
        audience=Audience(userids=("zhangsan",)),
        contents={"wechatmp": CONTENT},
        owner="lisi",
    )
    msgid = sending.send(gateway, command).msgid
    gateway.close()
    return msgid


def listed(ums: Ums, *words: str) -> list[tuple[Json, Json]]:
    found = document(ums("approval", "list", *words, "--json"))["approvals"]
    assert isinstance(found, list)
    return [(one["id"], one["state"]) for one in found if isinstance(one, dict)]


def test_a_message_is_seen_and_approved(ums: Ums, waiting: str) -> None:
    assert listed(ums) == [(waiting, "waiting")]
    table = ums("approval", "list").stdout
    assert all(word in table for word in (waiting, "shop", "lisi", "wechatmp"))
    shown = document(ums("approval", "show", waiting, "--json"))
    assert (shown["contents"], shown["audience"]) == ({"wechatmp": CONTENT}, {"userids": ["zhangsan"]})
    assert "ready" in ums("approval", "show", waiting).stdout
    decided = document(ums("approval", "approve", waiting, "--as", "wangwu", "--json"))
    assert (decided["state"], decided["decided_by"]) == ("approved", "wangwu")
    assert document(ums("message", "show", waiting, "--json"))["status"] == "scheduled"
    assert (listed(ums), listed(ums, "--all")) == ([], [(waiting, "approved")])


def test_a_message_is_refused_with_a_reason_and_only_once(ums: Ums, waiting: str) -> None:
    decided = document(ums("approval", "refuse", waiting, "--reason", "Not today", "--json"))
    assert (decided["state"], decided["reason"], decided["decided_by"]) == ("refused", "Not today", "command line")
    assert document(ums("message", "show", waiting, "--json"))["status"] == "refused"
    again = document(ums("approval", "approve", waiting, "--json"), status=1)
    assert again["code"] == 4090


def test_what_cant_be_decided_is_told(ums: Ums, waiting: str) -> None:
    assert document(ums("approval", "show", "nothing", "--json"), status=1)["code"] == 4040
    too_long = ums("approval", "refuse", waiting, "--reason", "x" * 1001, "--json")
    assert document(too_long, status=1)["code"] == 4004


def test_an_operators_own_message_waits_for_nobody(ums: Ums, waiting: str) -> None:
    given = json.dumps({"msg_wechatmp": [CONTENT]})
    words = ("--application", "shop", "--users", "zhangsan", "--content", "-", "--json")
    msgid = str(document(ums("send", *words, given=given))["msgid"])
    assert document(ums("message", "show", msgid, "--json"))["status"] == "sending"
    assert listed(ums, "--all") == [(waiting, "waiting")]
