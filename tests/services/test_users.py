from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import ACCESS_KEY, caller_of, create_application, create_channel
from tests.fakes import FrozenClock
from ums.domain.commands import BatchResult, Caller, Json
from ums.domain.errors import InvalidRequest, NotAllowed, NotFound
from ums.domain.views import BindingView, UserView
from ums.services import users
from ums.services.gateway import Gateway
from ums.store import reach
from ums.store import users as store


@pytest.fixture
def shop(gateway: Gateway) -> Caller:
    """An application that is granted the channel `app1`; `app2` is another's."""
    application = create_application(gateway)
    create_channel(gateway, code="app1", grants=["shop"])
    create_application(gateway, name="bank")
    create_channel(gateway, code="app2", grants=["bank"])
    return caller_of(gateway, application.id)


def upload(gateway: Gateway, *items: Json, caller: Caller | None = ACCESS_KEY) -> None:
    result = users.opt(gateway, caller, list(items))
    assert not result.fail


def setting(userid: str, **properties: Json) -> dict[str, Json]:
    return {"userid": userid, "set": properties}


def properties(gateway: Gateway, userid: str = "zhangsan") -> dict[str, Json]:
    return dict(users.show(gateway, None, userid).properties)


def retire(gateway: Gateway, *addresses: tuple[str, str, str, str]) -> None:
    with gateway.database.write() as session:
        store.retire_addresses(session, addresses, gateway.clock.now())


FULL: dict[str, Json] = {
    "tag": {"all": ["vip", "北京"]},
    "phone": {"all": "13800000000"},
    "app": {"app1": ["fake-1", "fake-2"]},
    "dingtalkcc": "d1",
    "wechatwk": "zs",
    "wechatwk_linkedcorp": ["CorpA/u1", "CorpB/u1"],
}


def test_what_was_set_is_shown_as_it_would_be_set_again(gateway: Gateway, shop: Caller) -> None:
    upload(gateway, setting("zhangsan", **FULL), caller=shop)

    view = users.show(gateway, ACCESS_KEY, "zhangsan")

    assert view.properties == FULL
    assert BindingView(property="app", bind_id="app1", value="fake-1", state="active", cause="") in view.bindings
    assert len(view.bindings) == 9


def test_set_replaces_all_values_of_one_place_and_of_no_other(gateway: Gateway, shop: Caller) -> None:
    upload(
        gateway, setting("zhangsan", tag={"all": ["a", "b"], shop.key: ["c"]}), setting("lisi", tag={"all": ["a"]})
    )

    upload(gateway, setting("zhangsan", tag={"all": ["b", "d"]}))

    assert properties(gateway) == {"tag": {"all": ["b", "d"], shop.key: ["c"]}}
    assert properties(gateway, "lisi") == {"tag": {"all": ["a"]}}


def test_set_replaces_the_one_address(gateway: Gateway) -> None:
    upload(gateway, setting("zhangsan", phone={"all": "138"}))
    upload(gateway, setting("zhangsan", phone={"all": "139"}))

    assert properties(gateway) == {"phone": {"all": "139"}}


def test_add_appends_and_del_takes_away_what_matches(gateway: Gateway) -> None:
    upload(gateway, setting("zhangsan", tag={"all": ["a"]}, phone={"all": "138"}))

    upload(
        gateway,
        {"userid": "zhangsan", "add": {"tag": {"all": ["b", "a"]}}, "del": {"phone": {"all": "another"}}},
    )
    assert properties(gateway) == {"tag": {"all": ["a", "b"]}, "phone": {"all": "138"}}

    upload(gateway, {"userid": "zhangsan", "del": {"tag": {"all": ["a", "never"]}, "phone": {"all": "138"}}})
    assert properties(gateway) == {"tag": {"all": ["b"]}}


def test_the_same_userid_twice_is_applied_in_order(gateway: Gateway) -> None:
    result = users.opt(
        gateway,
        ACCESS_KEY,
        [
            setting("zhangsan", phone={"all": "138"}, tag={"all": ["a"]}),
            setting("lisi", phone={"all": "1"}),
            setting("zhangsan", phone={"all": "139"}),
            {"userid": "zhangsan", "add": {"tag": {"all": ["b"]}}},
        ],
    )

    assert result.success == ("zhangsan", "lisi")
    assert properties(gateway) == {"phone": {"all": "139"}, "tag": {"all": ["a", "b"]}}


def test_one_bad_user_spoils_no_other(gateway: Gateway) -> None:
    items: list[Json] = [setting(f"u{index}", phone={"all": f"138{index}"}) for index in range(999)]
    items.insert(500, setting("bad", phone={"all": ""}))

    result = users.opt(gateway, ACCESS_KEY, items)

    assert len(result.success) == 999
    assert [(failure.userid, failure.code) for failure in result.fail] == [("bad", 4004)]
    with pytest.raises(NotFound):
        users.show(gateway, None, "bad")


def test_a_userid_may_both_succeed_and_fail(gateway: Gateway) -> None:
    result = users.opt(gateway, None, [setting("zhangsan", phone={"all": "138"}), setting("zhangsan", fax="1")])

    assert result.success == ("zhangsan",)
    assert [failure.userid for failure in result.fail] == ["zhangsan"]
    assert properties(gateway) == {"phone": {"all": "138"}}


def test_a_user_without_userid_is_told_by_his_place_in_the_list(gateway: Gateway) -> None:
    result = users.opt(gateway, None, [setting("zhangsan", phone={"all": "138"}), {"set": {}}, None])

    assert [failure.userid for failure in result.fail] == ["", ""]
    assert result.fail[0].message.startswith("item 1: userid: is missing")
    assert result.fail[1].message.startswith("item 2: must be an object")


@pytest.mark.parametrize("operation", [users.opt, users.delete])
@pytest.mark.parametrize("items", [{}, None, "zhangsan", 1, [], [{"userid": "u"}] * 1001])
def test_a_batch_is_a_list_of_1_to_1000(
    gateway: Gateway, operation: Callable[[Gateway, Caller | None, Json], BatchResult], items: Json
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        operation(gateway, ACCESS_KEY, items)

    assert caught.value.code == 4004
    assert "1000" in caught.value.message or "list of users" in caught.value.message


def test_an_application_writes_only_under_what_is_its_own(gateway: Gateway, shop: Caller) -> None:
    result = users.opt(
        gateway,
        shop,
        [
            setting("a", phone={"all": "1", shop.key: "2"}, app={"app1": ["fake-1"]}),
            setting("b", app={"app2": ["fake-1"]}),
            setting("c", phone={"f" * 24: "1"}),
        ],
    )

    assert result.success == ("a",)
    assert [(failure.userid, failure.code) for failure in result.fail] == [("b", 4030), ("c", 4030)]
    assert "app1" in result.fail[0].message


def test_the_access_key_writes_under_every_channel_and_key(gateway: Gateway, shop: Caller) -> None:
    result = users.opt(
        gateway,
        ACCESS_KEY,
        [
            setting("a", app={"app1": ["fake-1"], "app2": ["fake-2"]}, phone={shop.key: "2"}),
            setting("b", app={"app3": ["f"]}),
        ],
    )

    assert result.success == ("a",)
    assert result.fail[0].code == 4004


def test_addresses_are_held_against_the_pattern_of_the_installed_plugin(gateway: Gateway, shop: Caller) -> None:
    result = users.opt(gateway, shop, [setting("a", app={"app1": ["no-fake"]})])

    assert result.fail[0].message.startswith("set.app.app1: ")


def test_a_retired_address_is_shown_with_its_cause_until_it_is_uploaded_again(
    gateway: Gateway, clock: FrozenClock
) -> None:
    upload(gateway, setting("zhangsan", phone={"all": "138"}), setting("lisi", phone={"all": "138"}))
    retire(gateway, ("phone", "all", "138", "dead_address"))

    view = users.show(gateway, None, "zhangsan")
    assert [(binding.state, binding.cause) for binding in view.bindings] == [("retired", "dead_address")]
    assert view.properties == {}

    clock.advance(60)
    upload(gateway, setting("zhangsan", phone={"all": "138"}))
    assert [(item.state, item.cause) for item in users.show(gateway, None, "zhangsan").bindings] == [("active", "")]
    assert properties(gateway, "lisi") == {}


def test_only_the_access_key_and_operators_remove_users(gateway: Gateway, shop: Caller) -> None:
    upload(gateway, setting("zhangsan", **FULL), setting("7", phone={"all": "1"}))

    with pytest.raises(NotAllowed):
        users.delete(gateway, shop, ["zhangsan"])
    result = users.delete(gateway, ACCESS_KEY, ["zhangsan", 7, "zhangsan"])

    assert result.success == ("zhangsan", "7")
    assert result.fail == ()
    with pytest.raises(NotFound):
        users.show(gateway, None, "zhangsan")


def test_unknown_and_impossible_userids_are_failures_of_a_removal(gateway: Gateway) -> None:
    upload(gateway, setting("zhangsan"))

    items: list[Json] = ["nobody", "zhangsan", "", None, True, 10**5000, "\ud800", "a b", 1.5]
    result = users.delete(gateway, None, items)

    assert result.success == ("zhangsan",)
    assert ("nobody", 4040) in [(failure.userid, failure.code) for failure in result.fail]
    assert len(result.fail) == 8
    assert {failure.code for failure in result.fail if failure.userid != "nobody"} == {4004}


def test_an_application_sees_of_a_user_what_is_everyones_and_its_own(gateway: Gateway, shop: Caller) -> None:
    upload(
        gateway,
        setting("zhangsan", phone={"all": "1", shop.key: "2"}, app={"app1": ["fake-1"], "app2": ["fake-2"]}),
        setting("lisi", app={"app2": ["fake-2"]}),
        setting("wangwu"),
    )

    assert users.show(gateway, shop, "zhangsan").properties == {
        "phone": {"all": "1", shop.key: "2"},
        "app": {"app1": ["fake-1"]},
    }
    for userid in ("lisi", "wangwu", "nobody", "\ud800"):
        with pytest.raises(NotFound):
            users.show(gateway, shop, userid)
    assert users.show(gateway, ACCESS_KEY, "wangwu") == UserView(userid="wangwu", properties={}, bindings=())


def test_users_are_listed_page_by_page(gateway: Gateway, shop: Caller) -> None:
    upload(
        gateway,
        *(setting(f"u{index}", phone={"all": "1"}) for index in range(5)),
        setting("v", app={"app2": ["fake-1"]}),
    )

    first = users.list_for(gateway, shop, limit=3)
    second = users.list_for(gateway, shop, cursor=first.next, limit=3)

    assert [view.userid for view in (*first.items, *second.items)] == ["u0", "u1", "u2", "u3", "u4"]
    assert second.next is None
    assert len(users.list_for(gateway, None).items) == 6


def test_users_are_listed_by_a_tag_that_the_caller_may_see(gateway: Gateway, shop: Caller) -> None:
    bank = users.directory_for(gateway, None).keys - {shop.key}
    upload(
        gateway,
        setting("a", tag={"all": ["vip"]}),
        setting("b", tag={shop.key: ["vip"], "all": ["x"]}),
        setting("c", tag={min(bank): ["vip"], "all": ["x"]}),
        setting("d", phone={"all": "vip"}),
    )

    assert [view.userid for view in users.list_for(gateway, shop, tag="vip").items] == ["a", "b"]
    assert [view.userid for view in users.list_for(gateway, ACCESS_KEY, tag="vip").items] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "wrong", [{"cursor": "§"}, {"limit": 0}, {"limit": 1001}, {"tag": "a b"}, {"tag": "\ud800"}]
)
def test_a_list_asked_for_wrongly_is_refused(gateway: Gateway, wrong: dict[str, str | int]) -> None:
    with pytest.raises(InvalidRequest):
        users.list_for(gateway, None, **wrong)  # type: ignore[arg-type]


def test_sql_is_plain_data(gateway: Gateway) -> None:
    nasty = "x';DROP\u2060TABLE--%_\""
    upload(gateway, setting(nasty, phone={"all": "' OR 1=1 --"}))

    assert properties(gateway, nasty) == {"phone": {"all": "' OR 1=1 --"}}
    with pytest.raises(NotFound):
        users.show(gateway, None, "x';DROP\u2060TABLE--%%\"")


def test_routing_finds_the_addresses_of_many_users_at_once(gateway: Gateway, shop: Caller) -> None:
    people = [f"u{index}" for index in range(2500)]
    for start in (0, 1000, 2000):
        upload(
            gateway, *(setting(userid, app={"app1": [f"fake-{userid}"]}) for userid in people[start : start + 1000])
        )
    wanted = {"app": ("app", ("app1",))}

    with gateway.database.read() as session:
        found = reach.of_userids(session, [*people, "nobody"], wanted)

    assert found.keys() == set(people)
    assert all(found[userid] == {"app": [f"fake-{userid}"]} for userid in people)


def test_routing_takes_the_first_place_that_holds_any_value(gateway: Gateway, shop: Caller) -> None:
    upload(
        gateway,
        setting("own", phone={"all": "1", shop.key: "2"}, app={"app1": ["fake-b", "fake-a"]}),
        setting("everyones", phone={"all": "3"}),
        setting("dead", phone={"all": "4", shop.key: "5"}),
        setting("none", tag={"all": ["x"]}, app={"app2": ["fake-1"]}),
    )
    retire(gateway, ("phone", shop.key, "5", "dead_address"), ("app", "app1", "fake-b", "dead_address"))
    wanted = {"sms": ("phone", (shop.key, "all")), "app": ("app", ("app1",))}

    with gateway.database.read() as session:
        found = reach.of_userids(session, ["own", "everyones", "dead", "none"], wanted)

    assert found == {
        "own": {"sms": ["2"], "app": ["fake-a"]},
        "everyones": {"sms": ["3"]},
        "dead": {"sms": []},
        "none": {},
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["set", "add", "del"]),
        st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_one_batch_does_what_its_items_would_do_one_by_one(
    gateway: Gateway, steps: list[tuple[str, str, list[str]]]
) -> None:
    items: list[Json] = [
        {"userid": userid, operation: {"tag": {"all": list(tags)}}} for userid, operation, tags in steps
    ]
    users.delete(gateway, None, ["a", "b", "c"])

    upload(gateway, *items)
    at_once = [(view.userid, view.properties) for view in users.list_for(gateway, None).items]
    users.delete(gateway, None, ["a", "b"])
    for item in items:
        upload(gateway, item)
    assert at_once == [(view.userid, view.properties) for view in users.list_for(gateway, None).items]
