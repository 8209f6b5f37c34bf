from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import create_channel, create_gateway
from tests.fakes import FakePlugin, FakeSettings, PlainPlugin
from ums.domain.errors import Conflict, NotFound
from ums.domain.outcome import BadChannel, SendError, Transient
from ums.domain.views import ChannelState
from ums.provider.tokens import DATABASE_BUSY
from ums.registry import Registry
from ums.services import channels
from ums.services.accounts import explained
from ums.services.gateway import Gateway
from ums.store import channels as store


def test_an_account_carries_the_plugin_and_its_own_settings_value(gateway: Gateway) -> None:
    create_channel(gateway, settings={"account": "acc1", "hook_token": "token"})
    account = channels.account(gateway, "app1")
    assert account.plugin is gateway.registry["app"]
    assert account.settings == FakeSettings(
        account="acc1", secret="right", base_url="http://127.0.0.1:9", hook_token="token"
    )
    assert (account.code, account.type, account.version, account.state) == ("app1", "app", 1, ChannelState.READY)


def test_an_account_is_found_by_its_id(gateway: Gateway) -> None:
    create_channel(gateway)
    account = channels.account(gateway, "app1")
    assert channels.account_by_id(gateway, account.id) == account
    with pytest.raises(NotFound):
        channels.account_by_id(gateway, account.id + 1)


def test_an_account_shows_no_secret(gateway: Gateway) -> None:
    create_channel(gateway, settings={"secret": "very-secret"})
    assert "very-secret" not in repr(channels.account(gateway, "app1"))


def test_an_account_loaded_before_a_change_is_not_given_after_it(gateway: Gateway) -> None:
    create_channel(gateway)
    before = channels.account(gateway, "app1")
    channels.change(gateway, "app1", {"secret": "new"})
    after = channels.account(gateway, "app1")
    assert isinstance(before.settings, FakeSettings)
    assert isinstance(after.settings, FakeSettings)
    assert (before.settings.secret, after.settings.secret) == ("right", "new")


def test_two_installations_in_one_process_keep_their_accounts_apart(gateway: Gateway, tmp_path: Path) -> None:
    create_channel(gateway, settings={"account": "here"})
    with closing(create_gateway(home=tmp_path / "other")) as other:
        create_channel(other, settings={"account": "there"})
        settings = [channels.account(each, "app1").settings for each in (gateway, other)]
    assert [value.account for value in settings if isinstance(value, FakeSettings)] == ["here", "there"]


def test_secrets_sealed_at_another_place_are_not_opened_but_can_be_set_anew(gateway: Gateway) -> None:
    create_channel(gateway)
    moved = gateway.sealer.seal('{"secret": "right"}', "channels:elsewhere")
    with gateway.database.write() as session:
        store.change_settings(session, channels.account(gateway, "app1").id, {"account": "acc1"}, moved)
    for look in (channels.account, channels.show):
        with pytest.raises(Conflict, match="Channel app1: the secret at channels:app1 can't be opened"):
            look(gateway, "app1")
    channels.change(gateway, "app1", {"secret": "new"})
    assert channels.show(gateway, "app1").secrets_set == ("secret",)


def test_settings_that_no_longer_fit_are_named(gateway: Gateway) -> None:
    create_channel(gateway)
    sealed = gateway.sealer.seal("{}", "channels:app1")
    with gateway.database.write() as session:
        store.change_settings(session, channels.account(gateway, "app1").id, {"account": "acc1"}, sealed)
    with pytest.raises(Conflict, match=r"app1 no longer fit its plugin \(settings.secret\); change them"):
        channels.account(gateway, "app1")


def test_a_channel_whose_plugin_is_gone_is_listed_and_shown_but_has_no_account(
    gateway: Gateway, tmp_path: Path
) -> None:
    create_channel(gateway)
    with closing(create_gateway(home=tmp_path, registry=Registry([FakePlugin("email")]))) as without:
        assert [view.code for view in channels.list_for(without, None).items] == ["app1"]
        assert channels.show(without, "app1").secrets_set == ("secret",)
        with pytest.raises(Conflict, match="'app', whose plugin is not installed"):
            channels.account(without, "app1")


def test_an_error_is_told_with_the_plugins_explanation() -> None:
    error = BadChannel("bad_secret", provider_code=40125, provider_message="invalid appsecret")
    assert explained(FakePlugin(), error) == (
        "bad_secret (40125: invalid appsecret): The provider says bad secret. Look after the bad secret."
    )


@pytest.mark.parametrize("plugin", [FakePlugin(), PlainPlugin()])
def test_an_error_nobody_explains_is_told_in_the_providers_words(plugin: PlainPlugin) -> None:
    assert explained(plugin, SendError("odd", provider_code=7, provider_message="what?")) == "odd (7: what?)"


def test_an_answer_that_never_came_points_at_the_address_and_the_network() -> None:
    error = Transient("connection_refused", provider_message="Connection refused")
    assert explained(PlainPlugin(), error) == (
        "connection_refused (Connection refused): "
        "No usable answer came from the provider; check the channel's address and the network."
    )


def test_a_busy_database_is_not_blamed_on_the_network() -> None:
    error = Transient(DATABASE_BUSY, provider_message="The database can't take this right now")
    assert explained(PlainPlugin(), error) == "database_busy (The database can't take this right now)"


def test_a_fault_without_a_number_is_told_with_its_words() -> None:
    error = BadChannel("invalid_url", provider_message="The channel's base_url can't be called; correct it.")
    assert explained(PlainPlugin(), error) == "invalid_url (The channel's base_url can't be called; correct it.)"
