"""How a channel's template lists have changed."""

from __future__ import annotations

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from ums.domain.commands import Json
from ums.domain.message_template import MessageTemplate
from ums.services import audits, message_templates, templates

HERE = "/console/channels/app1/refreshes"


def test_before_the_first_refresh_it_says_what_to_do(viewer: Visitor, stage: Stage) -> None:
    assert "ums channel refresh app1" in viewer.get(HERE).text


def test_a_list_that_is_empty_has_never_changed(viewer: Visitor, stage: Stage) -> None:
    stage.provider.templates["message"] = []
    templates.refresh(stage.gateway, "app1")
    assert "No refresh has found the list changed yet." in viewer.get(HERE).text


def test_each_change_is_shown_with_what_it_broke_the_newest_first(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/refresh")
    content: dict[str, Json] = {"text": "Hello", "template_id": "t1", "data": {"thing1": "x"}}
    message_templates.add(stage.gateway, "Parcels", MessageTemplate(variables=(), channels={"app": content}))
    stage.provider.templates["message"] = [("t1", "Parcel sent")]
    stage.provider.keys["t1"] = "thing2"
    operator.post("/console/channels/app1/refresh")
    page = operator.get(HERE).text
    assert "message 1 of 50" in page
    assert "notice 0 used; the provider publishes no limit" in page
    second = page.index("Removed 1 Payment Changed 1 Parcel sent Parcel sent: says otherwise: title")
    assert "Fields gone thing1 Parcel sent: New fields thing2 This breaks: Message template 1 Parcels" in page
    assert second < page.index("Added 2 Parcel Payment")
    assert [note.thing for note in audits.page(stage.gateway).items] == ["/console/channels/app1/refresh"] * 2


def test_the_channels_page_leads_there(viewer: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    assert f'href="{HERE}"' in viewer.get("/console/channels/app1").html
