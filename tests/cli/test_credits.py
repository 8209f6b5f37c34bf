"""The ledger of credits from the command line."""

from __future__ import annotations

import pytest

from tests.cli.terminal import Ums, document
from tests.factories import caller_of, create_user
from ums.cli.opening import opened_gateway
from ums.domain.credit import Choice
from ums.services import applications, credits
from ums.services.credits import Whose

ZHANGSAN, NOBODY = "oMPzhangsan00000000000000001", "oMPnobody0000000000000000002"


@pytest.fixture(autouse=True)
def allowed(ums: Ums) -> None:
    """zhangsan allows two of T1 and one of T2, and somebody without a userid one of T1."""
    ums("application", "add", "shop")
    words = ("--set", "appid=wx0123456789abcdef", "--set", "secret=right", "--set", "base_url=http://127.0.0.1:9")
    assert ums("channel", "add", "mp1", "--type", "wechatmp", *words, "--grant", "shop").exit_code == 0
    with opened_gateway() as gateway:
        create_user(gateway, userid="zhangsan", bindings=[("wechatmp", "mp1", ZHANGSAN)])
        caller = caller_of(gateway, applications.by_name(gateway, "shop").id)
        for openid, template in ((ZHANGSAN, "T1"), (ZHANGSAN, "T1"), (ZHANGSAN, "T2"), (NOBODY, "T1")):
            credits.report(gateway, caller, "mp1", Whose(openid=openid), {template: Choice.ACCEPT})


def test_each_template_is_told_with_its_sums(ums: Ums) -> None:
    sums = {"title": "", "without": 0, "reserved": 0}
    first = {"template_id": "T1", "known": 2, "holders": 2, "credits": 3, **sums}
    second = {"template_id": "T2", "known": 1, "holders": 1, "credits": 1, **sums}
    told = document(ums("channel", "credits", "mp1", "--json"))
    assert told == {"code": 0, "templates": [first, second], "saved_calls": 0}
    assert document(ums("channel", "credits", "mp1", "--template", "T2", "--json"))["templates"] == [second]
    assert "0 calls were saved" in ums("channel", "credits", "mp1").stdout


def test_who_runs_out_comes_first_with_his_openid_shortened(ums: Ums) -> None:
    page = document(ums("channel", "credits", "mp1", "--low", "5", "--limit", "2", "--json"))
    rows = page["subscriptions"]
    assert isinstance(rows, list)
    told = [(one["userid"], one["openid"], one["template_id"], one["credits"]) for one in rows]  # type: ignore[call-overload, index]
    assert told == [(None, "oMPn…0002", "T1", 1), ("zhangsan", "oMPz…0001", "T2", 1)]
    assert page["next"] == 2
    rest = ums("channel", "credits", "mp1", "--low", "5", "--start", "2").stdout
    assert "zhangsan" in rest
    assert "More" not in rest
    assert ZHANGSAN not in rest
    assert "nothing yet" in ums("channel", "credits", "mp1", "--low", "0").stdout


@pytest.mark.parametrize("whose", ["zhangsan", ZHANGSAN])
def test_a_users_balances_are_told_with_how_they_came_about(ums: Ums, whose: str) -> None:
    found = document(ums("channel", "credits", "mp1", "--user", whose, "--template", "T1", "--json"))
    assert str(found).count("'cause': 'allowed', 'source': 'report'") == 2
    shown = ums("channel", "credits", "mp1", "--user", whose).stdout
    assert "Credits of oMPz…0001" in shown
    assert ZHANGSAN not in shown


@pytest.mark.parametrize(
    ("words", "code"),
    [(("mp1", "--user", "a b"), 4040), (("nosuch",), 4040)],
)
def test_what_is_not_there_is_told(ums: Ums, words: tuple[str, ...], code: int) -> None:
    assert document(ums("channel", "credits", *words, "--json"), status=1)["code"] == code


def test_a_user_and_a_number_are_not_looked_up_at_once(ums: Ums) -> None:
    assert ums("channel", "credits", "mp1", "--user", "zhangsan", "--low", "1").exit_code == 2
