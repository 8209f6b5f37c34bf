from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from marshmallow import Schema

from tests.factories import ACCESS_KEY, caller_of, create_application, create_channel, create_gateway
from tests.fakes import FakePlugin, PlainPlugin
from ums.domain.errors import Conflict, InvalidRequest, NotFound
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.services import applications, channels
from ums.services.gateway import Gateway
from ums.store import channels as store
from ums.store.models import ChannelRow, EndpointRow


class MeddledPlugin(FakePlugin):
    """Lets something else happen, once, while settings are being checked."""

    meddle: Callable[[], object] | None = None

    def settings_schema(self) -> Schema:
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return super().settings_schema()


WORKING = {"account": "acc1", "secret": "right"}


def park(gateway: Gateway, code: str, reason: str = "bad_secret") -> None:
    with gateway.database.write() as session:
        store.park(session, channels.account(gateway, code).id, reason, gateway.clock.now())


def test_it_makes_a_channel_that_is_ready(gateway: Gateway) -> None:
    view = channels.add(gateway, "app1", "app", WORKING, name="Our app")
    assert (view.code, view.type, view.name) == ("app1", "app", "Our app")
    assert (view.state, view.reason, view.refreshed_at) == (ChannelState.READY, "", None)


def test_a_channel_without_a_name_is_called_by_its_code(gateway: Gateway) -> None:
    assert channels.add(gateway, "app1", "app", WORKING).name == "app1"


def test_it_seals_the_secret_settings_and_shows_only_their_names(gateway: Gateway) -> None:
    channels.add(gateway, "app1", "app", {**WORKING, "hook_token": "very-secret-token"})
    detail = channels.show(gateway, "app1")
    assert dict(detail.settings) == {"account": "acc1"}
    assert detail.secrets_set == ("hook_token", "secret")
    with gateway.database.read() as session:
        row = session.get_one(ChannelRow, channels.account(gateway, "app1").id)
    assert b"very-secret-token" not in row.sealed_settings
    assert "very-secret-token" not in repr(detail)


def test_every_endpoint_of_the_plugin_gets_a_full_bucket_at_its_default_pace(gateway: Gateway) -> None:
    create_channel(gateway)
    found = channels.show(gateway, "app1").endpoints
    assert [(endpoint.name, endpoint.rate) for endpoint in found] == [("message", 50.0), ("notice", 0.5)]
    with gateway.database.read() as session:
        channel_id = channels.account(gateway, "app1").id
        full = [session.get_one(EndpointRow, (channel_id, name)).allowance for name in ("message", "notice")]
    assert full == [50.0, 1.0]


@pytest.mark.parametrize("code", ["", "x" * 33, "app-1", "app 1", "通道", "app1\n"])
def test_it_refuses_a_code_that_is_not_letters_and_digits(gateway: Gateway, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        channels.add(gateway, code, "app", WORKING)
    assert refused.value.errors == {"channel": ["1 to 32 letters and digits, such as wechatmp123."]}


@pytest.mark.parametrize("code", ["all", "email", "wechatmp", "WechatMP", "tag", "phone"])
def test_it_refuses_a_code_that_means_something_else_in_uploads(gateway: Gateway, code: str) -> None:
    with pytest.raises(InvalidRequest, match="already means something"):
        channels.add(gateway, code, "app", WORKING)


def test_it_refuses_a_channel_key_as_a_code(gateway: Gateway) -> None:
    made = applications.add(gateway, "shop")
    with pytest.raises(InvalidRequest, match="ChannelKey"):
        channels.add(gateway, made.key, "app", WORKING)


def test_it_refuses_a_code_already_taken(gateway: Gateway) -> None:
    create_channel(gateway)
    with pytest.raises(Conflict, match="'app1'"):
        channels.add(gateway, "app1", "email", WORKING)


def test_it_refuses_a_type_without_a_plugin_and_names_those_installed(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequest) as refused:
        channels.add(gateway, "sms1", "sms", WORKING)
    assert "installed are app, email" in refused.value.errors["type"][0]


def test_every_wrong_setting_is_named_with_what_is_allowed(gateway: Gateway) -> None:
    with pytest.raises(InvalidRequest) as refused:
        channels.add(gateway, "app1", "app", {"account": "ACC!", "base_url": "ftp://x", "colour": "red"})
    assert set(refused.value.errors) == {
        "settings.account",
        "settings.base_url",
        "settings.colour",
        "settings.secret",
    }
    assert refused.value.errors["settings.account"] == ["Letters a to z, digits.", "Found in the fake's console."]
    assert "known are account, secret, base_url, hook_token" in refused.value.errors["settings.colour"][0]
    assert "settings.secret: Missing" in refused.value.message


def test_white_space_around_a_setting_is_dropped(gateway: Gateway) -> None:
    channels.add(gateway, "app1", "app", {"account": " acc1\n", "secret": "right\n"})
    assert dict(channels.show(gateway, "app1").settings) == {"account": "acc1"}


def test_it_grants_a_new_channel_to_several_applications(gateway: Gateway) -> None:
    for name in ("shop", "bank"):
        create_application(gateway, name=name)
    create_channel(gateway, grants=["shop", "bank"])
    assert channels.show(gateway, "app1").granted_to == ("bank", "shop")


def test_an_unknown_application_among_the_grants_leaves_no_channel(gateway: Gateway) -> None:
    create_application(gateway, name="shop")
    with pytest.raises(InvalidRequest) as refused:
        create_channel(gateway, grants=["shop", "nobody"])
    assert list(refused.value.errors) == ["grants.1"]
    assert channels.list_for(gateway, None).items == ()


def test_it_refuses_a_second_channel_of_one_type(gateway: Gateway) -> None:
    create_application(gateway, name="shop")
    create_channel(gateway, code="app1", grants=["shop"])
    create_channel(gateway, code="app2")
    with pytest.raises(Conflict, match=r"already sends on app1.*Make another application for app2"):
        channels.grant(gateway, "app2", "shop")
    with pytest.raises(Conflict):
        create_channel(gateway, code="app3", grants=["shop"])


def test_granting_twice_changes_nothing(gateway: Gateway) -> None:
    create_application(gateway, name="shop")
    create_channel(gateway, grants=["shop", "shop"])
    channels.grant(gateway, "app1", "shop")
    assert channels.show(gateway, "app1").granted_to == ("shop",)


def test_granting_needs_a_known_channel_and_a_known_application(gateway: Gateway) -> None:
    create_channel(gateway)
    with pytest.raises(NotFound, match="'nobody'"):
        channels.grant(gateway, "app1", "nobody")
    with pytest.raises(NotFound, match="'app9'"):
        channels.grant(gateway, "app9", "shop")


def test_a_change_is_laid_over_the_settings_kept(gateway: Gateway) -> None:
    channels.add(gateway, "app1", "app", {**WORKING, "hook_token": "token"})
    before = channels.account(gateway, "app1")
    channels.change(gateway, "app1", {"account": "acc2"})
    after = channels.account(gateway, "app1")
    assert after.version == before.version + 1
    detail = channels.show(gateway, "app1")
    assert dict(detail.settings) == {"account": "acc2"}
    assert detail.secrets_set == ("hook_token", "secret")


def test_an_empty_value_takes_a_setting_back(gateway: Gateway) -> None:
    channels.add(gateway, "app1", "app", {**WORKING, "hook_token": "token"})
    channels.change(gateway, "app1", {"hook_token": ""})
    assert channels.show(gateway, "app1").secrets_set == ("secret",)
    with pytest.raises(InvalidRequest, match=r"settings\.secret"):
        channels.change(gateway, "app1", {"secret": ""})


def test_a_wrong_change_changes_nothing(gateway: Gateway) -> None:
    create_channel(gateway)
    park(gateway, "app1")
    with pytest.raises(InvalidRequest):
        channels.change(gateway, "app1", {"account": "!"})
    assert channels.account(gateway, "app1").version == 1
    assert channels.show(gateway, "app1").channel.state is ChannelState.PARKED


def test_two_changes_at_once_do_not_undo_each_other(tmp_path: Path) -> None:
    meddled = MeddledPlugin()
    with closing(create_gateway(home=tmp_path, registry=Registry([meddled]))) as gateway:
        create_channel(gateway)
        meddled.meddle = lambda: channels.change(gateway, "app1", {"account": "theirs"})
        with pytest.raises(Conflict, match="just been changed by someone else"):
            channels.change(gateway, "app1", {"account": "ours"})
        assert channels.show(gateway, "app1").settings["account"] == "theirs"


def test_a_change_resumes_a_parked_channel_but_not_a_paused_one(gateway: Gateway) -> None:
    create_channel(gateway)
    park(gateway, "app1")
    view = channels.change(gateway, "app1", {"secret": "new"})
    assert (view.state, view.reason) == (ChannelState.READY, "")
    channels.pause(gateway, "app1")
    assert channels.change(gateway, "app1", {"secret": "newer"}).state is ChannelState.PAUSED


def test_it_pauses_closes_and_resumes(gateway: Gateway) -> None:
    create_channel(gateway)
    channels.pause(gateway, "app1")
    assert channels.show(gateway, "app1").channel.state is ChannelState.PAUSED
    channels.close(gateway, "app1")
    assert channels.show(gateway, "app1").channel.state is ChannelState.CLOSED
    channels.resume(gateway, "app1")
    assert channels.show(gateway, "app1").channel.state is ChannelState.READY


@pytest.mark.parametrize("act", [channels.pause, channels.close, channels.resume, channels.show, channels.account])
def test_an_unknown_channel_is_not_found(gateway: Gateway, act: Callable[[Gateway, str], object]) -> None:
    with pytest.raises(NotFound, match="'app9'"):
        act(gateway, "app9")


def test_operators_and_access_keys_see_all_channels_a_channel_key_its_own(gateway: Gateway) -> None:
    shop = create_application(gateway, name="shop")
    create_channel(gateway, code="app1", grants=["shop"])
    create_channel(gateway, code="mail1", type="email")
    for caller in (None, ACCESS_KEY):
        assert [view.code for view in channels.list_for(gateway, caller).items] == ["app1", "mail1"]
    assert [view.code for view in channels.list_for(gateway, caller_of(gateway, shop.id)).items] == ["app1"]
    assert channels.show(gateway, "app1", caller_of(gateway, shop.id)).channel.code == "app1"
    with pytest.raises(NotFound):
        channels.show(gateway, "mail1", caller_of(gateway, shop.id))


def test_a_channel_key_learns_of_no_other_application(gateway: Gateway) -> None:
    shop = create_application(gateway, name="shop")
    create_application(gateway, name="bank")
    create_channel(gateway, grants=["shop", "bank"])
    assert channels.show(gateway, "app1", caller_of(gateway, shop.id)).granted_to == ("shop",)


def test_pages_follow_one_another_without_gap_or_repeat(gateway: Gateway) -> None:
    for number in range(5):
        create_channel(gateway, code=f"app{number}")
    codes: list[str] = []
    cursor: str | None = None
    for expected in (2, 2, 1):
        page = channels.list_for(gateway, None, cursor, limit=2)
        assert len(page.items) == expected
        codes += [view.code for view in page.items]
        cursor = page.next
    assert cursor is None
    assert codes == [f"app{number}" for number in range(5)]


def test_a_full_last_page_has_no_next(gateway: Gateway) -> None:
    create_channel(gateway)
    assert channels.list_for(gateway, None, limit=1).next is None


@pytest.mark.parametrize("cursor", ["", "!", "a", "gA", "通道"])
def test_a_cursor_that_no_answer_gave_is_refused(gateway: Gateway, cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        channels.list_for(gateway, None, cursor)
    assert list(refused.value.errors) == ["cursor"]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_out_of_bounds_is_refused(gateway: Gateway, limit: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        channels.list_for(gateway, None, limit=limit)
    assert list(refused.value.errors) == ["limit"]


def test_it_tells_where_the_provider_pushes_its_events(gateway: Gateway, tmp_path: Path) -> None:
    create_channel(gateway)
    assert channels.show(gateway, "app1").hook_url == "http://127.0.0.1:8080/hooks/app1"
    with closing(create_gateway(home=tmp_path / "plain", registry=Registry([PlainPlugin("email")]))) as plain:
        create_channel(plain, code="mail1", type="email")
        assert channels.show(plain, "mail1").hook_url == ""


def test_refused_endpoints_are_shown_until_the_channel_is_resumed(gateway: Gateway) -> None:
    create_channel(gateway)
    now = gateway.clock.now()
    with gateway.database.write() as session:
        channel_id = channels.account(gateway, "app1").id
        store.block_endpoint(session, channel_id, "message", "no_permission (48001)")
        store.pause_endpoint(session, channel_id, "notice", now + 60, "quota_used_up")
    message, notice = channels.show(gateway, "app1").endpoints
    assert (message.blocked, message.reason) == (True, "no_permission (48001)")
    assert (notice.blocked, notice.paused_until, notice.reason) == (False, now + 60, "quota_used_up")
    channels.resume(gateway, "app1")
    message, notice = channels.show(gateway, "app1").endpoints
    assert (message.blocked, message.reason) == (False, "")
    assert (notice.paused_until, notice.reason) == (None, "")
