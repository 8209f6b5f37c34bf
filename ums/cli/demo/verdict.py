"""The plan against what happened: for each group of people, and call by call. Nothing here does I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ums.cli.demo.plan import Group, Outcome, Person
from ums.domain.delivery import FINAL

EXAMPLES = 3
"""How many people of a group are named when something differs."""


class Row(NamedTuple):
    """One delivery as the REST API shows it."""

    id: int
    userid: str
    channel: str | None
    status: str
    provider_code: int | None
    reason: str
    attempts: int
    fallback_of: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTally:
    """How many people of a group there are, and for how many everything came as planned."""

    group: Group
    people: int
    as_planned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTally:
    """One channel's share: deliveries handed to the provider, and what became of them."""

    code: str
    sent: int
    delivered: int
    fell_over: int
    rejected: Mapping[str, int]
    """Deliveries that ended on this channel without success, by reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the demo found; it is as planned where `differences` is empty."""

    groups: tuple[GroupTally, ...]
    channels: tuple[ChannelTally, ...]
    unreachable: Mapping[str, int]
    rows: int
    attempts: int
    calls: int
    differences: tuple[str, ...]


def judge(people: Sequence[Person], rows: Iterable[Row], calls: Mapping[str, int]) -> Verdict:
    """Compare. `calls` counts the send calls that the sandbox saw, by openid."""
    found = sorted(rows, key=lambda row: row.id)
    by_user: dict[str, list[Row]] = {}
    for row in found:
        by_user.setdefault(row.userid, []).append(row)
    attempts = sum(row.attempts for row in found)
    differences = [*_strangers(people, by_user), *_unplanned(people, by_user), *_miscounted(people, by_user, calls)]
    return Verdict(
        groups=tuple(_group_tallies(people, by_user)),
        channels=tuple(_channel_tallies(found)),
        unreachable=Counter(row.reason for row in found if row.channel is None),
        rows=len(found),
        attempts=attempts,
        calls=sum(calls.values()),
        differences=tuple(differences),
    )


def is_as_planned(person: Person, rows: Sequence[Row]) -> bool:
    """Whether a person's deliveries are those of the plan, in its order."""
    expected = person.group.expected
    return len(rows) == len(expected) and all(map(_matches, rows, expected))


def _matches(row: Row, expected: Outcome) -> bool:
    return (row.channel, row.status, row.provider_code) == expected[:3] and expected.reason in ("", row.reason)


def _group_tallies(people: Sequence[Person], by_user: Mapping[str, Sequence[Row]]) -> Iterable[GroupTally]:
    for group, members in _members(people):
        as_planned = sum(is_as_planned(person, by_user.get(person.userid, ())) for person in members)
        yield GroupTally(group=group, people=len(members), as_planned=as_planned)


def _members(people: Sequence[Person]) -> list[tuple[Group, list[Person]]]:
    groups = {person.group.key: person.group for person in people}
    return [(group, [person for person in people if person.group.key == key]) for key, group in groups.items()]


def _channel_tallies(rows: Sequence[Row]) -> Iterable[ChannelTally]:
    left_behind = {row.fallback_of for row in rows}
    for code in sorted({row.channel for row in rows if row.channel is not None}):
        own = [row for row in rows if row.channel == code]
        ended = [row for row in own if row.status not in ("delivered", "clicked") and row.id not in left_behind]
        yield ChannelTally(
            code=code,
            sent=sum(row.attempts > 0 for row in own),
            delivered=sum(row.status in ("delivered", "clicked") for row in own),
            fell_over=sum(row.id in left_behind for row in own),
            rejected=Counter(_words(row) for row in ended),
        )


def _words(row: Row) -> str:
    what = row.reason or row.status
    if row.provider_code is not None:
        what = f"{what} ({row.provider_code})"
    return what if row.status == "rejected" else f"{row.status}: {what}"


def _strangers(people: Sequence[Person], by_user: Mapping[str, Sequence[Row]]) -> Iterable[str]:
    extra = by_user.keys() - {person.userid for person in people}
    if extra:
        yield f"deliveries to users nobody named: {', '.join(sorted(extra)[:EXAMPLES])}"


def _unplanned(people: Sequence[Person], by_user: Mapping[str, Sequence[Row]]) -> Iterable[str]:
    for group, members in _members(people):
        wrong = [person for person in members if not is_as_planned(person, by_user.get(person.userid, ()))]
        if wrong:
            planned = " then ".join(map(str, group.expected))
            cases = "; ".join(
                f"{person.userid} has {_shown(by_user.get(person.userid, ()))}" for person in wrong[:EXAMPLES]
            )
            yield f"{group.title}: {len(wrong)} of {len(members)} not as planned ({planned}): {cases}"
    unfinished = sum(row.status not in FINAL for rows in by_user.values() for row in rows)
    if unfinished:
        yield f"{unfinished} deliveries have not reached a final state"


def _miscounted(
    people: Sequence[Person], by_user: Mapping[str, Sequence[Row]], calls: Mapping[str, int]
) -> Iterable[str]:
    """Exactly one call for each attempt, person by person and account by account."""
    attempts: Counter[str] = Counter()
    for person in people:
        for row in by_user.get(person.userid, ()):
            if row.channel is not None:
                attempts[person.openids.get(row.channel, "?")] += row.attempts
    seen = Counter(calls)
    if attempts != seen:
        more, fewer = seen - attempts, attempts - seen
        yield (
            f"the sandbox saw {seen.total()} send calls for {attempts.total()} attempts: "
            f"{more.total()} calls without an attempt, {fewer.total()} attempts without a call"
        )


def _shown(rows: Sequence[Row]) -> str:
    return " then ".join(str(Outcome(*row[2:6])) for row in rows) or "no delivery"
