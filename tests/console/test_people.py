"""Pages about people: who is bound to what and why, conflicts decided, followers listed, domain files given."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.dispatch.stage import Stage, set_up
from tests.fake_followers import FollowedPlugin
from tests.fakes import FakePlugin, FakeProvider
from tests.migrated import migrate
from ums.app import create_app
from ums.clock import SystemClock
from ums.domain.person import Cause
from ums.registry import Registry
from ums.sdk.people import Person
from ums.services import audits, users
from ums.services.binding import asking, backfill, bindings, joining
from ums.services.channels import add as add_channel
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import channels, conflicts, identities

ADDRESS, OTHER = "fake-zhangsan-0001", "fake-lisi-00000002"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(home=tmp_path / "home", secret_key="a key for tests only", log_level="error")
    plugins = [FakePlugin("app"), FakePlugin("email"), FollowedPlugin("wechatoa")]
    made = create_app(settings, Registry(plugins), SystemClock())
    gateway = made.extensions["ums"]
    migrate(gateway.database)
    yield made
    gateway.close()


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    made = set_up(gateway, provider)
    add_channel(
        gateway, "oa1", "wechatoa", {"account": "oa1", "secret": "right", "base_url": provider.url}, ["shop"]
    )
    return made


def conflict(gateway: Gateway) -> int:
    """zhangsan has the person's address on app1, lisi the one on oa1."""
    with gateway.database.write() as session:
        for userid, code, type_, address in (
            ("zhangsan", "app1", "app", ADDRESS),
            ("lisi", "oa1", "wechatoa", OTHER),
        ):
            channel = channels.by_code(session, code)
            assert channel is not None
            place = identities.place_of(channel.id, code, type_, address)
            bindings.bind(session, userid, place, Cause.WEB, gateway.clock.now())
            joining.meet(gateway, session, channel.id, Person(address=address, union="u1"))
        return conflicts.page(session, conflicts.OPEN, after=0, limit=1)[0].id


def bound(gateway: Gateway, userid: str) -> list[str]:
    return [one.value for one in users.show(gateway, None, userid).bindings]


def test_a_person_is_shown_with_where_he_is_reached_and_how_that_came_about(viewer: Visitor, stage: Stage) -> None:
    conflict(stage.gateway)
    page = viewer.get("/console/people?user=zhangsan")
    assert "app app1 fake…0001 in use came by a link" in page.text
    assert "app1 reached" in page.text
    assert "oa1 not reached No address of this user is bound to the channel." in page.text
    assert "bound app app1 fake…0001 came by a link" in page.text
    assert ADDRESS not in page.html
    assert "Unbind</button>" not in page.html


def test_an_operator_unbinds_and_is_named_in_the_history(operator: Visitor, stage: Stage) -> None:
    conflict(stage.gateway)
    given = {"userid": "zhangsan", "property": "app", "bind_id": "app1"}
    assert operator.post("/console/people/unbind", **given).location == "/console/people?user=zhangsan"
    page = operator.get("/console/people?user=zhangsan").text
    assert "The address is his no longer." in page
    assert "unbound app app1 fake…0001 decided by an operator the operator" in page
    assert bound(stage.gateway, "zhangsan") == []
    assert audits.page(stage.gateway).items[0].detail == "userid zhangsan, app under app1"
    operator.post("/console/people/unbind", **given)
    assert "He has no address there any more." in operator.get("/console/people?user=zhangsan").text
    assert operator.post("/console/people/unbind", **{**given, "property": "tag"}).status == 404


def test_who_is_not_there_is_told_so(viewer: Visitor, stage: Stage) -> None:
    assert viewer.get("/console/people?user=nobody").location == "/console/people"
    assert "Nobody has this userid." in viewer.get("/console/people").text


def test_a_removed_user_still_has_his_history(viewer: Visitor, stage: Stage) -> None:
    conflict(stage.gateway)
    users.delete(stage.gateway, None, ["zhangsan"])
    page = viewer.get("/console/people?user=zhangsan").text
    assert "The user has been removed." in page
    assert "unbound app app1 (erased) the user was removed" in page
    assert "Conflicts 1" not in page


def test_conflicts_are_counted_on_every_page_and_settled(operator: Visitor, viewer: Visitor, stage: Stage) -> None:
    assert "Conflicts Domain files" in operator.get("/console/channels").text
    number = conflict(stage.gateway)
    assert "Conflicts 1 Domain files" in operator.get("/console/channels").text
    page = operator.get("/console/conflicts")
    assert "lisi, zhangsan Several users have this person's addresses." in page.text
    assert "app1 fake…0001 zhangsan" in page.text
    assert ADDRESS not in page.html
    assert "All to zhangsan</button>" not in viewer.get("/console/conflicts").html
    operator.post(f"/console/conflicts/{number}/settle", userid="zhangsan")
    assert "All addresses are bound to zhangsan now." in operator.get("/console/conflicts").text
    assert (bound(stage.gateway, "zhangsan"), bound(stage.gateway, "lisi")) == ([ADDRESS, OTHER], [])
    assert "All to zhangsan" in operator.get("/console/conflicts?state=settled").text
    operator.post(f"/console/conflicts/{number}/apart")
    assert "it has been decided already" in operator.get("/console/conflicts").text


def test_conflicts_are_kept_apart(operator: Visitor, stage: Stage) -> None:
    number = conflict(stage.gateway)
    operator.post(f"/console/conflicts/{number}/apart")
    assert "No conflicts here." in operator.get("/console/conflicts").text
    assert "lisi, zhangsan" in operator.get("/console/conflicts?state=apart").text
    assert bound(stage.gateway, "lisi") == [OTHER]
    assert audits.page(stage.gateway).items[0].thing == f"/console/conflicts/{number}/apart"


def test_followers_are_listed_from_the_channels_page(operator: Visitor, viewer: Visitor, stage: Stage) -> None:
    assert "/console/channels/oa1/followers" in operator.get("/console/channels/oa1").html
    assert "/console/channels/app1/followers" not in operator.get("/console/channels/app1").html
    assert "not begun" in viewer.get("/console/channels/oa1/followers").text
    assert "Begin</button>" not in viewer.get("/console/channels/oa1/followers").html
    operator.post("/console/channels/oa1/followers")
    assert 'http-equiv="refresh"' in operator.get("/console/channels/oa1/followers").html
    backfill.walk(stage.gateway)
    asking.look(stage.gateway)
    done = operator.get("/console/channels/oa1/followers")
    assert "Followers done" in done.text
    assert 'http-equiv="refresh"' not in done.html
    operator.post("/console/channels/app1/followers")
    assert "The provider of this channel lists nobody." in operator.get("/console/channels/app1/followers").text


def test_a_domain_file_is_given_and_taken_away(operator: Visitor, stranger: Visitor, stage: Stage) -> None:
    name = "MP_verify_a1B2c3D4e5F6g7H8.txt"

    def give(filename: str, content: bytes) -> None:
        fields = {"csrf_token": operator.token(), "file": (io.BytesIO(content), filename)}
        answer = operator.http.post("/console/domain-files", data=fields, content_type="multipart/form-data")
        assert answer.status_code == 303

    give("virus.exe", b"x")
    assert "This is no such file" in operator.get("/console/domain-files").text
    give(name, b"a1B2c3D4e5F6g7H8\n")
    assert f"/{name} a1B2c3D4e5F6g7H8" in operator.get("/console/domain-files").text
    assert stranger.get(f"/{name}").html == "a1B2c3D4e5F6g7H8"
    operator.post("/console/domain-files/remove", file=name)
    assert stranger.get(f"/{name}").status == 404
