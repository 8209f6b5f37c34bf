"""Comparing what happened with what was planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ums.cli.demo.plan import GROUPS, Person, people
from ums.cli.demo.verdict import Row, judge

EVERYONE = people(40)


def as_planned(everyone: Sequence[Person] = EVERYONE) -> list[Row]:
    """The rows of a run in which everything came as planned."""
    rows: list[Row] = []
    for person in everyone:
        before: int | None = None
        for outcome in person.group.expected:
            number = len(rows) + 1
            attempts = 1 if outcome.channel else 0
            rows.append(Row(number, person.userid, *outcome, attempts=attempts, fallback_of=before))
            before = number
    return rows


def calls_of(rows: Sequence[Row]) -> Counter[str]:
    openids = {(person.userid, code): openid for person in EVERYONE for code, openid in person.openids.items()}
    return Counter(openids[row.userid, row.channel] for row in rows if row.channel)


def test_a_run_as_planned_has_no_differences() -> None:
    rows = as_planned()
    verdict = judge(EVERYONE, rows, calls_of(rows))
    assert verdict.differences == ()
    assert all(tally.people == tally.as_planned for tally in verdict.groups)
    assert [tally.group for tally in verdict.groups] == list(GROUPS)
    assert verdict.attempts == verdict.calls


def test_a_delivery_that_was_followed_by_another_has_fallen_over() -> None:
    rows = as_planned()
    mini, official = judge(EVERYONE, rows, calls_of(rows)).channels
    fallen = sum(len(person.group.expected) == 2 for person in EVERYONE)
    assert (mini.fell_over, official.fell_over) == (fallen, 0)
    assert mini.sent == mini.delivered + mini.fell_over + sum(mini.rejected.values())
    assert set(official.rejected) == {"rejected (43004)", "user_block"}


def test_the_unreachable_are_counted_by_reason() -> None:
    rows = as_planned()
    unreachable = judge(EVERYONE, rows, calls_of(rows)).unreachable
    assert set(unreachable) == {"unknown_user", "wechatmp123: not_bound, wechatoa456: not_bound"}


def test_another_status_is_named_with_its_user() -> None:
    rows = as_planned()
    rows[0] = rows[0]._replace(status="failed")
    verdict = judge(EVERYONE, rows, calls_of(rows))
    assert verdict.groups[0].as_planned == verdict.groups[0].people - 1
    assert "both-0001 has wechatmp123: failed" in verdict.differences[0]


def test_a_missing_delivery_is_named() -> None:
    rows = as_planned()[1:]
    verdict = judge(EVERYONE, rows, calls_of(rows))
    assert "both-0001 has no delivery" in verdict.differences[0]


def test_deliveries_that_are_not_final_are_counted() -> None:
    rows = as_planned()
    rows[0] = rows[0]._replace(status="accepted")
    differences = judge(EVERYONE, rows, calls_of(rows)).differences
    assert "1 deliveries have not reached a final state" in differences


def test_a_call_without_an_attempt_is_found_even_where_the_sums_agree() -> None:
    rows = as_planned()
    calls = calls_of(rows)
    first, second, *_ = calls
    calls[first] += 1
    calls[second] -= 1
    (difference,) = judge(EVERYONE, rows, calls).differences
    assert "1 calls without an attempt, 1 attempts without a call" in difference


def test_a_delivery_to_somebody_nobody_named_is_found() -> None:
    rows = as_planned()
    stranger = Row(999, "stranger", None, "unreachable", None, "unknown_user", 0, None)
    (difference,) = judge(EVERYONE, [*rows, stranger], calls_of(rows)).differences
    assert "stranger" in difference
