"""Messages that fill no template, held against the sandbox: what schema and lint let pass is taken there."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from channels.wechatoa import channel
from channels.wechatoa.customer_service import BRANCHES
from channels.wechatoa.settings import OfficialAccountSettings
from sandbox.exchange import Asked
from sandbox.options import Options
from sandbox.paths import CUSTOM_SEND, ONE_TIME_SEND
from sandbox.platform import decide
from sandbox.world import World
from ums.sdk.plugin import Outbound

ACCOUNT = OfficialAccountSettings(appid="wx0123456789abcdef", secret="s")
NOW = 1_800_000_000.0
TEXTS = st.one_of(
    st.sampled_from(["", " ", "\u3000", "\n", "茶", "😀" * 8, "x" * 15, "x" * 16, "y" * 200, "y" * 201, "m1"]),
    st.sampled_from(["https://example.com", "wxfedcba9876543210", "pages/a?b=1"]),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
VALUES = st.one_of(TEXTS, st.none(), st.integers(0, 20_000), st.booleans())
MEMBERS = st.sampled_from(
    ["content", "media_id", "thumb_media_id", "title", "description", "musicurl", "hqmusicurl", "article_id",
     "card_id", "appid", "pagepath", "head_content"]
)  # fmt: skip
ARTICLES = st.lists(
    st.dictionaries(st.sampled_from(["title", "description", "url", "picurl"]), TEXTS, max_size=4), max_size=3
)
ENTRIES = st.lists(st.fixed_dictionaries({"id": TEXTS, "content": TEXTS}), max_size=3)
GOOD = {
    "content": "Hello", "media_id": "m1", "thumb_media_id": "m2", "musicurl": "https://e.com/a", "article_id": "a1",
    "hqmusicurl": "https://e.com/b", "card_id": "c1", "appid": "wxfedcba9876543210", "pagepath": "pages/a",
    "title": "Tea",
}  # fmt: skip


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """A customer-service message that is nearly good."""
    kind = draw(st.sampled_from([*BRANCHES, "poem"]))
    wanted = set(BRANCHES[kind]().fields) if kind in BRANCHES else set()
    body: dict[str, Any] = {name: GOOD[name] for name in GOOD if name in wanted}
    body |= draw(st.dictionaries(MEMBERS, VALUES, max_size=2)) if draw(st.booleans()) else {}
    if "articles" in wanted:
        body["articles"] = draw(ARTICLES)
    if "list" in wanted:
        body["list"] = draw(ENTRIES)
    return {"type": 2, "msgtype": kind, kind: body}


@st.composite
def notifications(draw: st.DrawFn) -> dict[str, Any]:
    """A one-time message that is nearly good."""
    return {
        "type": 3,
        "template_id": draw(st.sampled_from(["T1", "T-2", ""])),
        "scene": draw(st.one_of(st.integers(-1, 10_001), st.sampled_from(["7", "x", ""]))),
        "title": draw(TEXTS),
        "data": {"content": {"value": draw(TEXTS)}},
    }


def passed(body: dict[str, Any]) -> Any:
    """What the plugin makes of it; None where schema or lint refuse it."""
    try:
        made = channel.message_schema().load(body)
    except ValidationError:
        return None
    return made if channel.lint(ACCOUNT, made, None).ok else None


def errcode(made: Any, path: str) -> int:
    """What the platform answers to what the plugin sends of it, to somebody who has just written and consented."""
    world = World.begin(Options(), NOW)
    account = world.account(ACCOUNT.appid)
    token = world.desk.stable_token(account, NOW, force=False).value
    account.windows.open("o1", "message", NOW)
    account.consents.update(("o1", template, scene) for template in ("T1", "T-2") for scene in range(10_001))
    exchange = channel.send(ACCOUNT, Outbound(address="o1", content=made, repeat_id="r" * 32))
    call = next(exchange)
    assert call.url.endswith(path)
    asked = Asked("POST", path, {"access_token": token}, call.body, "127.0.0.1", NOW)
    return int(json.loads(decide(world, asked).answer.body)["errcode"])


@settings(max_examples=300, deadline=None)
@given(answers())
def test_a_customer_service_message_that_passes_has_a_form_that_is_taken(body: dict[str, Any]) -> None:
    made = passed(body)
    assert made is None or errcode(made, CUSTOM_SEND) == 0


@settings(max_examples=150, deadline=None)
@given(notifications())
def test_a_one_time_message_that_passes_has_a_form_that_is_taken(body: dict[str, Any]) -> None:
    made = passed(body)
    assert made is None or errcode(made, ONE_TIME_SEND) == 0


def test_the_good_ones_pass() -> None:
    """Else the two above would say nothing."""
    for kind, schema in BRANCHES.items():
        body: dict[str, Any] = {name: GOOD[name] for name in GOOD if name in schema().fields}
        body |= {"articles": [{"title": "Tea"}]} if "articles" in schema().fields else {}
        body |= {"list": [{"id": "1", "content": "Yes"}]} if "list" in schema().fields else {}
        made = passed({"type": 2, "msgtype": kind, kind: body})
        assert made is not None
        assert errcode(made, CUSTOM_SEND) == 0
