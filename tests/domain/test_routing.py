from __future__ import annotations

from ums.domain.routing import Blocked, Leg, Obstacle, Plan, Route, route
from ums.domain.rule import Condition, Rule, Step, all_at_once, first_reachable, rule_items, rule_of

TYPES = ("wechatmp", "wechatoa")


def plan(rule: Rule, **states: str) -> Plan:
    return Plan(
        routes={
            type_: Route(
                type=type_,
                channel_id=number,
                code=f"{type_}{number}",
                endpoint=type_,
                parked=states.get(type_) == "parked",
                closed=states.get(type_) == "closed",
            )
            for number, type_ in enumerate(TYPES, start=1)
        },
        rule=rule,
    )


def bound(**values: str) -> dict[str, list[str]]:
    return {type_: [value] for type_, value in values.items()}


def taken(legs: list[Leg] | Blocked) -> list[tuple[str, str, int]]:
    assert not isinstance(legs, Blocked)
    return [(leg.route.type, leg.address, leg.step) for leg in legs]


ALL = all_at_once(TYPES)
FIRST = first_reachable(("wechatoa", "wechatmp"), ("wechatmp", "wechatoa"))


def test_without_a_rule_every_reachable_channel_is_used_at_once() -> None:
    legs = route(plan(ALL), bound(wechatmp="m", wechatoa="o"))
    assert taken(legs) == [("wechatmp", "m", 0), ("wechatoa", "o", 0)]


def test_the_first_reachable_channel_is_the_preferred_one() -> None:
    assert taken(route(plan(FIRST), bound(wechatmp="m", wechatoa="o"))) == [("wechatmp", "m", 0)]
    assert taken(route(plan(FIRST), bound(wechatoa="o"))) == [("wechatoa", "o", 1)]


def test_a_user_bound_nowhere_is_blocked_with_the_reason_on_each_channel() -> None:
    assert route(plan(ALL), {}) == Blocked({"wechatmp1": Obstacle.NOT_BOUND, "wechatoa2": Obstacle.NOT_BOUND})


def test_a_retired_address_is_no_address() -> None:
    legs = route(plan(FIRST), {"wechatmp": []})
    assert isinstance(legs, Blocked)
    assert legs.reason() == "wechatmp1: address_retired, wechatoa2: not_bound"


def test_a_parked_channel_is_passed_by_where_another_reaches_the_user() -> None:
    legs = route(plan(FIRST, wechatmp="parked"), bound(wechatmp="m", wechatoa="o"))
    assert taken(legs) == [("wechatoa", "o", 1)]


def test_with_nothing_else_a_delivery_waits_on_the_parked_channel() -> None:
    assert taken(route(plan(FIRST, wechatmp="parked"), bound(wechatmp="m"))) == [("wechatmp", "m", 0)]


def test_at_once_a_parked_channel_is_passed_by_as_well() -> None:
    legs = route(plan(ALL, wechatoa="parked"), bound(wechatmp="m", wechatoa="o"))
    assert taken(legs) == [("wechatmp", "m", 0)]


def test_a_closed_channel_leads_nowhere() -> None:
    legs = route(plan(ALL, wechatmp="closed"), bound(wechatmp="m"))
    assert isinstance(legs, Blocked)
    assert legs.reason() == "wechatmp1: channel_closed, wechatoa2: not_bound"


def test_falling_over_begins_at_the_step_it_is_told() -> None:
    assert taken(route(plan(FIRST), bound(wechatmp="m", wechatoa="o"), first_step=1)) == [("wechatoa", "o", 1)]
    assert isinstance(route(plan(FIRST), bound(wechatmp="m"), first_step=1), Blocked)


def test_a_step_that_may_not_be_left_is_the_last_one_looked_at() -> None:
    rule = Rule(steps=(Step(channels=("wechatmp",)), Step(channels=("wechatoa",))))
    assert isinstance(route(plan(rule), bound(wechatoa="o")), Blocked)


def test_several_addresses_on_one_channel_are_all_used() -> None:
    legs = route(plan(ALL), {"wechatmp": ["a", "b"]})
    assert taken(legs) == [("wechatmp", "a", 0), ("wechatmp", "b", 0)]


def test_types_that_a_preference_does_not_name_come_last() -> None:
    rule = first_reachable(("sms", "wechatoa"), ("wechatoa",))
    assert [step.channels for step in rule.steps] == [("wechatoa",), ("sms",)]


def test_a_later_step_says_what_stood_in_the_way_of_the_first() -> None:
    legs = route(plan(FIRST), bound(wechatoa="o"))
    assert isinstance(legs, list)
    assert [leg.cause for leg in legs] == ["wechatmp1: not_bound"]


def test_a_rule_survives_being_written_down() -> None:
    rule = Rule(steps=(Step(channels=TYPES, on=frozenset(Condition)), Step(channels=("sms",))))
    assert rule_of(rule_items(rule)) == rule
