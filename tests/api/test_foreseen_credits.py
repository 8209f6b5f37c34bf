"""A dry run asks the ledger as a send does: it tells who has no credit left, and where that leads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.site import Site, open_site
from tests.factories import create_user
from ums.domain.commands import Json
from ums.domain.credit import Cause, CreditChange
from ums.domain.rule import ALL_AT_ONCE, FIRST_REACHABLE
from ums.services import accounts, channels, credits


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site(tmp_path)
    addresses = [("app", "app1", "fake-wangwu"), ("email", "all", "fake-mail")]
    create_user(opened.gateway, userid="wangwu", bindings=addresses)
    create_user(opened.gateway, userid="zhaoliu", bindings=[("app", "app1", "fake-zhaoliu")])
    yield opened
    opened.gateway.close()


def switched_off(site: Site, *userids: str) -> None:
    """They have no credit for the template t1, as is known."""
    changes = [CreditChange(f"fake-{userid}", "t1", Cause.SWITCHED_OFF) for userid in userids]
    with site.gateway.database.write() as session:
        credits.apply(session, accounts.account(site.gateway, "app1").id, changes, site.clock.now())


def rehearsed(site: Site, rule_id: int, **app: Json) -> list[dict[str, Json]]:
    body: Json = {
        "aud_userid": ["wangwu", "zhaoliu"],
        "rule_id": rule_id,
        "msg_app": [{"text": "Hello", "template": "t1", **app}],
        "msg_email": [{"text": "Hello"}],
        "option": {"dry_run": True},
    }
    answer = site.post("/v1/sent", body).get_json()
    return [answer["channels"], {one["reason"]: one["userids"] for one in answer["unreachable"]}]


def test_whoever_has_no_credit_goes_on_along_the_rule_or_is_told(site: Site) -> None:
    switched_off(site, "wangwu", "zhaoliu")
    blocked = {"app1: no_credit, mail1: not_bound": ["zhaoliu"]}
    assert rehearsed(site, FIRST_REACHABLE) == [{"mail1": 1}, blocked]


def test_at_once_on_all_channels_he_is_told_only_where_none_is_left(site: Site) -> None:
    switched_off(site, "wangwu", "zhaoliu")
    assert rehearsed(site, ALL_AT_ONCE) == [{"mail1": 1}, {"app1: no_credit": ["zhaoliu"]}]


def test_of_whom_nothing_is_known_the_channel_s_settings_decide(site: Site) -> None:
    assert rehearsed(site, FIRST_REACHABLE) == [{"app1": 2}, {}]
    channels.change(site.gateway, "app1", {"unknown_credits": "none"})
    assert rehearsed(site, FIRST_REACHABLE)[0] == {"mail1": 1}


def test_what_needs_no_credit_is_not_asked_for_one(site: Site) -> None:
    switched_off(site, "wangwu", "zhaoliu")
    assert rehearsed(site, FIRST_REACHABLE, template="t2") == [{"app1": 2}, {}]


def test_a_rule_that_does_not_move_on_from_refusals_stays(site: Site) -> None:
    switched_off(site, "wangwu", "zhaoliu")
    steps: Json = [{"channels": ["app"], "on": ["unreachable"]}, {"channels": ["email"]}]
    made = site.as_operator("POST", "/rules", {"name": "careful", "steps": steps}).get_json()
    assert rehearsed(site, made["id"]) == [{}, {"app1: no_credit": ["wangwu", "zhaoliu"]}]


def test_a_broadcast_is_foreseen_as_well(site: Site) -> None:
    switched_off(site, "wangwu")
    body: Json = {"msg_app": [{"text": "Hello", "template": "t1"}], "option": {"dry_run": True}}
    answer = site.post("/v1/broadcast", body).get_json()
    assert {"reason": "app1: no_credit", "count": 1, "userids": ["wangwu"]} in answer["unreachable"]


def test_an_address_of_the_caller_s_own_is_told_without_its_name(site: Site) -> None:
    switched_off(site, "wangwu")
    body: Json = {
        "aud_app": [{"instance": "app", "data": ["fake-wangwu", "fake-stranger"]}],
        "msg_app": [{"text": "Hello", "template": "t1"}],
        "option": {"dry_run": True},
    }
    answer = site.post("/v1/sent", body).get_json()
    assert (answer["recipients"], answer["channels"]) == (2, {"app1": 1})
    assert answer["unreachable"] == [{"reason": "app1: no_credit", "count": 1, "userids": []}]
