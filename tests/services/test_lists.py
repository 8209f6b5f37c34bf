"""Lists too long for one transaction, and the lists and segments that a message names."""

from __future__ import annotations

import pytest

from ums.domain.audience import Audience
from ums.domain.errors import Conflict, InvalidRequest, ListUnknown
from ums.domain.segment import read_filter
from ums.domain.user_list import LONGEST_LIST, ListKind
from ums.services import lists, segments
from ums.services.gateway import Gateway
from ums.store import lists as store
from ums.store.models import ListedRow, ListRow

BLACK, WHITE = ListKind


def test_a_long_list_goes_in_parts_and_wholly(gateway: Gateway) -> None:
    long = lists.add(gateway, BLACK, "long")
    other = lists.add(gateway, WHITE, "other", ["u1"])
    with gateway.database.write() as session:
        session.add_all(ListedRow(list_id=long.key, userid=f"u{number}") for number in range(2 * store.PURGED + 1))
    lists.remove(gateway, BLACK, long.id)
    with gateway.database.read() as session:
        assert [row.id for row in session.query(ListRow)] == [other.key]
        assert [row.userid for row in session.query(ListedRow)] == ["u1"]


def test_a_removal_cut_short_is_finished_by_the_next_one(gateway: Gateway) -> None:
    cut, other = (lists.add(gateway, BLACK, name, ["u1", "u2"]) for name in ("cut", "other"))
    with gateway.database.write() as session:
        store.bury(session, cut.key)
    assert [kept.id for kept in lists.list_all(gateway, BLACK).items] == [other.id]
    lists.remove(gateway, BLACK, other.id)
    with gateway.database.read() as session:
        assert session.query(ListRow).count() == session.query(ListedRow).count() == 0


def test_a_list_takes_a_million_userids_and_no_more(gateway: Gateway) -> None:
    full = lists.add(gateway, BLACK, "full")
    with gateway.database.write() as session:
        session.query(ListRow).update({"size": LONGEST_LIST - 1})
    with pytest.raises(Conflict, match="1,000,001 userids; at most 1,000,000"):
        lists.add_userids(gateway, BLACK, full.id, ["u1", "u2"])
    assert lists.userids_of(gateway, BLACK, full.id).items == ()
    assert lists.add_userids(gateway, BLACK, full.id, ["u1"]).count == LONGEST_LIST


def test_one_call_takes_a_thousand_userids(gateway: Gateway) -> None:
    many = [f"u{number}" for number in range(1001)]
    with pytest.raises(InvalidRequest, match="at most 1000 userids, not 1001"):
        lists.add(gateway, BLACK, "many", many)
    made = lists.add(gateway, BLACK, "many", many[1:])
    assert made.count == 1000
    with pytest.raises(InvalidRequest, match="at most 1000 userids"):
        lists.remove_userids(gateway, BLACK, made.id, many)


def check(gateway: Gateway, audience: Audience) -> None:
    with gateway.database.read() as session:
        lists.check_lists(session, audience)
        segments.check_segment(session, audience)


def test_a_message_may_name_only_lists_and_segments_that_there_are(gateway: Gateway) -> None:
    lists.add(gateway, BLACK, "black", list_id=12)
    lists.add(gateway, WHITE, "white", list_id=13)
    segments.add(gateway, "all", read_filter({"has": "phone"}), 1000)
    check(gateway, Audience(black_id=12, segment_id=1000))
    check(gateway, Audience(white_id=13))
    refusals = {
        "option.black_id": Audience(black_id=13),
        "option.white_id": Audience(white_id=12),
        "aud_segment.0": Audience(segment_id=1001),
    }
    for path, audience in refusals.items():
        with pytest.raises(InvalidRequest) as refused:
            check(gateway, audience)
        assert list(refused.value.errors) == [path]
        assert (refused.value.code == ListUnknown.code) is path.startswith("option")
