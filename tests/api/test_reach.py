"""Whether a user can be reached, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.api.site import Site, told
from tests.factories import break_channel
from ums.domain.commands import Json
from ums.domain.credit import Cause, CreditPlace, Source
from ums.domain.follow import Follow, ToldBy
from ums.domain.template import RemoteTemplate
from ums.services import channels
from ums.store import credits, follows, templates, users
from ums.store.models import ChannelRow, GrantRow

NOTHING = {"reason": "", "fix": "", "until": None}
UPLOAD = "The application uploads his address with POST /v1/user/opt."
HOUR = 3600


def found(site: Site, userid: str, query: str = "") -> dict[str, list[Any]]:
    """All reasons on each channel; asserts that those without one are reachable, and that the first stands out."""
    answer = site.get(f"/v1/user/{userid}/reach{query}").get_json()
    assert answer["userid"] == userid
    for channel in answer["channels"]:
        first = {name: channel[name] for name in ("reason", "fix", "until")}
        told = next(iter(channel["reasons"]), {"reason": "", "fix": "", "until": None, "detail": ""})
        assert {**first, "detail": told["detail"]} == told
        assert channel["reachable"] is (channel["reasons"] == [])
        assert all(one["reason"] and one["fix"].endswith(".") for one in channel["reasons"])
    return {channel["channel"]: channel["reasons"] for channel in answer["channels"]}


def reasons(site: Site, userid: str, query: str = "") -> dict[str, str]:
    """The reason on each channel; where there is more than one, all of them."""
    told = found(site, userid, query)
    return {code: " ".join(one["reason"] for one in those) for code, those in told.items()}


def put(site: Site, **state: str) -> None:
    with site.gateway.database.write() as session:
        session.execute(update(ChannelRow).where(ChannelRow.code == "app1").values(**state))


def test_every_granted_channel_is_told_with_what_stands_in_the_way(site: Site) -> None:
    unbound = {"reason": "not_bound", "fix": UPLOAD, "until": None}
    assert site.get("/v1/user/zhangsan/reach").get_json() == {
        "code": 0,
        "userid": "zhangsan",
        "channels": [
            {"channel": "app1", "type": "app", "reachable": True, "reasons": [], **NOTHING},
            {
                "channel": "mail1",
                "type": "email",
                "reachable": False,
                "reasons": [{**unbound, "detail": ""}],
                **unbound,
            },
        ],
    }
    assert reasons(site, "lisi") == {"app1": "not_bound", "mail1": ""}


def test_a_retired_address_reaches_nobody(site: Site) -> None:
    with site.gateway.database.write() as session:
        users.retire_addresses(session, [("app", "app1", "fake-zhangsan", "gone")], 5.0)
    (told,) = found(site, "zhangsan")["app1"]
    assert (told["reason"], told["detail"], told["until"]) == ("address_retired", "gone", None)


@pytest.mark.parametrize(
    ("state", "reason"), [("parked", "channel_parked"), ("closed", "channel_closed"), ("paused", "channel_paused")]
)
def test_the_state_of_the_channel_counts(site: Site, state: str, reason: str) -> None:
    put(site, state=state)
    assert reasons(site, "zhangsan")["app1"] == reason


def test_a_channel_whose_calls_keep_failing_is_told_with_the_last_reason(site: Site) -> None:
    break_channel(site.gateway, "app1", "answer_timeout")
    (told,) = found(site, "zhangsan")["app1"]
    assert (told["reason"], told["detail"], told["until"]) == ("channel_failing", "answer_timeout", None)
    assert "within a minute" in str(told["fix"])


def test_a_channel_without_its_plugin_reaches_nobody(site: Site) -> None:
    with site.gateway.database.write() as session:
        session.execute(update(GrantRow).where(GrantRow.type == "app").values(type="wechatmp"))
    (told,) = found(site, "zhangsan")["app1"]
    assert (told["reason"], "plugin" in told["fix"]) == ("channel_closed", True)


def test_a_template_must_be_in_the_channels_list(site: Site) -> None:
    with site.gateway.database.write() as session:
        known = RemoteTemplate(template_id="T1", title="Parcel", kind="templates", content="{{thing1}}")
        templates.replace(session, 1, [known])
    both = "not_bound template_unknown"
    assert reasons(site, "zhangsan", "?template=T1") == {"app1": "", "mail1": both}
    assert reasons(site, "zhangsan", "?template=T2") == {"app1": "template_unknown", "mail1": both}
    assert reasons(site, "lisi", "?template=T1") == {"app1": "not_bound", "mail1": "template_unknown"}
    assert reasons(site, "lisi", "?template=T2")["app1"] == "not_bound template_unknown"


def test_only_an_application_asks_and_only_about_users_it_may_see(site: Site) -> None:
    hidden: Json = [{"userid": "hidden", "set": {"app": {"app2": ["fake-hidden"]}}}]
    assert site.post("/v1/user/opt", hidden, auth=site.bank).status_code == 200
    assert told(site.get("/v1/user/hidden/reach"))[:2] == (404, 4040)
    assert told(site.get("/v1/user/nobody/reach"))[:2] == (404, 4040)
    assert told(site.get("/v1/user/zhangsan/reach", site.staff))[:2] == (403, 4030)
    assert told(site.get("/v1/user/zhangsan/reach?templates=T1"))[:2] == (400, 4004)


def test_who_has_no_subscription_left_is_not_reached_with_that_template(site: Site) -> None:
    with site.gateway.database.write() as session:
        channel_id = session.scalars(select(ChannelRow.id).where(ChannelRow.code == "app1")).one()
        listed = [RemoteTemplate(template_id=name, title="", kind="message", content="") for name in ("t1", "t2")]
        templates.replace(session, channel_id, listed)
        place = CreditPlace(channel_id, "fake-zhangsan", "t1")
        credits.empty(session, place, Cause.SWITCHED_OFF, site.clock.now())
    assert reasons(site, "zhangsan", "?template=t1")["app1"] == "no_credit"
    assert reasons(site, "zhangsan", "?template=t2")["app1"] == ""
    assert reasons(site, "zhangsan")["app1"] == ""


def test_where_unknown_credits_count_as_none_nobody_unknown_is_reached(site: Site) -> None:
    with site.gateway.database.write() as session:
        channel_id = session.scalars(select(ChannelRow.id).where(ChannelRow.code == "app1")).one()
        t1 = RemoteTemplate(template_id="t1", title="", kind="message", content="")
        uncounted = [
            replace(t1, template_id="long", long_term=True),
            replace(t1, template_id="free", kind="notice"),
        ]
        templates.replace(session, channel_id, [t1, *uncounted])
    channels.change(site.gateway, "app1", {"unknown_credits": "none"})
    assert reasons(site, "zhangsan", "?template=t1")["app1"] == "no_credit"
    assert reasons(site, "zhangsan", "?template=long")["app1"] == ""
    assert reasons(site, "zhangsan", "?template=free")["app1"] == ""
    with site.gateway.database.write() as session:
        place = CreditPlace(channel_id, "fake-zhangsan", "t1")
        credits.allow(session, place, Source.EVENT, site.clock.now())
    assert reasons(site, "zhangsan", "?template=t1")["app1"] == ""


def test_who_has_left_is_not_reached_but_by_templates_that_need_no_follower(site: Site) -> None:
    with site.gateway.database.write() as session:
        channel_id = session.scalars(select(ChannelRow.id).where(ChannelRow.code == "app1")).one()
        listed = [
            RemoteTemplate(template_id=kind, title="", kind=kind, content="") for kind in ("message", "notice")
        ]
        templates.replace(session, channel_id, listed)
        follows.tell(session, channel_id, Follow("fake-zhangsan", following=False, at=5.0), ToldBy.EVENT)
    assert reasons(site, "zhangsan")["app1"] == "not_following"
    assert reasons(site, "zhangsan", "?template=message")["app1"] == "not_following"
    assert reasons(site, "zhangsan", "?template=notice")["app1"] == ""


def on_list(site: Site, kind: str, *userids: str) -> int:
    made = site.as_operator("POST", f"/{kind}s", {"name": kind, "userids": [*userids]})
    return int(made.get_json()["id"])


def test_a_list_keeps_out_as_it_does_from_a_message_that_names_it(site: Site) -> None:
    black, white = on_list(site, "blacklist", "zhangsan"), on_list(site, "whitelist", "lisi")
    for query, option in ((f"black_id={black}", {"black_id": black}), (f"white_id={white}", {"white_id": white})):
        assert reasons(site, "zhangsan", f"?{query}") == {"app1": "kept_out", "mail1": "kept_out not_bound"}
        assert reasons(site, "lisi", f"?{query}")["mail1"] == ""
        dry = site.send({"option": {**option, "dry_run": True}}).get_json()
        assert [one["reason"] for one in dry["unreachable"]] == ["kept_out"]


def test_a_list_that_there_is_not_is_refused_as_in_a_message(site: Site) -> None:
    for query, path in (("black_id=7", "black_id"), ("white_id=7", "white_id")):
        answer = site.get(f"/v1/user/zhangsan/reach?{query}")
        assert told(answer)[:2] == told(site.send({"option": {path: 7}}))[:2]
        assert [*answer.get_json()["errors"]] == [path]
    both = site.get("/v1/user/zhangsan/reach?black_id=1&white_id=1")
    assert told(both)[1] == told(site.send({"option": {"black_id": 1, "white_id": 1}}))[1]


def under(site: Site, **policy: Json) -> None:
    """Put the application under a policy."""
    (shop,) = [
        one for one in site.as_operator("GET", "/applications").get_json()["applications"] if one["name"] == "shop"
    ]
    body: Json = {"policy": {"rate_limit": 0, **policy}}
    assert site.as_operator("PUT", f"/applications/{shop['id']}", body).status_code == 200


@pytest.mark.parametrize("action", ["hold", "refuse"])
def test_quiet_hours_come_first_and_are_told_with_their_end(site: Site, action: str) -> None:
    noon = site.clock.now() // HOUR * HOUR  # the site's clock shows 08:00 in UTC
    under(site, quiet_hours={"start": "07:30", "end": "10:00", "timezone": "UTC", "action": action})
    first, second = found(site, "zhangsan")["mail1"]
    assert (first["reason"], first["until"], second["reason"]) == ("quiet_hours", noon + 2 * HOUR, "not_bound")
    answer = site.send()
    assert answer.status_code == (200 if action == "hold" else 400)
    assert ("held" in first["fix"]) is (action == "hold")
    site.clock.advance(2 * HOUR)
    assert reasons(site, "zhangsan")["app1"] == ""


def test_where_an_operator_approves_first_quiet_hours_refuse_nothing(site: Site) -> None:
    quiet: Json = {"start": "07:30", "end": "10:00", "timezone": "UTC", "action": "refuse"}
    under(site, quiet_hours=quiet, needs_approval=True)
    assert "held" in found(site, "zhangsan")["app1"][0]["fix"]
    assert site.send({"option": {"owner": "li"}}).status_code == 200


def test_settings_that_cannot_be_used_are_told_before_they_park_the_channel(site: Site) -> None:
    with site.gateway.database.write() as session:
        session.execute(update(ChannelRow).where(ChannelRow.code == "app1").values(sealed_settings=b"other"))
    assert reasons(site, "zhangsan")["app1"] == "settings_unusable"


def test_a_test_message_reaches_who_plays_a_role_and_minds_no_channel(site: Site) -> None:
    put(site, state="parked")
    assert told(site.get("/v1/user/test-delivered/reach"))[:2] == (404, 4040)
    under(site, test_mode=True)
    assert reasons(site, "test-delivered") == {"app1": "", "mail1": ""}
    assert reasons(site, "test-unreachable") == {"app1": "not_bound", "mail1": "not_bound"}
    assert reasons(site, "zhangsan") == {"app1": "", "mail1": "not_bound"}
