"""A channel's credits as operators look at them."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage, dispatching
from tests.factories import caller_of, create_channel
from ums.domain.credit import Cause, Choice, CreditChange
from ums.domain.push import ProviderEvent, Push
from ums.services import accounts, credits, pushes, templates
from ums.services.credits import Whose

HERE = "/console/channels/app1/credits"
ADDRESS, STRANGE = "fake-zhangsan-0001", "fake-somebody-0002"


@pytest.fixture(autouse=True)
def known(stage: Stage) -> None:
    """zhangsan has two credits of Parcel, of which one is spent, and none of Payment; somebody has three."""
    templates.refresh(stage.gateway, "app1")
    stage.user("zhangsan", app=ADDRESS)
    caller = caller_of(stage.gateway, stage.application_id)
    for address, times in ((ADDRESS, 2), (STRANGE, 3)):
        for _ in range(times):
            credits.report(stage.gateway, caller, "app1", Whose(openid=address), {"t1": Choice.ACCEPT})
    switched_off(stage)
    with dispatching(stage.gateway):
        stage.wait_until_done(stage.send(["zhangsan"], template="t1"))
        stage.wait_until_done(stage.send(["zhangsan"], template="t2"))


def switched_off(stage: Stage) -> None:
    change = CreditChange(ADDRESS, "t2", Cause.SWITCHED_OFF)
    now = stage.gateway.clock.now()
    event = ProviderEvent(kind="change", address=ADDRESS, event_id="e1", at=now, details={}, credits=(change,))
    channel_id = accounts.account(stage.gateway, "app1").id
    pushes.store(stage.gateway, Push(channel_id=channel_id, received_at=now, events=(event,)))


def test_each_template_is_told_with_who_has_credits_and_who_has_none(viewer: Visitor) -> None:
    page = viewer.get(HERE).text
    assert "Credits left 4 Calls saved in 30 days 1" in page
    assert "Parcel t1 2 0 4 0 Who runs out Payment t2 0 1 0 0" in page


def test_who_runs_out_comes_first(viewer: Visitor) -> None:
    page = viewer.get(f"{HERE}?low=5").text
    assert page.index("zhangsan fake…0001 Payment 0") < page.index("zhangsan fake…0001 Parcel 1")
    assert page.index("zhangsan fake…0001 Parcel 1") < page.index("nobody yet fake…0002 Parcel 3")
    assert "fake…0002" not in viewer.get(HERE).text
    assert "fake…0001 Payment" not in viewer.get(f"{HERE}?template=t1").text
    assert "Nobody has that few credits." in viewer.get(f"{HERE}?template=t1&low=0").text


def test_the_list_goes_on(viewer: Visitor, stage: Stage) -> None:
    caller = caller_of(stage.gateway, stage.application_id)
    for number in range(30):
        openid = f"fake-number-{number:04}-{number:04}"
        credits.report(stage.gateway, caller, "app1", Whose(openid=openid), {"t1": Choice.ACCEPT})
    first = viewer.get(HERE)
    assert "fake…0029" not in first.text
    assert "fake…0029" in viewer.get(first.next).text
    assert "fake-number" not in first.html


@pytest.mark.parametrize("given", ["x", "-1", "9" * 30, "1.5", "\N{SUPERSCRIPT TWO}"])
def test_a_number_that_is_none_is_passed_over(viewer: Visitor, given: str) -> None:
    assert viewer.get(f"{HERE}?low={given}&start={given}").status == 200


def test_a_userid_leads_to_how_his_balances_came_about(viewer: Visitor) -> None:
    answer = viewer.post(HERE, whose=" zhangsan ")
    assert answer.location == f"{HERE}?user=zhangsan"
    page = viewer.get(answer.location)
    assert "Parcel t1 1 0" in page.text
    assert "-1 1 The provider took a message. To the message" in page.text
    assert "Payment 0 0 The user switched the template off." in page.text
    assert "+1 2 The user allowed one more message. reported by an application" in page.text


def test_an_openid_is_looked_up_and_stands_in_no_address(viewer: Visitor) -> None:
    answer = viewer.post(HERE, whose=STRANGE)
    assert (answer.status, "fake…0002" in answer.text, STRANGE in answer.html) == (200, True, False)
    unknown = viewer.post(HERE, whose="fake-nobody-000000001")
    assert "Nothing is known of the credits of fake…0001." in unknown.text


@pytest.mark.parametrize(("given", "told"), [("", "Enter a userid"), ("nobody", "Nobody has this userid")])
def test_what_nobody_has_is_told(viewer: Visitor, given: str, told: str) -> None:
    assert viewer.post(HERE, whose=given).location == HERE
    assert told in viewer.get(HERE).text


def test_a_channel_without_any_says_how_they_come(viewer: Visitor) -> None:
    assert "Nothing is known of any user's credits yet." in viewer.get("/console/channels/email1/credits").text


def test_a_channel_that_has_none_has_no_such_page(viewer: Visitor, stage: Stage) -> None:
    create_channel(stage.gateway, code="sms1", type="sms")
    assert "/credits" not in viewer.get("/console/channels/sms1").html
    assert viewer.get("/console/channels/sms1/credits").status == 400


def test_it_speaks_chinese(app: Flask, stage: Stage) -> None:
    page = Visitor(app, language="zh").sign_in(stage.gateway, "viewer").get(f"{HERE}?user=zhangsan").text
    assert "用户关闭了此模板的订阅，剩余次数清零。" in page
    assert "渠道上报" in page
