"""Who is in an audience, as an application sees its users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import create_application, create_channel, create_gateway, create_user
from ums.domain.audience import Audience
from ums.domain.commands import Json
from ums.domain.segment import read_filter
from ums.domain.user_list import ListKind
from ums.services import applications, lists, segments
from ums.services.gateway import Gateway
from ums.store import audiences, routes, users
from ums.store.audiences import Scope

pytestmark = pytest.mark.both_databases

BLACK, WHITE = ListKind


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """`shop` sees u1 to u5 and has app1; u6 is the bank's alone, nothing is bound to u7."""
    opened = create_gateway(home=tmp_path)
    shop, bank = (create_application(opened, name=name) for name in ("shop", "bank"))
    create_channel(opened, code="app1", grants=["shop"])
    create_channel(opened, code="mail1", type="email", grants=["shop"])
    create_channel(opened, code="app2", grants=["bank"])
    people = {
        "u1": [("tag", "all", "vip"), ("app", "app1", "a1"), ("email", "all", "e1")],
        "u2": [("tag", "all", "vip"), ("tag", "all", "new"), ("email", shop.channel_key, "e2")],
        "u3": [("tag", shop.channel_key, "gold"), ("email", bank.channel_key, "e3")],
        "u4": [("tag", "all", "gold"), ("app", "app1", "a4"), ("app", "app2", "b4")],
        "u5": [("email", "all", "e5")],
        "u6": [("app", "app2", "b6"), ("tag", bank.channel_key, "vip")],
        "u7": [],
    }
    for userid, bindings in people.items():
        create_user(opened, userid=userid, bindings=bindings)
    yield opened
    opened.close()


def scope_of(gateway: Gateway, name: str) -> Scope:
    application = applications.by_name(gateway, name)
    with gateway.database.read() as session:
        return Scope.of(routes.sender(session, application.id))


def found(gateway: Gateway, audience: Audience, name: str = "shop", limit: int = 2) -> list[str]:
    """All pages of an audience; asserts that they count to what `count` says."""
    scope = scope_of(gateway, name)
    userids: list[str] = []
    after = 0
    with gateway.database.read() as session:
        while page := audiences.select_page(session, audience, scope, after, limit):
            assert after < page[0].id
            userids += [member.userid for member in page]
            after = page[-1].id
        assert audiences.count(session, audience, scope) == len(userids)
    return userids


def in_segment(gateway: Gateway, document: Json, name: str = "shop") -> list[str]:
    made = segments.add(gateway, "asked", read_filter(document))
    userids = found(gateway, Audience(segment_id=made.id), name)
    segments.remove(gateway, made.id)
    return userids


def test_everyone_is_whom_the_application_may_see_something_of(gateway: Gateway) -> None:
    assert found(gateway, Audience(everyone=True)) == ["u1", "u2", "u3", "u4", "u5"]
    assert found(gateway, Audience(everyone=True), "bank") == ["u1", "u2", "u3", "u4", "u5", "u6"]


def test_a_tag_counts_under_the_channel_key_wherever_anybody_has_it_there(gateway: Gateway) -> None:
    assert found(gateway, Audience(tags=("vip",))) == ["u1", "u2"]
    assert found(gateway, Audience(tags=("gold",))) == ["u3"]
    assert found(gateway, Audience(tags=("vip",)), "bank") == ["u6"]
    assert found(gateway, Audience(tags=("gold",)), "bank") == ["u4"]


def test_any_of_several_tags_will_do_and_nobody_comes_twice(gateway: Gateway) -> None:
    assert found(gateway, Audience(tags=("new", "gold", "vip")), limit=1) == ["u1", "u2", "u3"]
    assert found(gateway, Audience(tags=("nobody",))) == []


def test_tags_userids_and_a_segment_narrow_one_another(gateway: Gateway) -> None:
    segments.add(gateway, "mail", read_filter({"has": "email"}), 1000)
    assert found(gateway, Audience(tags=("vip", "gold"), segment_id=1000)) == ["u1", "u2"]
    assert found(gateway, Audience(userids=("u2", "u5", "u6", "nobody"), segment_id=1000)) == ["u2", "u5"]
    assert found(gateway, Audience(userids=("u5", "u2"), tags=("vip",))) == ["u2"]
    assert found(gateway, Audience(userids=("u5", "u1"), tags=("vip",), segment_id=1000)) == ["u1"]


def test_userids_alone_are_those_of_users_that_the_application_may_see(gateway: Gateway) -> None:
    assert found(gateway, Audience(userids=("u5", "u1", "u6", "u7", "nobody"))) == ["u1", "u5"]


@pytest.mark.parametrize(
    "audience",
    [
        Audience(),
        Audience(black_id=1),
        Audience(userids=()),
        Audience(tags=()),
        Audience(segment_id=404),
        Audience(tags=("vip",), segment_id=404),
        Audience(addresses={"app": ("a1",)}),
    ],
)
def test_an_audience_that_asks_for_nobody_holds_nobody(gateway: Gateway, audience: Audience) -> None:
    assert found(gateway, audience) == []


def test_lists_keep_users_out(gateway: Gateway) -> None:
    lists.add(gateway, BLACK, "complained", ["u1", "u5", "elsewhere"], 12)
    lists.add(gateway, WHITE, "testers", ["u1", "u2", "u6"], 12)
    assert found(gateway, Audience(everyone=True, black_id=12)) == ["u2", "u3", "u4"]
    assert found(gateway, Audience(everyone=True, white_id=12)) == ["u1", "u2"]
    assert found(gateway, Audience(tags=("vip", "new"), black_id=12)) == ["u2"]
    assert found(gateway, Audience(userids=("u1", "u4"), white_id=12)) == ["u1"]


def test_lists_say_which_of_given_userids_they_keep_out(gateway: Gateway) -> None:
    lists.add(gateway, BLACK, "complained", ["u1", "elsewhere"], 12)
    lists.add(gateway, WHITE, "testers", ["u1", "u2"], 12)
    given = ["u1", "u2", "elsewhere", "other"]
    with gateway.database.read() as session:
        assert audiences.listed_out(session, given, None, None) == set()
        assert audiences.listed_out(session, given, 12, None) == {"u1", "elsewhere"}
        assert audiences.listed_out(session, given, None, 12) == {"elsewhere", "other"}


@pytest.mark.parametrize(
    ("document", "userids"),
    [
        ({"tag": ["vip"]}, ["u1", "u2"]),
        ({"tag": ["gold", "new"]}, ["u2", "u3"]),
        ({"has": "email"}, ["u1", "u2", "u5"]),
        ({"hasnt": "email"}, ["u3", "u4"]),
        ({"not": {"hasnt": "email"}}, ["u1", "u2", "u5"]),
        ({"has": "tag"}, ["u1", "u2", "u3", "u4"]),
        ({"bound_on": "app1"}, ["u1", "u4"]),
        ({"bound_on": "mail1"}, ["u1", "u2", "u5"]),
        ({"bound_on": "app2"}, []),
        ({"not": {"bound_on": "app2"}}, ["u1", "u2", "u3", "u4", "u5"]),
        ({"all": [{"has": "email"}, {"tag": ["vip"]}, {"hasnt": "app"}]}, ["u2"]),
        ({"any": [{"bound_on": "app1"}, {"tag": ["new"]}]}, ["u1", "u2", "u4"]),
        ({"all": [{"any": [{"has": "app"}, {"has": "email"}]}, {"not": {"tag": ["vip"]}}]}, ["u4", "u5"]),
    ],
)
def test_a_segment_is_its_filter_as_the_application_sees_the_users(
    gateway: Gateway, document: Json, userids: list[str]
) -> None:
    assert in_segment(gateway, document) == userids


def test_what_is_retired_is_not_had(gateway: Gateway) -> None:
    with gateway.database.write() as session:
        users.retire_addresses(session, [("app", "app1", "a1", "gone")], 5.0)
    assert in_segment(gateway, {"bound_on": "app1"}) == ["u4"]
    assert in_segment(gateway, {"has": "app"}) == ["u4"]


def test_segments_are_counted_for_an_application_or_over_all_users(gateway: Gateway) -> None:
    segments.add(gateway, "mail", read_filter({"has": "email"}), 1)
    segments.add(gateway, "vip", read_filter({"tag": ["vip"]}), 2)
    segments.add(gateway, "nothing", read_filter({"hasnt": "email"}), 3)
    segments.add(gateway, "second", read_filter({"bound_on": "app2"}), 4)
    assert [segments.count(gateway, id_, "shop") for id_ in (1, 2, 3, 4)] == [3, 2, 2, 0]
    assert [segments.count(gateway, id_) for id_ in (1, 2, 3, 4)] == [4, 3, 3, 2]


def test_the_largest_filter_can_be_asked(gateway: Gateway) -> None:
    every: list[Json] = [{"tag": [f"t{number}x{other}" for other in range(20)]} for number in range(49)]
    assert in_segment(gateway, {"any": [*every, {"tag": ["vip"]}]}) == ["u1", "u2"]
    others: list[Json] = [{"not": one} for one in every]
    assert in_segment(gateway, {"all": [{"tag": ["vip", "new"]}, *others]}) == ["u1", "u2"]


def test_where_a_list_is_gone_nobody_is_reached(gateway: Gateway) -> None:
    assert found(gateway, Audience(everyone=True, black_id=99)) == []
    assert found(gateway, Audience(everyone=True, white_id=99)) == []
    with gateway.database.read() as session:
        assert audiences.listed_out(session, ["u1", "u2"], 99, None) == {"u1", "u2"}
        assert audiences.listed_out(session, ["u1", "u2"], None, 99) == {"u1", "u2"}
