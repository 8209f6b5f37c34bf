"""The calls of the day on a channel's page."""

from __future__ import annotations

import pytest

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage, dispatching
from tests.factories import create_channel
from ums.services import audits, quotas


@pytest.fixture
def used(stage: Stage) -> Stage:
    """Two calls were made, of three a day, and somebody else made a third one."""
    stage.provider.quotas["message"] = (3, 3)
    msgid = stage.send([stage.user(f"u{number}", app=f"fake-{number}") for number in range(2)])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    return stage


def test_what_is_left_and_who_else_called_is_told(operator: Visitor, used: Stage) -> None:
    before = operator.get("/console/channels/app1").text
    assert "message 2 – – – 0" in before
    assert operator.post("/console/channels/app1/ask-quotas").location.endswith("/console/channels/app1#quotas")
    after = operator.get("/console/channels/app1").text
    assert "message 2 3 3 0 0 asked" in after
    assert "The provider had counted 1 calls more than the gateway: another system" in after
    assert "notice 0 0 1,000 1,000 0" in after


def test_what_is_used_up_can_be_counted_anew_and_that_is_noted(operator: Visitor, used: Stage) -> None:
    quotas.refresh(used.gateway, "app1")
    page = operator.get("/console/channels/app1").html
    assert page.count("/channels/app1/clear-quota") == 1
    operator.post("/console/channels/app1/clear-quota", endpoint="message")
    done = operator.get("/console/channels/app1").text
    assert "The provider counts anew" in done
    assert "cleared 1 of 3 times this month" in done
    (note,) = audits.page(used.gateway).items
    assert (note.operator, note.detail) == ("the operator", "endpoint message")


def test_what_is_not_used_up_is_not_cleared(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/clear-quota", endpoint="message")
    assert "The count was not cleared." in operator.get("/console/channels/app1").text
    assert stage.provider.called("/clear/message") == 0


def test_a_quota_that_is_not_told_says_why(operator: Visitor, stage: Stage) -> None:
    stage.provider.refusals["/quota/message"] = "no_permission"
    operator.post("/console/channels/app1/ask-quotas")
    assert "Look after the no permission." in operator.get("/console/channels/app1").text
    stage.provider.refusals["/quota/notice"] = "no_permission"
    operator.post("/console/channels/app1/ask-quotas")
    assert "The quotas could not be had." in operator.get("/console/channels/app1").text


def test_a_viewer_looks_and_presses_nothing(viewer: Visitor, used: Stage) -> None:
    quotas.refresh(used.gateway, "app1")
    page = viewer.get("/console/channels/app1").html
    assert "clear-quota" not in page
    assert viewer.post("/console/channels/app1/clear-quota", endpoint="message").status == 403


def test_a_type_without_quotas_shows_its_count_alone(viewer: Visitor, stage: Stage) -> None:
    create_channel(stage.gateway, code="sms1", type="sms")
    page = viewer.get("/console/channels/sms1").text
    assert "tells no quotas: only the gateway's own count is known." in page
    assert "message 0 – – – 0" in page


def test_a_token_is_renewed_as_often_as_the_provider_allows(operator: Visitor, stage: Stage) -> None:
    operator.post("/console/channels/app1/renew-token")
    assert "A new access token has been fetched." in operator.get("/console/channels/app1").text
    operator.post("/console/channels/app1/renew-token")
    refused = operator.get("/console/channels/app1").text
    assert "The access token was not renewed. The token of channel app1 may be renewed 20 times a day" in refused
    assert "next at 20" in refused
    assert stage.provider.called("/token") == 1
    assert [note.thing for note in audits.page(stage.gateway).items] == ["/console/channels/app1/renew-token"]


def test_a_type_without_a_token_has_none_to_renew(operator: Visitor, stage: Stage) -> None:
    create_channel(stage.gateway, code="sms1", type="sms")
    assert "Renew token" not in operator.get("/console/channels/sms1").text
    assert "Renew token" in operator.get("/console/channels/app1").text
