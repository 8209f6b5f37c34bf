"""Strangers' words are shown as they are, and do nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage
from ums.services import templates
from ums.store import channels as channel_store
from ums.store.models import (
    ApplicationRow,
    ChannelRow,
    CreditMovementRow,
    CreditRow,
    DeliveryRow,
    ProviderEventRow,
    RemoteTemplateRow,
    TemplateRefreshRow,
)

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<svg/onload=alert(1)>",
    "</code></pre></title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "%(name)s %s %",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<!--<script>",
)
FORBIDDEN = frozenset({"img", "iframe", "object", "embed", "base", "svg/onload"})
ADDRESSES = ("href", "src", "action", "data-live")


def plant(session: Session, words: str, message_id: int) -> None:
    """Put the words wherever a provider's, an application's or an operator's words are kept."""
    session.execute(
        update(ChannelRow).values(name=words, reason=words, state="parked", refresh_notes={words: words})
    )
    session.execute(update(ApplicationRow).values(name=words))
    found = channel_store.by_code(session, "app1")
    assert found
    channel_store.block_endpoint(session, found.id, "message", words)
    item = {"key": words, "type": words, "label": words, "limit": words}
    session.execute(
        update(RemoteTemplateRow).values(title=words, content=words, example=words, fields=[item], kind=words[:60])
    )
    session.execute(
        update(DeliveryRow).values(
            status="rejected",
            reason=words[:60],
            userid=words,
            address=words,
            provider_message=words,
            provider_code=1,
        )
    )
    plant_beside(session, words, found.id)
    session.execute(
        insert(DeliveryRow).values(
            message_id=message_id, userid=words, endpoint="", address="", priority=2, status="unreachable",
            open=False, reason=words[:60], step=0, expires_at=1.0, updated_at=1.0,
        )
    )  # fmt: skip


def plant_beside(session: Session, words: str, channel_id: int) -> None:
    """Put them into what a channel's other pages show."""
    place = {"channel_id": channel_id, "address": "fake-u1-address", "template_id": words}
    for table in (CreditRow, CreditMovementRow, ProviderEventRow):
        session.execute(delete(table))
    session.execute(insert(CreditRow).values(**place, balance=1, reserved=0, updated_at=1.0))
    session.execute(insert(CreditMovementRow).values(**place, change=1, balance=1, cause="allowed", at=1.0))
    event = {"kind": words[:60], "event_id": "e1", "details": {words: words}}
    session.execute(
        insert(ProviderEventRow).values(
            channel_id=channel_id, id=1, address="fake-u1-address", at=1.0, received_at=1.0, **event
        )
    )
    changes = [
        {**change, "title": words} for change in session.scalars(select(TemplateRefreshRow.changes)).all()[0]
    ]
    session.execute(update(TemplateRefreshRow).values(changes=changes))


class Reader(HTMLParser):
    """Reads a page as a browser does: `strange` is what the console itself never writes."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []
        self.texts: list[str] = []

    @classmethod
    def read(cls, html: str) -> Reader:
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN or (tag == "script" and not dict(attrs).get("src")):
            self.strange.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.strange.append(name)
            if name in ADDRESSES and not (value or "").startswith(("/console/", "#")):
                self.strange.append(f"{name}={value}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.strange.append(f"<!--{data}")


@pytest.fixture
def msgid(stage: Stage) -> str:
    templates.refresh(stage.gateway, "app1")
    return stage.send([stage.user("u1", app="fake-u1-address")])


@pytest.mark.parametrize("words", PAYLOADS)
def test_words_of_strangers_are_shown_and_not_obeyed(viewer: Visitor, stage: Stage, msgid: str, words: str) -> None:
    with stage.gateway.database.write() as session:
        plant(session, words, 1)
    message = f"/console/messages/{msgid}"
    pages = (
        "/console/channels", "/console/channels/app1", "/console/messages",
        message, f"{message}/progress", f"{message}/deliveries",
        "/console/channels/app1/credits?low=9", "/console/channels/app1/credits?user=u1",
        "/console/channels/app1/events", "/console/channels/app1/events/1", "/console/channels/app1/refreshes",
        "/console/channels/app1/library/parcel", "/console/channels/app1/templates/t1/delete",
    )  # fmt: skip
    for path in pages:
        page = viewer.get(path)
        assert page.status == 200, path
        found = Reader.read(page.html)
        assert found.strange == [], path
        assert words[:40] in "".join(found.texts), path


def test_an_operators_name_is_escaped_too(stage: Stage, stranger: Visitor) -> None:
    stranger.sign_in(stage.gateway, "viewer", name=PAYLOADS[1])
    page = stranger.get("/console/channels").html
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_path_is_escaped_in_the_page_that_says_it_is_unknown(viewer: Visitor) -> None:
    for path in ('/console/channels/"><script>alert(1)</script>', "/console/<img src=x>"):
        page = viewer.get(path)
        assert page.status == 404
        assert "<img" not in page.html
        assert "<script>alert" not in page.html


def test_long_words_of_a_provider_are_cut(viewer: Visitor, stage: Stage) -> None:
    templates.refresh(stage.gateway, "app1")
    with stage.gateway.database.write() as session:
        session.execute(update(RemoteTemplateRow).values(content="长" * 5000, example="e" * 5000))
        session.execute(update(ChannelRow).values(reason="x" * 5000, state="parked"))
    page = viewer.get("/console/channels/app1").html
    assert max(len(found) for found in re.findall(r"长+|e{9,}|x{9,}", page)) == 512
