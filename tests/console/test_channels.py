from __future__ import annotations

import re

import pytest

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from tests.factories import break_channel, create_channel
from ums.domain.audience import Audience
from ums.domain.commands import Json, SendMessage
from ums.domain.message_template import MessageTemplate
from ums.domain.views import ChannelState
from ums.services import channels, message_templates, sending, templates
from ums.store import channels as channel_store


def test_without_channels_it_says_how_to_make_one(viewer: Visitor) -> None:
    page = viewer.get("/console/channels").text
    assert "There is no channel yet." in page
    assert "ums channel add" in page


def test_it_lists_the_channels_with_their_state(viewer: Visitor, stage: Stage) -> None:
    channels.pause(stage.gateway, "email1")
    page = viewer.get("/console/channels").text
    assert re.search(r"app1 app1 · \w+ ready never fetched all open", page)
    assert re.search(r"email1 email1 · \w+ paused", page)


def test_a_channel_whose_calls_keep_failing_says_so_and_can_be_resumed(operator: Visitor, stage: Stage) -> None:
    break_channel(stage.gateway, "app1")
    assert re.search(r"app1 app1 · \w+ ready failing Nobody listens", operator.get("/console/channels").text)
    page = operator.get("/console/channels/app1").text
    assert "Nobody listens at the provider's address." in page
    assert "tried next at" in page
    assert "Resume" in page
    operator.post("/console/channels/app1/resume")
    assert "failing" not in operator.get("/console/channels/app1").text


def test_it_says_so_in_chinese(viewer: Visitor, stage: Stage) -> None:
    break_channel(stage.gateway, "app1")
    viewer.post("/console/language", language="zh")
    page = viewer.get("/console/channels/app1").text
    assert "持续失败" in page
    assert "下次试探" in page


def test_a_channel_whose_type_has_no_templates_says_so(viewer: Visitor, stage: Stage) -> None:
    create_channel(stage.gateway, code="sms1", type="sms")
    assert re.search(r"sms1 sms1 · \w+ ready this type has none all open", viewer.get("/console/channels").text)
    assert "Channels of this kind have no templates." in viewer.get("/console/channels/sms1").text


def test_the_list_goes_on_after_a_hundred(viewer: Visitor, stage: Stage) -> None:
    for number in range(100):
        create_channel(stage.gateway, code=f"x{number:03}")
    first = viewer.get("/console/channels")
    assert "x097" in first.text
    assert "x099" not in first.text
    assert "x099" in viewer.get(first.next).text


def test_a_refresh_shows_what_came_and_then_what_changed(operator: Visitor, stage: Stage) -> None:
    first = operator.post("/console/channels/app1/refresh")
    assert first.status == 200
    assert "The list has been fetched: 2 templates." in first.text
    assert "Added 2 Parcel Payment" in first.text
    stage.provider.templates["message"] = [("t1", "Parcel sent"), ("t3", "Invoice")]
    second = operator.post("/console/channels/app1/refresh").text
    assert "Added 1 Invoice Removed 1 Payment Changed 1 Parcel sent" in second
    assert "Nothing has changed." in operator.post("/console/channels/app1/refresh").text


def test_the_last_change_is_shown_with_what_it_breaks(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/refresh")
    for name, template_id in (("Parcel", "t1"), ("Payment", "t2")):
        content: dict[str, Json] = {"text": "Hello", "template_id": template_id, "data": {"thing1": "x"}}
        message_templates.add(stage.gateway, name, MessageTemplate(variables=(), channels={"app": content}))
    stage.user("u1", app="fake-1")
    command = SendMessage(
        application_id=stage.application_id,
        audience=Audience(userids=("u1",)),
        contents={"app": {"text": "Hello", "template_id": "t2"}},
        send_at=stage.gateway.clock.now() + 3600,
    )
    msgid = sending.send(stage.gateway, command).msgid
    stage.provider.templates["message"] = [("t1", "Parcel")]
    stage.provider.keys["t1"] = "thing2"
    broken = (
        "Removed 1 Payment Changed 1 Parcel Parcel: Fields gone thing1 Parcel: New fields thing2 This breaks: "
        "Message template 1 Parcel: t1 fields thing1, thing2 Message template 2 Payment: t2 is gone "
        f"shop: t2 is gone · 1 message waits to be sent {msgid}"
    )
    assert (
        f"The list has been fetched: 1 template. {broken}" in operator.post("/console/channels/app1/refresh").text
    )
    page = operator.get("/console/channels/app1").text
    assert "The list last changed" in page
    assert broken in page


def test_a_refresh_that_fails_in_part_keeps_the_other_list_and_says_why(operator: Visitor, stage: Stage) -> None:
    stage.provider.refusals["/templates/notice"] = "no_permission"
    page = operator.post("/console/channels/app1/refresh").text
    assert "Added 2 Parcel Payment" in page
    assert "The list notice could not be fetched" in page
    assert "The provider says no permission. Look after the no permission." in page
    assert "no_permission · 48001" in page
    assert "The list notice could not be fetched" in operator.get("/console/channels/app1").text


def test_a_refresh_that_fails_says_why_and_keeps_the_list(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/refresh")
    stage.provider.refusals |= {"/templates/message": "busy", "/templates/notice": "busy"}
    answer = operator.post("/console/channels/app1/refresh")
    assert answer.location == "/console/channels/app1"
    page = operator.get(answer.location).text
    assert "The template list could not be fetched; it stays as it was." in page
    assert "The provider says busy." in page
    assert "Parcel" in page


def test_a_reload_after_an_action_leads_back_to_the_channel(operator: Visitor, stage: Stage) -> None:
    assert operator.get("/console/channels/app1/refresh").location == "/console/channels/app1"


def test_each_template_is_shown_in_full(viewer: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    page = viewer.get("/console/channels/app1").text
    assert "message 2 of 50" in page
    assert "Parcel t1 Field Label Limit thing1 Thing 20 Content {{thing1.DATA}} Example thing1: parcel" in page


def test_a_channel_whose_list_was_never_fetched_says_what_to_do(viewer: Visitor, stage: Stage) -> None:
    page = viewer.get("/console/channels/app1").text
    assert "The list has not been fetched yet." in page
    assert "ums channel refresh app1" in page


def test_a_successful_test_resumes_a_parked_channel(operator: Visitor, stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        found = channel_store.by_code(session, "app1")
        assert found
        channel_store.park(session, found.id, "bad_secret (40125: no): x", stage.gateway.clock.now())
    assert operator.post("/console/channels/app1/test").status == 303
    assert "The test went well" in operator.get("/console/channels/app1").text
    assert channels.show(stage.gateway, "app1").channel.state is ChannelState.READY


def test_a_refused_test_parks_the_channel_and_says_what_to_do(operator: Visitor, stage: Stage) -> None:
    stage.provider.secret = "another"
    operator.post("/console/channels/app1/test")
    page = operator.get("/console/channels/app1").text
    assert "The provider refused the test. The provider says" not in page
    assert page.count("The provider says bad secret. Look after the bad secret.") == 1
    assert "parked" in page
    assert "bad_secret · 40125 · bad_secret said the provider" in page
    assert "press Test" in page
    assert "The provider says bad secret." in operator.get("/console/channels").text


def test_pausing_and_resuming(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/pause")
    paused = operator.get("/console/channels/app1")
    assert "its queue is kept" in paused.text
    assert ">Resume</button>" in paused.html
    assert ">Pause</button>" not in paused.html
    operator.post("/console/channels/app1/resume")
    assert channels.show(stage.gateway, "app1").channel.state is ChannelState.READY


def test_secrets_are_shown_as_set_and_never_themselves(viewer: Visitor, stage: Stage) -> None:
    channels.change(stage.gateway, "app1", {"hook_token": "marked-secret"})
    page = viewer.get("/console/channels/app1")
    assert "secret set never shown" in page.text
    assert "hook_token set never shown" in page.text
    assert "marked-secret" not in page.html
    assert "ums channel set app1 --set secret=@FILE" in page.text


def test_it_shows_where_the_provider_pushes_and_who_may_send(viewer: Visitor, stage: Stage) -> None:
    page = viewer.get("/console/channels/app1")
    assert f'value="{stage.gateway.settings.address}/hooks/app1"' in page.html
    assert "Applications that may use it shop" in page.text


def test_endpoints_that_rest_or_are_blocked_say_why(viewer: Visitor, stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        found = channel_store.by_code(session, "app1")
        assert found
        until = stage.gateway.clock.now() + 3600
        channel_store.pause_endpoint(session, found.id, "message", until, "quota_used_up")
        channel_store.block_endpoint(session, found.id, "notice", "no_permission (48001: no): x")
    page = viewer.get("/console/channels/app1").text
    assert "message 50 resting until 20" in page
    assert "The provider says quota used up." in page
    assert "notice 0.5 blocked The provider says no permission." in page
    assert "resting message, notice" in viewer.get("/console/channels").text


@pytest.mark.parametrize("action", ["refresh", "test", "pause", "resume"])
def test_an_unknown_channel_is_a_page_that_says_so(operator: Visitor, action: str) -> None:
    answer = operator.post(f"/console/channels/nosuch/{action}")
    assert answer.status == 404
    assert "There is no channel 'nosuch'" in answer.text
