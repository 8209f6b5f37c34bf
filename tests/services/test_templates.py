from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import ACCESS_KEY, caller_of, create_application, create_channel, create_gateway
from tests.fakes import FakeProvider, FrozenClock, PlainPlugin
from ums.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from ums.domain.template import TemplateField
from ums.domain.views import ChannelState
from ums.registry import Registry
from ums.services import channels, templates
from ums.services.gateway import Gateway
from ums.services.templates import PAGES


@pytest.fixture
def channel(gateway: Gateway, fake_provider: FakeProvider) -> str:
    """A channel whose provider lists three templates of one kind and one of the other."""
    fake_provider.templates = {
        "message": [("A", "Shipped"), ("B", "Paid"), ("C", "Arrived")],
        "notice": [("N", "Notice")],
    }
    return create_channel(gateway, base_url=fake_provider.url).code


def listed(gateway: Gateway, channel: str) -> list[str]:
    return [view.template.template_id for view in templates.list_for(gateway, channel).templates]


def test_a_list_never_fetched_is_empty_and_says_so(gateway: Gateway, channel: str) -> None:
    found = templates.list_for(gateway, channel)
    assert (found.templates, found.refreshed_at, dict(found.notes)) == ((), None, {})


def test_it_fetches_all_pages_of_all_kinds_in_the_providers_order(gateway: Gateway, channel: str) -> None:
    refreshed = templates.refresh(gateway, channel)
    assert refreshed.diff.added == ("A", "B", "C", "N")
    assert refreshed.diff.total == 4
    assert listed(gateway, channel) == ["A", "B", "C", "N"]


def test_it_keeps_everything_a_template_says(gateway: Gateway, channel: str) -> None:
    templates.refresh(gateway, channel)
    view = templates.list_for(gateway, channel).templates[0]
    assert view.state == "active"
    assert (view.template.title, view.template.kind) == ("Shipped", "message")
    assert (view.template.content, view.template.example) == ("{{thing1.DATA}}", "thing1: parcel")
    assert view.template.fields == (TemplateField(key="thing1", type="thing", label="Thing", limit="20"),)


def test_it_tells_what_a_refresh_changed(
    gateway: Gateway, channel: str, fake_provider: FakeProvider, clock: FrozenClock
) -> None:
    templates.refresh(gateway, channel)
    clock.advance(60)
    fake_provider.templates = {"message": [("D", "New"), ("C", "Arrived"), ("A", "Sent")], "notice": []}
    refreshed = templates.refresh(gateway, channel)
    assert refreshed.diff.added == ("D",)
    assert refreshed.diff.removed == ("B", "N")
    assert refreshed.diff.changed == ("A",)
    assert listed(gateway, channel) == ["D", "C", "A"]
    assert templates.list_for(gateway, channel).refreshed_at == clock.now()


def test_a_refresh_that_finds_nothing_new_changes_nothing(gateway: Gateway, channel: str) -> None:
    templates.refresh(gateway, channel)
    diff = templates.refresh(gateway, channel).diff
    assert (diff.added, diff.removed, diff.changed, diff.total) == ((), (), (), 4)


def test_a_template_listed_twice_is_kept_once(gateway: Gateway, channel: str, fake_provider: FakeProvider) -> None:
    fake_provider.templates = {"message": [("A", "Shipped"), ("A", "Again")], "notice": [("A", "Notice")]}
    assert templates.refresh(gateway, channel).diff.total == 1
    assert templates.list_for(gateway, channel).templates[0].template.title == "Shipped"


def test_a_missing_permission_on_one_kind_keeps_its_list_and_says_why(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    templates.refresh(gateway, channel)
    fake_provider.refusals["/templates/notice"] = "no_permission"
    fake_provider.templates["message"] = [("A", "Shipped")]
    refreshed = templates.refresh(gateway, channel)
    assert refreshed.diff.removed == ("B", "C")
    assert listed(gateway, channel) == ["A", "N"]
    assert list(refreshed.notes) == ["notice"]
    assert refreshed.notes["notice"] == (
        "no_permission (48001: no_permission said the provider): "
        "The provider says no permission. Look after the no permission."
    )
    assert templates.list_for(gateway, channel).notes == refreshed.notes
    assert channels.show(gateway, channel).channel.state is ChannelState.READY


def test_the_note_goes_when_the_list_comes_again(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.refusals["/templates/notice"] = "busy"
    assert templates.refresh(gateway, channel).notes
    fake_provider.refusals.clear()
    assert not templates.refresh(gateway, channel).notes
    assert not templates.list_for(gateway, channel).notes


def test_a_busy_provider_is_unavailable_and_the_list_stays(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    templates.refresh(gateway, channel)
    fake_provider.refusals |= {"/templates/message": "busy", "/templates/notice": "no_permission"}
    with pytest.raises(Unavailable, match=r"channel app1 .*busy \(-1: busy said the provider\)") as refused:
        templates.refresh(gateway, channel)
    assert refused.value.retry_after
    assert listed(gateway, channel) == ["A", "B", "C", "N"]
    assert channels.show(gateway, channel).channel.state is ChannelState.READY


def test_missing_permissions_on_all_kinds_conflict_and_park_nothing(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.refusals |= {"/templates/message": "no_permission", "/templates/notice": "no_permission"}
    with pytest.raises(Conflict, match=r"message: no_permission \(48001.* notice: no_permission"):
        templates.refresh(gateway, channel)
    assert channels.show(gateway, channel).channel.state is ChannelState.READY


def test_refused_credentials_park_the_channel_after_one_token_call(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.secret = "another"
    with pytest.raises(Conflict, match=r"bad_secret \(40125: .* parked") as refused:
        templates.refresh(gateway, channel)
    assert refused.value.code == 4090
    shown = channels.show(gateway, channel).channel
    assert shown.state is ChannelState.PARKED
    assert shown.reason.startswith("bad_secret (40125: bad_secret said the provider): The provider says")
    assert fake_provider.called("/token") == 1


def test_a_provider_that_never_ends_its_list_is_left(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.templates["message"] = [(str(number), "Template") for number in range(PAGES * 2 + 1)]
    refreshed = templates.refresh(gateway, channel)
    assert "endless_list" in refreshed.notes["message"]
    assert listed(gateway, channel) == ["N"]


def test_settings_changed_while_the_list_was_fetched_leave_the_kept_list(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    fake_provider.on_call = lambda call: (
        channels.change(gateway, channel, {"account": "other"}) if call.path == "/templates/notice" else None
    )
    with pytest.raises(Conflict, match="just been changed"):
        templates.refresh(gateway, channel)
    assert listed(gateway, channel) == []


def test_a_channel_key_sees_and_refreshes_its_granted_channels(gateway: Gateway, channel: str) -> None:
    shop = create_application(gateway, name="shop")
    channels.grant(gateway, channel, "shop")
    assert templates.refresh(gateway, channel, caller_of(gateway, shop.id)).diff.total == 4
    assert len(templates.list_for(gateway, channel, caller_of(gateway, shop.id)).templates) == 4


def test_a_channel_granted_to_another_is_not_found_for_a_channel_key(
    gateway: Gateway, channel: str, fake_provider: FakeProvider
) -> None:
    create_application(gateway, name="bank")
    channels.grant(gateway, channel, "bank")
    shop = create_application(gateway, name="shop")
    with pytest.raises(NotFound):
        templates.refresh(gateway, channel, caller_of(gateway, shop.id))
    with pytest.raises(NotFound):
        templates.list_for(gateway, channel, caller_of(gateway, shop.id))
    assert fake_provider.calls == []


def test_an_access_key_sees_every_channels_templates(gateway: Gateway, channel: str) -> None:
    assert templates.refresh(gateway, channel, ACCESS_KEY).diff.total == 4
    assert len(templates.list_for(gateway, channel, ACCESS_KEY).templates) == 4


def test_an_unknown_channel_is_not_found(gateway: Gateway) -> None:
    with pytest.raises(NotFound, match="'nowhere'"):
        templates.refresh(gateway, "nowhere")
    with pytest.raises(NotFound):
        templates.list_for(gateway, "nowhere")


def test_a_type_without_templates_is_refused(tmp_path: Path) -> None:
    with closing(create_gateway(home=tmp_path, registry=Registry([PlainPlugin("email")]))) as gateway:
        create_channel(gateway, code="mail1", type="email")
        with pytest.raises(InvalidRequest, match="'email' have no templates"):
            templates.refresh(gateway, "mail1")
