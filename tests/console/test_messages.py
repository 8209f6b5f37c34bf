from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage, dispatching
from ums.services import channels, retention


@pytest.fixture
def msgid(stage: Stage) -> str:
    """A message that is done: one accepted, one fallen over, one refused for good, one unreachable."""
    stage.provider.refusals |= {"fake-fallen-over": "no_credit", "fake-refused": "dead_address"}
    people = [
        stage.user("wang", app="fake-reached-address"),
        stage.user("fallen", app="fake-fallen-over", email="fake-mail-address"),
        stage.user("refused", app="fake-refused"),
        "nobody",
    ]
    sent = stage.send(people, types=("app", "email"))
    with dispatching(stage.gateway):
        stage.wait_until_done(sent)
    return sent


def test_without_messages_it_says_how_to_send_one(viewer: Visitor) -> None:
    page = viewer.get("/console/messages").text
    assert "No message has been sent yet." in page
    assert "ums send --application" in page


def test_the_newest_message_is_first(viewer: Visitor, stage: Stage) -> None:
    sent = [stage.send([stage.user(f"u{number}", app=f"fake-{number}")]) for number in range(3)]
    html = viewer.get("/console/messages").html
    assert re.findall(r"/console/messages/(\w+)", html) == sent[::-1]


def test_progress_shows_each_channel_and_what_fell_over(viewer: Visitor, msgid: str) -> None:
    page = viewer.get(f"/console/messages/{msgid}").text
    assert "Recipients 4 Deliveries 5 Settled 5 Application shop" in page
    assert "accepted 2 fell over 1 rejected 1 unreachable 1" in page
    assert re.search(r"app1 app1 accepted 1 fell over 1 rejected 1", page)
    assert re.search(r"email1 email1 accepted 1", page)


def test_reasons_are_told_in_plain_words_with_their_counts(viewer: Visitor, msgid: str) -> None:
    page = viewer.get(f"/console/messages/{msgid}").text
    assert "app1 rejected The provider says no credit. Look after the no credit. no_credit 1 1" in page
    assert "app1 rejected The provider says dead address. Look after the dead address. dead_address 1 –" in page
    assert "none unreachable No such userid has ever been uploaded. unknown_user 1 –" in page


def test_bars_say_how_far_they_are_to_those_who_cannot_see_them(viewer: Visitor, msgid: str) -> None:
    html = viewer.get(f"/console/messages/{msgid}").html
    assert 'role="progressbar" aria-label="All deliveries"' in html
    assert 'aria-valuemax="5" aria-valuenow="5" aria-valuetext="5 of 5 deliveries settled"' in html


def test_a_page_of_a_message_under_way_looks_again_and_one_that_is_done_does_not(
    viewer: Visitor, stage: Stage, msgid: str
) -> None:
    channels.pause(stage.gateway, "app1")
    waiting = stage.send([stage.user("u1", app="fake-u1-address")])
    live = viewer.get(f"/console/messages/{waiting}").html
    assert f'data-live="/console/messages/{waiting}/progress"' in live
    assert '<noscript><meta http-equiv="refresh"' in live
    done = viewer.get(f"/console/messages/{msgid}").html
    assert "data-live=" not in done
    assert "http-equiv" not in done


def test_the_part_that_changes_comes_by_itself(viewer: Visitor, msgid: str) -> None:
    part = viewer.get(f"/console/messages/{msgid}/progress").html
    assert "<html" not in part
    assert 'data-ended="yes"' in part


def test_deliveries_can_be_chosen_by_status_and_channel(viewer: Visitor, msgid: str) -> None:
    path = f"/console/messages/{msgid}/deliveries"
    rejected = viewer.get(f"{path}?status=rejected&channel=app1").text
    assert "fallen app1" in rejected
    assert "refused app1" in rejected
    assert "wang" not in rejected
    assert re.search(r"fallen app1 \S+ fell over", rejected)
    assert re.search(r"refused app1 \S+ rejected", rejected)
    assert "There is no such delivery." in viewer.get(f"{path}?status=expired").text
    assert "after another" in viewer.get(f"{path}?channel=email1").text


def test_addresses_are_shortened(viewer: Visitor, msgid: str) -> None:
    page = viewer.get(f"/console/messages/{msgid}/deliveries")
    assert "fake…ress" in page.text
    assert "fake-reached-address" not in page.html


def test_deliveries_are_paged(viewer: Visitor, stage: Stage) -> None:
    sent = stage.send([stage.user(f"user{number:03}", app=f"fake-{number}") for number in range(60)])
    first = viewer.get(f"/console/messages/{sent}/deliveries?status=queued")
    assert "user049" in first.text
    assert "user050" not in first.text
    following = re.search(r'href="([^"]+)" rel="next"', first.html)
    assert following
    second = viewer.get(following[1].replace("&amp;", "&"))
    assert "user050" in second.text
    assert "First page" in second.text


@pytest.mark.parametrize("query", ["status=lost", "cursor=x"])
def test_what_cannot_be_asked_for_is_a_page_that_says_so(viewer: Visitor, msgid: str, query: str) -> None:
    assert viewer.get(f"/console/messages/{msgid}/deliveries?{query}").status == 400


@pytest.mark.parametrize("path", ["", "/progress", "/deliveries"])
def test_an_unknown_message_is_not_found(viewer: Visitor, path: str) -> None:
    answer = viewer.get(f"/console/messages/nosuch{path}")
    assert answer.status == 404
    assert "There is no message" in answer.text


def test_what_is_kept_no_more_is_shown_by_its_sums(viewer: Visitor, msgid: str, stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        session.execute(text("UPDATE messages SET finished_at = finished_at - 100 * 86400"))
    stage.send(["nobody"])  # the newest rows stay
    retention.run(stage.gateway)
    after = viewer.get(f"/console/messages/{msgid}").text
    assert "Deliveries kept until" in after
    assert "accepted 2 fell over 1 rejected 1 unreachable 1" in after
    assert "The provider says no credit. Look after the no credit. no_credit 1 1" in after
    assert "These deliveries are kept no more." in viewer.get(f"/console/messages/{msgid}/deliveries").text
