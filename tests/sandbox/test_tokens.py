from __future__ import annotations

import pytest

from sandbox import paths
from sandbox.accounts import Account
from sandbox.client import SandboxClient
from sandbox.errors import Refused
from sandbox.tokens import Desk

GOOD = {"grant_type": "client_credential", "appid": "wx1", "secret": "right"}
NOON = 1_800_000_000.0


def test_any_appid_and_secret_get_a_token_while_nothing_is_configured(sandbox: SandboxClient) -> None:
    answer = sandbox.stable_token("wxanything", "whatever")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert set(answer.json()) == {"access_token", "expires_in"}
    assert answer.json()["expires_in"] == 7200


def test_the_stable_call_gives_the_same_token_with_its_remaining_life(sandbox: SandboxClient) -> None:
    first, second = sandbox.stable_token("wx1").json(), sandbox.stable_token("wx1").json()
    assert second["access_token"] == first["access_token"]
    assert second["expires_in"] <= first["expires_in"]


def test_the_classic_call_gives_a_new_token_each_time_and_leaves_the_stable_one_alone(
    sandbox: SandboxClient,
) -> None:
    stable = sandbox.token("wx1")
    classic = {sandbox.ask("GET", paths.CLASSIC, None, GOOD).json()["access_token"] for _ in range(3)}
    assert len(classic | {stable}) == 4
    for token in classic | {stable}:
        assert "data" in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token).json()


def test_a_get_of_the_stable_call_is_43002(sandbox: SandboxClient) -> None:
    answer = sandbox.ask("GET", paths.STABLE, None, GOOD)
    assert (answer.status_code, answer.json()["errcode"]) == (200, 43002)


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wxother"}, 40013),
        ({"grant_type": "password"}, 40002),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({}, 0),
    ],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_configured_account_checks_what_it_is_given(
    sandbox: SandboxClient, change: dict[str, str], errcode: int, method: str
) -> None:
    sandbox.control("PUT", "accounts/wx1", {"secret": "right"})
    given = GOOD | change
    if method == "POST":
        answer = sandbox.ask("POST", paths.STABLE, given)
    else:
        answer = sandbox.ask("GET", paths.CLASSIC, None, given)
    assert answer.status_code == 200
    assert answer.json().get("errcode", 0) == errcode
    assert ("access_token" in answer.json()) == (errcode == 0)


@pytest.mark.parametrize("limit", [{"ip_refused": True}, {"allowed_ips": ["10.0.0.1"]}, {"allowed_ips": []}])
def test_a_refused_ip_is_40164_with_the_ip_in_the_text(sandbox: SandboxClient, limit: dict[str, object]) -> None:
    sandbox.control("PUT", "accounts/wx1", limit)
    answer = sandbox.stable_token("wx1").json()
    assert answer["errcode"] == 40164
    assert answer["errmsg"].startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")


def test_an_allowed_ip_passes(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"allowed_ips": ["127.0.0.1"]})
    assert "access_token" in sandbox.stable_token("wx1").json()


@pytest.mark.parametrize(
    ("token", "errcode"), [("", 41001), ("short", 40014), ("x" * 40 + "!", 40014), ("x" * 140, 40001)]
)
def test_a_token_that_was_never_given_is_refused_in_its_own_way(
    sandbox: SandboxClient, token: str, errcode: int
) -> None:
    answer = sandbox.read(paths.SUBSCRIPTION_TEMPLATES, token)
    assert (answer.status_code, answer.json()["errcode"]) == (200, errcode)
    assert " rid: " in answer.json()["errmsg"]


@pytest.mark.parametrize("errcode", [42001, 40001])
def test_tokens_can_be_ended_on_demand_and_a_new_one_works(sandbox: SandboxClient, errcode: int) -> None:
    old = sandbox.token("wx1")
    assert sandbox.control("POST", "tokens/expire", {"appid": "wx1", "errcode": errcode}).json() == {"ended": 1}
    assert sandbox.read(paths.SUBSCRIPTION_TEMPLATES, old).json()["errcode"] == errcode
    new = sandbox.token("wx1")
    assert new != old
    assert "data" in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, new).json()


def test_a_forced_refresh_gives_a_new_token_once_in_thirty_seconds(sandbox: SandboxClient) -> None:
    first = sandbox.token("wx1")
    second = sandbox.stable_token("wx1", force=True).json()["access_token"]
    third = sandbox.stable_token("wx1", force=True).json()["access_token"]
    assert first != second == third
    assert "data" in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, first).json()


def account() -> Account:
    return Account(appid="wx1")


def test_the_stable_token_is_renewed_five_minutes_before_its_end_and_the_old_one_lives_on() -> None:
    desk = Desk()
    first = desk.stable_token(account(), NOON, force=False)
    assert desk.stable_token(account(), NOON + 6899, force=False) is first
    second = desk.stable_token(account(), NOON + 6901, force=False)
    assert second is not first
    assert desk.holder(first.value, NOON + 7199) == desk.holder(second.value, NOON + 7199) == "wx1"
    with pytest.raises(Refused) as caught:
        desk.holder(first.value, NOON + 7201)
    assert caught.value.errcode == 42001


def test_two_forced_refreshes_kill_a_leaked_token_at_once() -> None:
    desk = Desk()
    leaked = desk.stable_token(account(), NOON, force=False)
    desk.stable_token(account(), NOON + 1, force=True)
    assert desk.holder(leaked.value, NOON + 30) == "wx1"
    desk.stable_token(account(), NOON + 31, force=True)
    with pytest.raises(Refused) as caught:
        desk.holder(leaked.value, NOON + 31)
    assert caught.value.errcode == 40001


def test_a_forced_refresh_happens_twenty_times_a_day_and_then_gives_the_same_token() -> None:
    desk = Desk()
    first = desk.stable_token(account(), NOON, force=False)
    forced = [desk.stable_token(account(), NOON + 31 * number, force=True) for number in range(20)]
    assert len({token.value for token in (first, *forced)}) == 21
    assert desk.stable_token(account(), NOON + 1000, force=True) is forced[-1]


def test_an_older_classic_token_lives_five_more_minutes() -> None:
    desk = Desk()
    older = desk.classic_token(account(), NOON)
    desk.classic_token(account(), NOON + 10)
    assert desk.holder(older.value, NOON + 309) == "wx1"
    with pytest.raises(Refused) as caught:
        desk.holder(older.value, NOON + 311)
    assert caught.value.errcode == 40001


def test_tokens_live_as_long_as_the_account_says(sandbox: SandboxClient) -> None:
    sandbox.control("PUT", "accounts/wx1", {"token_ttl": 60})
    assert sandbox.stable_token("wx1").json()["expires_in"] == 60


def test_long_expired_tokens_are_forgotten() -> None:
    desk = Desk()
    old = desk.classic_token(account(), NOON)
    desk.classic_token(account(), NOON + 20_000)
    assert old.value not in desk.issued
