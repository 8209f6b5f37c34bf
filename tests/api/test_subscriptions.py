from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.site import Site, open_site
from tests.fakes import PlainPlugin
from ums.domain.commands import Json
from ums.domain.credit import PAIRING_SECONDS, Cause, CreditChange
from ums.domain.template import RemoteTemplate
from ums.services import accounts, channels, credits
from ums.store import templates

PATH = "/v1/subscription"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site(tmp_path, plugins=[PlainPlugin("sms")])
    yield opened
    opened.gateway.close()


def reported(site: Site, results: Json, **changes: Json) -> Json:
    """What a good report of zhangsan's answers is answered."""
    answer = site.post(PATH, {"channel": "app1", "userid": "zhangsan", "results": results, **changes})
    assert answer.status_code == 200, answer.get_json()
    found: Json = answer.get_json()["credits"]
    return found


def told(site: Site, *changes: CreditChange) -> None:
    """The provider of app1 tells what users allow."""
    channel_id = accounts.account(site.gateway, "app1").id
    with site.gateway.database.write() as session:
        credits.apply(session, channel_id, changes, site.clock.now())


def accepted(template_id: str = "t1", address: str = "fake-zhangsan") -> CreditChange:
    return CreditChange(address, template_id, Cause.ALLOWED)


def listed(site: Site, query: str = "") -> list[dict[str, Json]]:
    answer = site.get(f"{PATH}?channel=app1{query}")
    assert answer.status_code == 200, answer.get_json()
    subscriptions: list[dict[str, Json]] = answer.get_json()["subscriptions"]
    return subscriptions


def test_each_acceptance_is_one_more_message(site: Site) -> None:
    assert reported(site, {"t1": "accept", "t2": "reject", "t3": "ban", "t4": "filter"}) == {
        "t1": 1,
        "t2": None,
        "t3": None,
        "t4": None,
    }
    assert reported(site, {"t1": "accept"}) == {"t1": 2}
    assert reported(site, {"t1": "reject"}) == {"t1": 2}


def test_an_openid_needs_no_user_yet(site: Site) -> None:
    answer = site.post(PATH, {"channel": "app1", "openid": "fake-new", "results": {"t1": "accept"}})
    assert answer.get_json()["credits"] == {"t1": 1}
    assert [(one["openid"], one["userid"]) for one in listed(site)] == [("fake-new", None)]


@pytest.mark.parametrize("event_first", [True, False])
def test_a_tap_that_both_tell_of_is_one_credit(site: Site, event_first: bool) -> None:
    for told_by_event in (event_first, not event_first):
        if told_by_event:
            told(site, accepted())
        else:
            reported(site, {"t1": "accept"})
        site.clock.advance(5)
    assert reported(site, {"t1": "reject"}) == {"t1": 1}
    told(site, accepted())
    assert reported(site, {"t1": "reject"}) == {"t1": 2}


def test_a_long_term_template_has_no_count(site: Site) -> None:
    channel_id = accounts.account(site.gateway, "app1").id
    reported(site, {"gov": "accept"})
    with site.gateway.database.write() as session:
        gov = RemoteTemplate(template_id="gov", title="", kind="message", content="", long_term=True)
        templates.replace(session, channel_id, [gov, replace(gov, template_id="t1", long_term=False)])
        credits.apply(session, channel_id, [CreditChange("fake-zhangsan", "gov", Cause.SWITCHED_OFF)], 5.0)
    told(site, accepted("gov"))
    assert reported(site, {"gov": "accept", "t1": "accept"}) == {"gov": None, "t1": 1}
    assert [one["credits"] for one in listed(site, "&template=gov")] == [1]


def test_its_times_are_whole_seconds(site: Site) -> None:
    site.clock.advance(0.25)
    reported(site, {"t1": "accept"})
    history = site.get(f"{PATH}/history?channel=app1&userid=zhangsan&template=t1").get_json()["changes"]
    times = [listed(site)[0]["updated_at"], history[0]["at"]]
    assert times == [int(site.clock.now())] * 2
    assert all(type(at) is int for at in times)


def test_taps_that_are_far_apart_are_two_credits(site: Site) -> None:
    told(site, accepted())
    site.clock.advance(PAIRING_SECONDS + 1)
    assert reported(site, {"t1": "accept"}) == {"t1": 2}


def test_who_switches_a_template_off_has_no_credit_left(site: Site) -> None:
    reported(site, {"t1": "accept", "t2": "accept"})
    told(site, CreditChange("fake-zhangsan", "t1", Cause.SWITCHED_OFF))
    assert reported(site, {"t1": "reject", "t2": "reject"}) == {"t1": 0, "t2": 1}


def test_balances_are_listed_and_those_who_run_out_are_found(site: Site) -> None:
    for _ in range(3):
        reported(site, {"t1": "accept"})
    reported(site, {"t2": "accept"})
    told(site, accepted(address="fake-other"))
    assert [(one["userid"], one["template_id"], one["credits"]) for one in listed(site)] == [
        (None, "t1", 1),
        ("zhangsan", "t1", 3),
        ("zhangsan", "t2", 1),
    ]
    assert len(listed(site, "&at_most=1")) == 2
    assert [one["openid"] for one in listed(site, "&template=t1&at_most=2")] == ["fake-other"]
    assert [one["template_id"] for one in listed(site, "&userid=zhangsan")] == ["t1", "t2"]


def test_a_list_goes_on_where_it_ended(site: Site) -> None:
    for template_id in ("t1", "t2", "t3"):
        reported(site, {template_id: "accept"})
    first = site.get(f"{PATH}?channel=app1&limit=2").get_json()
    rest = site.get(f"{PATH}?channel=app1&limit=2&cursor={first['next']}").get_json()
    found = [one["template_id"] for one in first["subscriptions"] + rest["subscriptions"]]
    assert (found, rest["next"]) == (["t1", "t2", "t3"], None)


def test_a_balance_has_a_history(site: Site) -> None:
    reported(site, {"t1": "accept"})
    told(site, CreditChange("fake-zhangsan", "t1", Cause.SWITCHED_OFF))
    answer = site.get(f"{PATH}/history?channel=app1&userid=zhangsan&template=t1").get_json()
    assert [(one["change"], one["credits"], one["cause"], one["source"]) for one in answer["changes"]] == [
        (1, 1, "allowed", "report"),
        (-1, 0, "switched_off", None),
    ]


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"channel": "app2"}, 404, "There is no channel app2, or it is not yours to see."),
        ({"userid": "nobody"}, 404, "There is no user nobody, or he is not yours to see."),
        ({"userid": "lisi"}, 400, "userid: lisi has no address in use on app1; give openid"),
        ({"openid": "fake-zhangsan"}, 400, "userid: give either userid or openid"),
        ({"userid": None}, 400, "userid: must be a text, not null"),
        ({"results": {}}, 400, "results: must have 1 to 20 templates, not 0"),
        ({"results": {"t1": "yes"}}, 400, "results.t1: must be one of accept, reject, ban, filter, not yes"),
        ({"results": {"t 1": "accept"}}, 400, "results.t 1: no template has such an id"),
        ({"results": ["t1"]}, 400, "results: must be an object, not a list"),
        ({"more": 1}, 400, "more: is unknown here"),
    ],
)
def test_a_report_that_will_not_do_says_why(site: Site, changes: Json, status: int, said: str) -> None:
    good: dict[str, Json] = {"channel": "app1", "userid": "zhangsan", "results": {"t1": "accept"}}
    assert isinstance(changes, dict)
    answer = site.post(PATH, {**good, **changes})
    assert (answer.status_code, answer.get_json()["message"][: len(said)]) == (status, said)
    assert listed(site) == []


def test_a_channel_whose_provider_counts_nothing_has_no_credits(site: Site) -> None:
    given = {"account": "sms1", "secret": "right"}
    channels.add(site.gateway, "sms1", "sms", given, ["shop"])
    answer = site.get(f"{PATH}?channel=sms1")
    assert answer.status_code == 400
    assert answer.get_json()["message"] == "channel: channels of the type sms have no credits"


@pytest.mark.parametrize("query", ["", "?channel=app1&limit=0", "?channel=app1&cursor=x", "?channel=a&at_most=-1"])
def test_a_query_that_will_not_do_is_refused(site: Site, query: str) -> None:
    assert site.get(f"{PATH}{query}").status_code == 400
