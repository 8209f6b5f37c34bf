"""The platform's ticket and token, and the tokens of its accounts."""

from __future__ import annotations

from sandbox import paths
from tests.acceptance.platform.provider import Provider
from tests.acceptance.wechat.town import eventually
from ums.domain.authorisation import Wanted
from ums.services import accounts, authorising, third_party

OA_SETS = ("1", "2", "7", "89")


def own_calls(provider: Provider) -> int:
    return len(provider.calls(paths.COMPONENT_ACCESS, appid=provider.appid))


def test_without_a_ticket_it_is_said_what_to_do(bare: Provider) -> None:
    told = bare.town.told("platform", "test", status=1)
    assert told["ok"] is False
    assert "No component_verify_ticket has come yet" in str(told["detail"])
    assert "ums platform start-tickets" in str(told["detail"])
    assert "start-tickets" in bare.town.ums("platform", "authorise", "none1").output


def test_a_ticket_can_be_asked_for(bare: Provider) -> None:
    bare.town.told("platform", "start-tickets")
    eventually(lambda: bare.town.told("platform", "show")["ticket_at"] is not None)
    assert bare.town.told("platform", "test")["ok"] is True


def test_what_the_provider_asks_for_is_shown_as_it_is_entered(bare: Provider) -> None:
    bare.town.told("platform", "set", "--set", "redirect_base=https://ums.example.com")
    lines = bare.town.ums("platform", "show").output.splitlines()
    shown = {line[:22].strip(): line[22:].strip() for line in lines}
    assert shown["start page's domain"] == "ums.example.com"
    assert shown["messages and events"] == "https://ums.example.com/hooks/platform/$APPID$"


def test_a_ticket_older_than_twelve_hours_is_told_so(provider: Provider) -> None:
    provider.town.clock.leap(12 * 3600 + 60)
    try:
        told = third_party.test(provider.town.gateway).detail
    finally:
        provider.town.clock.leap(-(12 * 3600 + 60))
    assert "more than 12 hours old" in told


def test_the_platform_s_token_is_fetched_once_for_everybody(provider: Provider) -> None:
    provider.link("many1")
    provider.link("many2")
    provider.authorise("many3", provider.oa, *OA_SETS)
    assert own_calls(provider) == 1


def test_the_platform_s_token_is_renewed_at_an_hour_and_fifty_minutes(provider: Provider) -> None:
    wanted = Wanted(code="renewed1", type="", name="", grants=())
    authorising.invite(provider.town.gateway, wanted)
    for leap, calls in ((6590, 1), (20, 2)):
        provider.town.clock.leap(leap)
        authorising.invite(provider.town.gateway, wanted)
        assert own_calls(provider) == calls
    provider.town.clock.leap(-6610)


def test_an_expired_platform_token_is_renewed_and_the_call_repeated(provider: Provider) -> None:
    provider.link("expired1")
    provider.town.sandbox.control("POST", "tokens/expire", {"appid": provider.appid})
    provider.link("expired2")
    assert own_calls(provider) == 2


def test_each_new_refresh_token_takes_the_place_of_the_one_before(provider: Provider) -> None:
    provider.authorise("refresh1", provider.oa, *OA_SETS)
    for _ in range(3):
        assert provider.town.told("channel", "test", "refresh1")["ok"] is True
    refused = provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid, errcode=61023)
    assert refused == []
    assert len(provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid)) == 3


def test_a_refused_refresh_token_is_found_in_the_list_once(provider: Provider) -> None:
    provider.authorise("lost1", provider.oa, *OA_SETS)
    provider.control("expire", what="refresh_tokens")
    assert provider.town.told("channel", "test", "lost1")["ok"] is True
    assert len(provider.calls(paths.AUTHORIZER_LIST, appid=provider.appid)) == 1
    assert provider.town.told("channel", "test", "lost1")["ok"] is True
    assert len(provider.calls(paths.AUTHORIZER_LIST, appid=provider.appid)) == 1


def test_a_refresh_token_refused_even_then_parks_the_channel(provider: Provider) -> None:
    provider.authorise("gone1", provider.oa, *OA_SETS)
    fault = {"path": paths.AUTHORIZER_ACCESS, "appid": provider.appid, "errcode": 61023}
    provider.town.sandbox.control("POST", "faults", fault)
    told = provider.town.told("channel", "test", "gone1", status=1)
    provider.town.sandbox.control("DELETE", "faults")
    assert "ums platform authorise" in str(told["detail"])
    assert provider.show("gone1")["state"] == "parked"
    assert len(provider.calls(paths.AUTHORIZER_LIST, appid=provider.appid)) == 1


def test_the_token_that_comes_with_the_authorisation_is_used(provider: Provider) -> None:
    provider.authorise("foremost1", provider.oa, *OA_SETS)
    provider.town.told("channel", "refresh", "foremost1")
    assert provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid) == []


def test_a_void_account_token_is_renewed_and_the_call_repeated(provider: Provider) -> None:
    provider.authorise("void1", provider.oa, *OA_SETS)
    provider.town.sandbox.control("POST", "tokens/expire", {"appid": provider.oa})
    provider.town.told("channel", "refresh", "void1")
    assert len(provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid)) == 1


def test_a_channel_whose_account_never_authorised_is_parked_and_says_what_to_do(provider: Provider) -> None:
    settings = ["--set", f"appid={provider.oa}", "--set", "authorised_by=platform"]
    url = ["--set", f"base_url={provider.town.sandbox.url}"]
    provider.town.told("channel", "add", "never1", "--type", "wechatoa", *settings, *url)
    told = provider.town.told("channel", "test", "never1", status=1)
    assert "has not authorised the third-party platform" in str(told["detail"])


def test_secrets_lie_sealed(provider: Provider) -> None:
    provider.authorise("sealed1", provider.oa, *OA_SETS)
    gateway = provider.town.gateway
    assert "right" not in repr(accounts.account(gateway, "sealed1"))
    kept = b"".join(path.read_bytes() for path in provider.town.home.glob("*.db*"))
    assert b"refreshtoken@@@" not in kept
    assert b"ticket@@@" not in kept
    assert b"preauthcode@@@" not in kept


def test_a_token_whose_refresh_token_could_not_be_kept_is_not_used(provider: Provider) -> None:
    provider.authorise("durable1", provider.oa, *OA_SETS)
    provider.town.sandbox.control("POST", "tokens/expire", {"appid": provider.oa})
    engine = provider.town.gateway.database.engine
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE UPDATE ON authorisations BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    try:
        assert provider.town.ums("channel", "refresh", "durable1").exit_code != 0
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full")
    assert len(provider.calls(paths.AUTHORIZER_ACCESS, appid=provider.appid)) == 1
    assert {call["errcode"] for call in provider.calls(paths.PRIVATE_TEMPLATES, appid=provider.oa)} == set()
    provider.town.told("channel", "refresh", "durable1")
    assert len(provider.calls(paths.AUTHORIZER_LIST, appid=provider.appid)) == 1
