"""One person's addresses are bound together; two users for one person never are, unless it is so decided."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import create_gateway
from tests.fakes import FrozenClock
from ums.domain.person import Cause, Clash, Place
from ums.registry import Registry
from ums.sdk.people import Person
from ums.services import users
from ums.services.binding import joining
from ums.services.binding.bindings import AddressTaken, bind, give, unbind
from ums.services.channels import add as add_channel
from ums.services.gateway import Gateway
from ums.store import binding_changes, channels, conflicts, identities

ACCOUNTS = {"account": "wechatoa", "program": "wechatmp", "other": "wechatmp"}
UNION = "oUnion000000000000000000001"


@pytest.fixture
def places(gateway: Gateway) -> dict[str, Place]:
    return make_places(gateway)


def make_places(gateway: Gateway) -> dict[str, Place]:
    """A channel of each kind, and one address on each."""
    found = {}
    for number, (code, type_) in enumerate(ACCOUNTS.items()):
        add_channel(gateway, code, type_, {"appid": f"wx00000000000000{number:02}", "secret": "s" * 32}, ())
        with gateway.database.read() as session:
            channel = channels.by_code(session, code)
        assert channel is not None
        found[code] = identities.place_of(channel.id, code, type_, f"o-{code}-1")
    return found


def meet(gateway: Gateway, place: Place, union: str = "") -> str:
    with gateway.database.write() as session:
        return joining.meet(gateway, session, place.channel_id, Person(address=place.address, union=union))


def bound(gateway: Gateway, userid: str) -> dict[str, str]:
    shown = users.show(gateway, None, userid)
    return {binding.bind_id: binding.cause for binding in shown.bindings}


def history(gateway: Gateway, userid: str) -> list[tuple[str, bool, str, str]]:
    with gateway.database.read() as session:
        kept = binding_changes.page(session, userid, before=None, limit=100)
    return [(one.change.bind_id, one.change.bound, one.change.cause.value, one.change.by) for one in kept]


def open_conflicts(gateway: Gateway) -> list[tuple[Clash, tuple[str, ...]]]:
    with gateway.database.read() as session:
        found = conflicts.page(session, conflicts.OPEN, after=0, limit=10)
    return [(one.kind, one.userids) for one in found]


@pytest.mark.parametrize("order", list(itertools.permutations(["account", "program", "owner"])))
def test_in_whatever_order_they_come_the_addresses_of_one_union_are_bound_to_its_user(
    gateway: Gateway, places: dict[str, Place], order: tuple[str, ...]
) -> None:
    for step in order:
        if step == "owner":
            with gateway.database.write() as session:
                bind(session, "zhangsan", places["account"], Cause.WEB, gateway.clock.now())
                joining.settle_uploaded(gateway, session, {places["account"].channel_id: ["o-account-1"]})
        else:
            meet(gateway, places[step], UNION)
    assert bound(gateway, "zhangsan") == {"account": "web", "program": "union: account"}
    assert history(gateway, "zhangsan")[0] == ("program", True, "union", "account")


def test_a_union_that_comes_later_joins_them_then(gateway: Gateway, places: dict[str, Place]) -> None:
    meet(gateway, places["account"])
    meet(gateway, places["program"], UNION)
    with gateway.database.write() as session:
        bind(session, "zhangsan", places["account"], Cause.WEB, gateway.clock.now())
    assert bound(gateway, "zhangsan") == {"account": "web"}
    meet(gateway, places["account"], UNION)
    assert bound(gateway, "zhangsan") == {"account": "web", "program": "union: account"}


def test_two_userids_of_one_union_are_kept_apart_and_listed(gateway: Gateway, places: dict[str, Place]) -> None:
    with gateway.database.write() as session:
        bind(session, "zhangsan", places["account"], Cause.WEB, gateway.clock.now())
        bind(session, "lisi", places["program"], Cause.APP, gateway.clock.now())
    for code in ("account", "program", "other"):
        meet(gateway, places[code], UNION)
    assert (bound(gateway, "zhangsan"), bound(gateway, "lisi")) == ({"account": "web"}, {"program": "app"})
    assert open_conflicts(gateway) == [(Clash.USERIDS, ("lisi", "zhangsan"))]


@pytest.mark.parametrize(("preference", "winner"), [("newest", "lisi"), ("oldest", "zhangsan")])
def test_a_configured_preference_decides(tmp_path: Path, clock: FrozenClock, preference: str, winner: str) -> None:
    opened = create_gateway(home=tmp_path, registry=Registry.load(), clock=clock)
    gateway = replace(opened, settings=replace(opened.settings, binding_preference=preference))
    places = make_places(gateway)
    with gateway.database.write() as session:
        bind(session, "zhangsan", places["account"], Cause.WEB, 100.0)
        bind(session, "lisi", places["program"], Cause.APP, 200.0)
    meet(gateway, places["account"], UNION)
    meet(gateway, places["program"], UNION)
    assert set(bound(gateway, winner)) == {"account", "program"}
    loser = {"zhangsan": "lisi", "lisi": "zhangsan"}[winner]
    assert bound(gateway, loser) == {}
    assert history(gateway, loser)[0][1:3] == (False, "preference")
    assert open_conflicts(gateway) == []
    opened.close()


def test_another_address_that_the_user_has_there_stays_and_is_told(
    gateway: Gateway, places: dict[str, Place]
) -> None:
    with gateway.database.write() as session:
        bind(session, "zhangsan", places["account"], Cause.WEB, gateway.clock.now())
        bind(session, "zhangsan", places["program"]._replace(address="o-old"), Cause.UPLOAD, gateway.clock.now())
    meet(gateway, places["account"], UNION)
    meet(gateway, places["program"], UNION)
    values = {one.bind_id: one.value for one in users.show(gateway, None, "zhangsan").bindings}
    assert values == {"account": "o-account-1", "program": "o-old"}
    assert open_conflicts(gateway) == [(Clash.ADDRESSES, ("zhangsan",))]


def test_one_visit_joins_two_addresses_without_a_union(gateway: Gateway, places: dict[str, Place]) -> None:
    one, other = meet(gateway, places["account"]), meet(gateway, places["program"])
    with gateway.database.write() as session:
        assert joining.bring_together(gateway, session, one, other)
        bind(session, "zhangsan", places["program"], Cause.COMPLETED, gateway.clock.now())
        joining.settle(gateway, session, one, Cause.VISIT)
    assert bound(gateway, "zhangsan") == {"account": "visit: program", "program": "completed"}


@pytest.mark.parametrize("unions", [("oU1", "oU2"), ("oU1", "")])
def test_a_visit_never_joins_whom_the_provider_tells_apart(
    gateway: Gateway, places: dict[str, Place], unions: tuple[str, str]
) -> None:
    one = meet(gateway, places["account"], unions[0])
    meet(gateway, places["program"], unions[0])
    other = meet(gateway, places["program"]._replace(address="o-program-2"), unions[1])
    with gateway.database.write() as session:
        assert not joining.bring_together(gateway, session, one, other)


def test_an_address_of_somebody_else_is_refused_and_nothing_changes(
    gateway: Gateway, places: dict[str, Place]
) -> None:
    with gateway.database.write() as session:
        bind(session, "zhangsan", places["account"], Cause.WEB, gateway.clock.now())
    with pytest.raises(AddressTaken), gateway.database.write() as session:
        bind(session, "lisi", places["account"], Cause.WEB, gateway.clock.now())
    assert bound(gateway, "zhangsan") == {"account": "web"}
    assert history(gateway, "lisi") == []


def test_every_change_leaves_a_row_with_its_cause(gateway: Gateway, places: dict[str, Place]) -> None:
    place = places["account"]
    with gateway.database.write() as session:
        bind(session, "zhangsan", place, Cause.WEB, gateway.clock.now())
        bind(session, "zhangsan", place._replace(address="o-new"), Cause.SCAN, gateway.clock.now())
        give(session, "lisi", place._replace(address="o-new"), Cause.OPERATOR, gateway.clock.now(), by="ops")
        unbind(session, "lisi", place._replace(address=""), Cause.PERSON, gateway.clock.now())
    assert history(gateway, "zhangsan") == [
        ("account", False, "operator", "ops"),
        ("account", True, "scan", ""),
        ("account", False, "replaced", ""),
        ("account", True, "web", ""),
    ]
    assert history(gateway, "lisi") == [("account", False, "person", ""), ("account", True, "operator", "ops")]
