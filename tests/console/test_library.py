"""The template library as operators look through it, and the lists made longer and shorter by it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from tests.factories import caller_of, create_channel
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.credit import Choice
from ums.domain.message_template import MessageTemplate
from ums.services import audits, credits, message_templates, sending, templates
from ums.services.credits import Whose

HERE = "/console/channels/app1/library"
CHOSEN = {"place-number": "2", "place-place": "1"}


def notes(stage: Stage) -> list[tuple[str, str, str]]:
    return [(note.operator, note.thing, note.detail) for note in audits.page(stage.gateway).items]


def test_it_leads_from_the_categories_over_the_titles_to_the_keywords(viewer: Visitor, stage: Stage) -> None:
    first = viewer.get(HERE)
    assert "Shops shops Post post" in first.text
    assert f'href="{HERE}?category=post"' in first.html
    titles = viewer.get(f"{HERE}?category=post")
    assert "Parcel parcel one-time subscription Post" in titles.text
    assert f'href="{HERE}/parcel"' in titles.html
    page = viewer.get(f"{HERE}/parcel").text
    assert "Parcel parcel" in page
    assert "Number x thing Place x thing" in page
    assert stage.provider.called("/library/categories") == 1


def test_titles_are_sought_by_words_and_number(viewer: Visitor, stage: Stage) -> None:
    for words in ("PARC", "parcel"):
        found = viewer.get(f"{HERE}?q={words}&category=shops").text
        assert "Parcel parcel one-time subscription Shops" in found
        assert "1 title was looked through." in found
    assert "No title is like that." in viewer.get(f"{HERE}?q=invoice").text


def test_a_template_is_added_with_its_keywords_in_their_places(operator: Visitor, stage: Stage) -> None:
    answer = operator.post(f"{HERE}/parcel", **CHOSEN, kind="message", scene="Parcels")
    assert answer.location == "/console/channels/app1#templates"
    (call,) = [call for call in stage.provider.calls if call.path == "/library/add"]
    told = {**call.body, "keywords": list(call.body["keywords"])}
    assert told == {"kind": "message", "tid": "parcel", "scene": "Parcels", "keywords": ["place", "number"]}
    page = operator.get("/console/channels/app1").text
    assert "The template is on the list; its id is new." in page
    assert "New new" in page
    assert notes(stage) == [("the operator", f"{HERE}/parcel", "tid parcel, template new")]


def test_keywords_go_by_their_names_where_the_list_wants_those(operator: Visitor, stage: Stage) -> None:
    operator.post(f"{HERE}/parcel", **CHOSEN, kind="notice")
    (call,) = [call for call in stage.provider.calls if call.path == "/library/add"]
    assert (call.body["kind"], list(call.body["keywords"])) == ("notice", ["Place", "Number"])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Choose 1 to 2 keywords."),
        ({"place-number": "1", "place-place": "1"}, "Two keywords have the same place."),
        ({"place-number": "1", "scene": "x" * 16}, "At most 15 characters, not 16."),
    ],
)
def test_a_wrong_choice_is_told_at_once_and_kept(
    operator: Visitor, stage: Stage, fields: dict[str, str], told: str
) -> None:
    page = operator.post(f"{HERE}/parcel", **fields)
    assert told in page.text
    assert page.html.count(" selected>1</option>") == sum(place == "1" for place in fields.values())
    assert fields.get("scene", "") in page.html
    assert stage.provider.called("/library/add") == 0
    assert notes(stage) == []


def test_what_the_provider_refuses_is_told_in_words_with_the_choice_kept(operator: Visitor, stage: Stage) -> None:
    operator.get(f"{HERE}/parcel")
    stage.provider.refusals["/library/add"] = "bad_content"
    page = operator.post(f"{HERE}/parcel", **CHOSEN)
    assert "The provider refuses this. The provider says bad content. Look after the bad content." in page.text
    assert "bad_content · 47003" in page.text
    assert " selected>2</option>" in page.html
    assert notes(stage) == []


@pytest.mark.parametrize("path", [HERE, f"{HERE}?category=post", f"{HERE}/parcel"])
def test_a_library_that_does_not_answer_says_why(viewer: Visitor, stage: Stage, path: str) -> None:
    for each in ("categories", "keywords/parcel", "titles/post/0"):
        stage.provider.refusals[f"/library/{each}"] = "quota_used_up"
    page = viewer.get(path)
    assert (page.status, "The provider says quota used up." in page.text) == (200, True)


def test_a_number_that_the_library_does_not_have_is_not_found(viewer: Visitor) -> None:
    assert viewer.get(f"{HERE}/nosuch").status == 404


def test_a_deletion_tells_first_what_it_breaks(operator: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    content = {"text": "Hello", "template_id": "t1"}
    message_templates.add(stage.gateway, "Parcels", MessageTemplate(variables=(), channels={"app": {**content}}))
    stage.user("u1", app="fake-1")
    later = SendMessage(
        application_id=stage.application_id,
        audience=Audience(userids=("u1",)),
        contents={"app": {**content}},
        send_at=stage.gateway.clock.now() + 3600,
    )
    msgid = sending.send(stage.gateway, later).msgid
    caller = caller_of(stage.gateway, stage.application_id)
    credits.report(stage.gateway, caller, "app1", Whose(openid="fake-1"), {"t1": Choice.ACCEPT})
    here = "/console/channels/app1/templates/t1/delete"
    assert f'href="{here}"' in operator.get("/console/channels/app1").html
    page = operator.get(here).text
    assert "Deleting it breaks: Message template 1 Parcels: t1 names it" in page
    assert f"shop: t1 names it · 1 message waits to be sent {msgid}" in page
    assert "1 subscription that users have accepted for it is lost." in page
    assert stage.provider.called("/library/delete") == 0
    assert operator.post(here).location == "/console/channels/app1#templates"
    after = operator.get("/console/channels/app1").text
    assert "The template is deleted." in after
    assert "Removed 1 Parcel" in after
    assert notes(stage) == [("the operator", here, "template t1")]
    assert operator.get(here).status == 404


def test_a_deletion_that_breaks_nothing_says_so_and_a_refused_one_why(operator: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    here = "/console/channels/app1/templates/t2/delete"
    assert "No message template names it" in operator.get(here).text
    stage.provider.refusals["/library/delete"] = "no_permission"
    assert "The provider says no permission." in operator.post(here).text


def test_a_list_that_can_not_be_fetched_afterwards_is_told(operator: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    stage.provider.refusals |= {"/templates/message": "busy", "/templates/notice": "busy"}
    operator.post("/console/channels/app1/templates/t1/delete")
    assert "The list could not be fetched after it; press Refresh list." in operator.get("/console/channels").text


def test_who_may_only_look_finds_nothing_to_press(viewer: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    assert "Add template" not in viewer.get(f"{HERE}/parcel").text
    assert "Delete at the provider" not in viewer.get("/console/channels/app1/templates/t1/delete").text
    assert "Delete this template" not in viewer.get("/console/channels/app1").text
    for path in (f"{HERE}/parcel", "/console/channels/app1/templates/t1/delete"):
        assert viewer.post(path, **CHOSEN).status == 403
    assert stage.provider.called("/library/add") == stage.provider.called("/library/delete") == 0


def test_a_channel_without_a_library_has_no_such_page(viewer: Visitor, stage: Stage) -> None:
    create_channel(stage.gateway, code="sms1", type="sms")
    assert "/library" not in viewer.get("/console/channels/sms1").html
    assert "have no template library" in viewer.get("/console/channels/sms1/library").text


def test_it_speaks_chinese(app: Flask, stage: Stage) -> None:
    reader = Visitor(app, language="zh").sign_in(stage.gateway, "operator")
    assert "请选择 1 至 2 个关键词。" in reader.post(f"{HERE}/parcel").text
    assert "服务商每天允许的查询次数很少" in reader.get(HERE).text
