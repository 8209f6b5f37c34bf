from __future__ import annotations

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from ums.services.gateway import Gateway
from ums.store.models import ChannelRow


@pytest.mark.parametrize(
    "path", ["/console/nosuch", "/console/channels/", "/console/channels/a/b/c", "/console/%00"]
)
def test_an_unknown_page_looks_like_the_console(stranger: Visitor, path: str) -> None:
    page = stranger.get(path)
    assert page.status == 404
    assert "There is no such page" in page.text
    assert page.headers["Content-Type"].startswith("text/html")


def test_an_unknown_page_keeps_the_way_on_for_who_is_signed_in(viewer: Visitor, stranger: Visitor) -> None:
    assert "Messages" in viewer.get("/console/nosuch").text
    assert "Messages" not in stranger.get("/console/nosuch").text


def test_an_unknown_form_is_an_unknown_page(operator: Visitor) -> None:
    assert operator.post("/console/nosuch").status == 404


def test_a_form_that_is_too_large_is_refused(operator: Visitor, stage: Stage) -> None:
    page = operator.post("/console/channels/app1/pause", padding="x" * 100_000)
    assert page.status == 413
    assert "That was too much" in page.text


def test_a_fault_of_ours_shows_no_trace_and_names_the_line_in_the_log(
    app: Flask, operator: Visitor, stage: Stage
) -> None:
    with stage.gateway.database.write() as session:
        session.get_one(ChannelRow, 1).state = "no state of ours"
    page = operator.get("/console/channels")
    assert page.status == 500
    assert "Something went wrong here" in page.text
    assert page.headers["X-Request-Id"] in page.text
    assert "Traceback" not in page.html
    assert "no state of ours" not in page.html


def test_a_database_that_does_not_answer_is_a_page_that_says_so(operator: Visitor, gateway: Gateway) -> None:
    with gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE channels RENAME TO elsewhere")
    page = operator.get("/console/channels")
    assert page.status == 503
    assert page.headers["Retry-After"] == "2"
    assert "Not right now" in page.text


def test_a_channel_whose_secrets_cannot_be_opened_says_so(operator: Visitor, stage: Stage) -> None:
    with stage.gateway.database.write() as session:
        session.get_one(ChannelRow, 1).sealed_settings = b"broken"
    page = operator.get("/console/channels/app1")
    assert page.status == 409
    assert "app1" in page.text
    assert operator.get("/console/channels").status == 200
    assert operator.post("/console/channels/app1/test").status in {303, 409}
