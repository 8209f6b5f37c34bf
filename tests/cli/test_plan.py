"""Who is in the demo."""

from __future__ import annotations

import re

import pytest

from ums.cli.demo.plan import GROUPS, LEAST_USERS, people, sizes


def test_the_weights_are_of_a_thousand() -> None:
    assert sum(group.weight for group in GROUPS) == 1000


@pytest.mark.parametrize("users", [LEAST_USERS, LEAST_USERS + 1, 37, 200, 999, 1000])
def test_every_group_has_somebody_and_all_are_handed_out(users: int) -> None:
    found = sizes(users)
    assert sum(found) == users
    assert min(found) >= 1


def test_too_few_users_are_refused() -> None:
    with pytest.raises(ValueError, match="9 users don't fill 10 groups"):
        sizes(LEAST_USERS - 1)


def test_everyone_has_a_name_and_openids_of_his_own() -> None:
    everyone = people(300)
    openids = [openid for person in everyone for openid in person.openids.values()]
    assert len({person.userid for person in everyone}) == 300
    assert len(set(openids)) == len(openids)
    assert all(re.fullmatch(r"o[0-9A-Za-z_-]{27}", openid) for openid in openids)


def test_people_are_bound_where_their_group_is_known() -> None:
    assert all(person.openids.keys() == person.group.accounts.keys() for person in people(50))
