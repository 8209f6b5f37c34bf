"""What uploads, removals, follows and erasures leave in a user's history, and what joins follow from them."""

from __future__ import annotations

import pytest

from tests.fakes import FrozenClock
from tests.services.binding.test_joining import bound, history, make_places, meet, open_conflicts
from ums.domain.binding_history import CHANGES_KEPT
from ums.domain.commands import Json
from ums.domain.errors import NotFound
from ums.domain.follow import Follow
from ums.domain.person import Clash, Place
from ums.domain.push import ProviderEvent, Push
from ums.services import channels, granting, pushes, users
from ums.services.binding import history as histories
from ums.services.binding import outliving, sessions, uploads
from ums.services.gateway import Gateway
from ums.store import binding_changes, identities

UNION = "oUnion000000000000000000001"
Row = tuple[str, bool, str, str]


@pytest.fixture
def places(gateway: Gateway) -> dict[str, Place]:
    return make_places(gateway)


def upload(gateway: Gateway, *items: Json) -> None:
    assert users.opt(gateway, None, list(items)).fail == ()


def zhangsan(**changes: Json) -> Json:
    return {"userid": "zhangsan", **changes}


def addresses(gateway: Gateway, userid: str) -> list[str]:
    with gateway.database.read() as session:
        return [kept.change.address for kept in binding_changes.page(session, userid, before=None, limit=100)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([{"account": "o1"}], [("account", True, "upload", "")]),
        ([{"account": "o1"}, {"account": "o1"}], [("account", True, "upload", "")]),
        (
            [{"account": "o1"}, {"account": "o2"}],
            [
                ("account", True, "upload", ""),
                ("account", False, "replaced", ""),
                ("account", True, "upload", ""),
            ],
        ),
        (
            [{"account": "o1"}, {"del": {"account": "o1"}}, {"del": {"account": "o1"}}],
            [("account", False, "upload", ""), ("account", True, "upload", "")],
        ),
        ([{"tag": {"all": ["vip"]}}, {"del": {"tag": {"all": ["vip"]}}}], []),
        (
            [{"phone": {"all": "13800000000"}, "email": {"all": "a@example.com"}}],
            [("all", True, "upload", ""), ("all", True, "upload", "")],
        ),
        ([{"set": {"account": "o1"}, "del": {"account": "o1"}}], []),
    ],
)
def test_an_upload_leaves_a_row_for_each_change_and_none_for_what_stays(
    gateway: Gateway, places: dict[str, Place], steps: list[dict[str, Json]], expected: list[Row]
) -> None:
    for step in steps:
        upload(gateway, zhangsan(**step))
    assert history(gateway, "zhangsan") == expected


def test_an_uploaded_address_takes_the_others_of_its_person_along(
    gateway: Gateway, places: dict[str, Place]
) -> None:
    meet(gateway, places["account"], UNION)
    meet(gateway, places["program"], UNION)
    upload(gateway, zhangsan(account="o-account-1"))
    assert bound(gateway, "zhangsan") == {"account": "", "program": "union: account"}
    assert history(gateway, "zhangsan") == [
        ("program", True, "union", "account"),
        ("account", True, "upload", ""),
    ]


def test_a_removed_user_has_a_history_that_names_no_address(gateway: Gateway, places: dict[str, Place]) -> None:
    upload(gateway, zhangsan(account="o1", phone={"all": "13800000000"}), {"userid": "lisi", "account": "o2"})
    users.delete(gateway, None, ["zhangsan"])
    assert [row[1:3] for row in history(gateway, "zhangsan")] == [(False, "removed")] * 2 + [(True, "upload")] * 2
    assert set(addresses(gateway, "zhangsan")) == {"(erased)"}
    assert addresses(gateway, "lisi") == ["o2"]
    assert len(histories.page(gateway, None, "zhangsan").items) == 4
    with pytest.raises(NotFound):
        histories.page(gateway, None, "nobody")


@pytest.mark.parametrize("way", ["del", "removed", "taken"])
def test_a_conflict_is_over_once_one_side_has_lost_its_address(
    gateway: Gateway, places: dict[str, Place], way: str
) -> None:
    upload(gateway, zhangsan(account="o-account-1"), {"userid": "lisi", "program": "o-program-1"})
    for code in ("account", "program"):
        meet(gateway, places[code], UNION)
    assert open_conflicts(gateway) == [(Clash.USERIDS, ("lisi", "zhangsan"))]
    if way == "del":
        upload(gateway, {"userid": "lisi", "del": {"program": "o-program-1"}})
    elif way == "removed":
        users.delete(gateway, None, ["lisi"])
    else:
        assert uploads.take_away(gateway, "lisi", "wechatmp", "program", "ops")
    assert open_conflicts(gateway) == []
    assert bound(gateway, "zhangsan") == {"account": ""}


def test_copied_addresses_are_told(gateway: Gateway, places: dict[str, Place]) -> None:
    upload(gateway, zhangsan(program="o1"), {"userid": "lisi", "program": "o2", "other": "o3"})
    channels.change(gateway, "other", {"appid": "wx0000000000000001"})
    assert granting.replace(gateway, "program", by="other", bindings=True) == 1
    assert history(gateway, "zhangsan")[0] == ("other", True, "upload", "program")
    assert ("other", True, "upload", "program") not in history(gateway, "lisi")


def follow(gateway: Gateway, place: Place, *, following: bool, at: float) -> None:
    event = ProviderEvent(
        event_id=f"{following} {at}",
        kind="subscribe" if following else "unsubscribe",
        address=place.address,
        at=at,
        details={},
        follow=Follow(place.address, following, at),
    )
    pushes.store(gateway, Push(channel_id=place.channel_id, received_at=at, events=(event,)))


def test_who_stops_following_keeps_his_address_and_his_history_says_so(
    gateway: Gateway, places: dict[str, Place]
) -> None:
    place, now = places["account"], gateway.clock.now()
    upload(gateway, zhangsan(account=place.address))
    for number, following in enumerate([True, False, False, True]):
        follow(gateway, place, following=following, at=now + number)
    assert history(gateway, "zhangsan") == [
        ("account", True, "followed", "account"),
        ("account", True, "unfollowed", "account"),
        ("account", True, "upload", ""),
    ]
    assert bound(gateway, "zhangsan") == {"account": ""}


def test_an_erasure_empties_the_history_the_identity_and_the_sessions(
    gateway: Gateway, places: dict[str, Place]
) -> None:
    place, now = places["account"], gateway.clock.now()
    meet(gateway, place, UNION)
    upload(gateway, zhangsan(account=place.address))
    with gateway.database.write() as session:
        text = sessions.begin(gateway, session, place.channel_id, place.address, "key")
    event = ProviderEvent(
        event_id="1", kind="user_authorization_revoke", address=place.address, at=now, details={}, erases=True
    )
    pushes.store(gateway, Push(channel_id=place.channel_id, received_at=now, events=(event,)))
    assert history(gateway, "zhangsan") == [("account", False, "erased", ""), ("account", True, "upload", "")]
    assert addresses(gateway, "zhangsan") == ["(erased)", "(erased)"]
    with gateway.database.read() as session:
        assert not identities.is_any(session)
    with pytest.raises(Exception, match="log in again"):
        sessions.logged_in(gateway, text)


def test_what_is_over_is_forgotten_a_day_later_and_changes_after_two_years(
    gateway: Gateway, places: dict[str, Place], clock: FrozenClock
) -> None:
    place = places["program"]
    with gateway.database.write() as session:
        for _ in range(3):
            sessions.begin(gateway, session, place.channel_id, place.address, "key")
    upload(gateway, zhangsan(program="o1"))
    clock.advance(1800 + 86_400 - 1)
    outliving.forget(gateway)
    assert count(gateway, "login_sessions") == 3
    clock.advance(2)
    outliving.forget(gateway)
    assert count(gateway, "login_sessions") == 0
    clock.advance(CHANGES_KEPT)
    upload(gateway, zhangsan(program="o2"))
    outliving.forget(gateway)
    assert [row[1:3] for row in history(gateway, "zhangsan")] == [(True, "upload"), (False, "replaced")]


def count(gateway: Gateway, table: str) -> int:
    with gateway.database.engine.begin() as connection:
        return int(connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one())  # noqa: S608
