"""What was handed out is worth nothing once its application is closed or may use the channel no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.binding.phone import CODE, Phone, Town, result_in, title
from ums.services import applications, channels, granting
from ums.store import channels as channel_store

Undoing = Callable[[Town], None]


def revoke(town: Town) -> None:
    granting.revoke(town.site.gateway, "oa1", "shop")


def close_channel(town: Town) -> None:
    channels.close(town.site.gateway, "oa1")


def close_application(town: Town) -> None:
    applications.close(town.site.gateway, "shop")


UNDOING = [revoke, close_channel, close_application]


@pytest.mark.parametrize("undo", UNDOING)
def test_a_link_is_over(town: Town, phone: Phone, undo: Undoing) -> None:
    link = town.link(userid="newcomer")
    undo(town)
    assert phone.get(link).status_code == 403


@pytest.mark.parametrize("wanted", [{"userid": "newcomer"}, {}], ids=["bind", "who are you"])
@pytest.mark.parametrize("undo", UNDOING)
def test_a_visit_under_way_binds_nobody_and_the_provider_is_not_asked(
    town: Town, phone: Phone, undo: Undoing, wanted: dict[str, str]
) -> None:
    town.knows()
    state = phone.opens(town.link(**wanted))
    undo(town)
    page = phone.get(phone.returns(state).location)
    assert (page.status_code, title(page)) == (403, "This link is over · The shop")
    assert town.people.asked == []


def test_nobody_is_bound_to_a_user_who_was_deleted_meanwhile(town: Town, phone: Phone) -> None:
    town.knows()
    link = town.link(userid="zhangsan")
    other = town.link(userid="newcomer")
    state = phone.opens(link)
    answer = town.site.post("/v1/user/delete", ["zhangsan", "newcomer"], auth=town.site.staff)
    assert answer.get_json()["data"]["success"] == ["zhangsan"]
    assert phone.get(phone.returns(state).location).status_code == 403
    assert phone.get(link).status_code == 403
    assert town.people.asked == []
    assert town.site.get("/v1/user/zhangsan").status_code == 404
    # who is still to come was not deleted
    assert phone.get(other).status_code == 302


@pytest.mark.parametrize("undo", [revoke, close_channel])
def test_a_result_is_none(town: Town, phone: Phone, undo: Undoing) -> None:
    town.knows()
    result = result_in(phone.walks(town.link()))
    undo(town)
    assert town.site.post("/v1/bind/result", {"result": result}).status_code == 404
    assert town.site.post("/v1/bind/complete", {"result": result, "userid": "newcomer"}).status_code == 404
    assert town.site.get("/v1/user/newcomer").status_code == 404


def test_who_comes_back_to_a_parked_channel_costs_no_call(town: Town, phone: Phone) -> None:
    town.knows()
    state = phone.opens(town.link(userid="newcomer"))
    with town.site.gateway.database.write() as session:
        channel = channel_store.by_code(session, "oa1")
        assert channel is not None
        channel_store.park(session, channel.id, "the secret is wrong", town.site.clock.now())
    back = phone.returns(state)
    assert title(phone.get(back.location)) == "Not right now · The shop"
    assert town.people.asked == []
    channels.resume(town.site.gateway, "oa1")
    again = phone.get(f"/bind/oa1/again?state={state}")
    assert again.status_code == 302
    assert CODE in town.people.codes
