"""Whether a user can be reached, before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from tests.api.site import Site, told
from ums.domain.commands import Json
from ums.domain.credit import Cause, CreditPlace, Source
from ums.domain.follow import Follow, ToldBy
from ums.domain.template import RemoteTemplate
from ums.services import channels
from ums.store import credits, follows, templates, users
from ums.store.models import ChannelRow, GrantRow


def reasons(site: Site, userid: str, query: str = "") -> dict[str, str]:
    """The reason on each channel; asserts that those without one are reachable, and no others."""
    answer = site.get(f"/v1/user/{userid}/reach{query}").get_json()
    assert answer["userid"] == userid
    assert all(channel["reachable"] is (channel["reason"] == "") for channel in answer["channels"])
    return {channel["channel"]: channel["reason"] for channel in answer["channels"]}


def put(site: Site, **state: str) -> None:
    with site.gateway.database.write() as session:
        session.execute(update(ChannelRow).where(ChannelRow.code == "app1").values(**state))


def test_every_granted_channel_is_told_with_what_stands_in_the_way(site: Site) -> None:
    assert site.get("/v1/user/zhangsan/reach").get_json() == {
        "code": 0,
        "userid": "zhangsan",
        "channels": [
            {"channel": "app1", "type": "app", "reachable": True, "reason": ""},
            {"channel": "mail1", "type": "email", "reachable": False, "reason": "not_bound"},
        ],
    }
    assert reasons(site, "lisi") == {"app1": "not_bound", "mail1": ""}


def test_a_retired_address_reaches_nobody(site: Site) -> None:
    with site.gateway.database.write() as session:
        users.retire_addresses(session, [("app", "app1", "fake-zhangsan", "gone")], 5.0)
    assert reasons(site, "zhangsan")["app1"] == "address_retired"


@pytest.mark.parametrize(
    ("state", "reason"), [("parked", "channel_parked"), ("closed", "channel_closed"), ("paused", "")]
)
def test_the_state_of_the_channel_counts(site: Site, state: str, reason: str) -> None:
    put(site, state=state)
    assert reasons(site, "zhangsan")["app1"] == reason


def test_a_channel_without_its_plugin_reaches_nobody(site: Site) -> None:
    with site.gateway.database.write() as session:
        session.execute(update(GrantRow).where(GrantRow.type == "app").values(type="wechatmp"))
    assert reasons(site, "zhangsan")["app1"] == "channel_closed"


def test_a_template_must_be_in_the_channels_list(site: Site) -> None:
    with site.gateway.database.write() as session:
        known = RemoteTemplate(template_id="T1", title="Parcel", kind="templates", content="{{thing1}}")
        templates.replace(session, 1, [known])
    assert reasons(site, "zhangsan", "?template=T1") == {"app1": "", "mail1": "not_bound"}
    assert reasons(site, "zhangsan", "?template=T2") == {"app1": "template_unknown", "mail1": "not_bound"}
    assert reasons(site, "lisi", "?template=T1") == {"app1": "not_bound", "mail1": "template_unknown"}


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
