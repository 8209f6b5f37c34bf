"""What a provider told besides receipts, as operators look at it."""

from __future__ import annotations

import pytest

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage, dispatching
from ums.domain.credit import Cause, CreditChange
from ums.domain.json import Json
from ums.domain.push import ProviderEvent, Push
from ums.services import accounts, pushes

HERE = "/console/channels/app1/events"
ADDRESS = "fake-zhangsan-0001"


def told(stage: Stage, kind: str, number: int = 0, **details: Json) -> None:
    """The provider tells of an event about zhangsan, which allows one message of t1."""
    now = stage.gateway.clock.now()
    event = ProviderEvent(
        kind=kind,
        address=ADDRESS,
        event_id=f"{kind}{number}",
        at=now,
        details={"from": ADDRESS, **details},
        credits=(CreditChange(ADDRESS, "t1", Cause.ALLOWED),),
    )
    channel_id = accounts.account(stage.gateway, "app1").id
    pushes.store(stage.gateway, Push(channel_id=channel_id, received_at=now, events=(event,)))


def test_without_events_it_says_where_the_provider_pushes(viewer: Visitor, stage: Stage) -> None:
    page = viewer.get(HERE).text
    assert "The provider has told nothing yet." in page
    assert f"{stage.gateway.settings.address}/hooks/app1" in page


def test_events_are_listed_with_whose_they_are_and_chosen_by_name(viewer: Visitor, stage: Stage) -> None:
    told(stage, "popup")
    stage.user("zhangsan", app=ADDRESS)
    told(stage, "follow")
    page = viewer.get(HERE)
    assert page.text.index("follow fake…0001 zhangsan") < page.text.index("popup fake…0001 zhangsan")
    assert ADDRESS not in page.html
    chosen = viewer.get(f"{HERE}?kind=popup").text
    assert "popup fake…0001" in chosen
    assert "follow fake…0001" not in chosen
    assert "There is no such event." in viewer.get(f"{HERE}?kind=nosuch").text


def test_the_list_goes_on(viewer: Visitor, stage: Stage) -> None:
    for number in range(52):
        told(stage, f"kind-{number:02}", number)
    first = viewer.get(HERE)
    assert "kind-02 fake" in first.text
    assert "kind-01 fake" not in first.text
    assert "kind-01 fake" in viewer.get(first.next).text


def test_an_event_is_shown_with_what_it_was_matched_to_and_no_address(viewer: Visitor, stage: Stage) -> None:
    stage.user("zhangsan", app=ADDRESS)
    msgid = stage.send(["zhangsan"])
    with dispatching(stage.gateway):
        stage.wait_until_done(msgid)
    with stage.gateway.database.write() as session:
        session.connection().exec_driver_sql("UPDATE deliveries SET provider_id = '2918131553548107776'")
    told(stage, "sent", MsgID="2918131553548107776", OpenID="another-address-0002", List=[{"whose": ADDRESS}])
    page = viewer.get(f"{HERE}/1")
    assert f"User zhangsan Credits +1 t1 Messages {msgid} accepted" in page.text
    assert '"whose": "fake…0001"' in page.text
    assert '"OpenID": "anot…0002"' in page.text
    assert ADDRESS not in page.html


@pytest.mark.parametrize("number", ["7", "0", "99999999999999999999"])
def test_an_event_that_there_is_not_is_a_page_that_says_so(viewer: Visitor, stage: Stage, number: str) -> None:
    assert viewer.get(f"{HERE}/{number}").status == 404


def test_another_channels_event_is_not_shown(viewer: Visitor, stage: Stage) -> None:
    told(stage, "popup")
    assert viewer.get("/console/channels/email1/events/1").status == 404
