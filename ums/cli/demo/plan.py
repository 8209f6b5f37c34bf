"""Who gets the demo's message, on which account, and what must become of it. Nothing here does I/O."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MINI_PROGRAM = "wechatmp123"
OFFICIAL_ACCOUNT = "wechatoa456"

NO_CREDIT = 43101
INVALID_OPENID = 40003
NOT_FOLLOWING = 43004
USER_BLOCK = "failed:user block"


class Outcome(NamedTuple):
    """One delivery row as it must end; `reason` is compared only where the plan names one."""

    channel: str | None
    status: str
    provider_code: int | None = None
    reason: str = ""

    def __str__(self) -> str:
        code = "" if self.provider_code is None else f" {self.provider_code}"
        reason = f" ({self.reason})" if self.reason and self.channel else ""
        return f"{self.channel or 'nowhere'}: {self.status}{code}{reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquaintance:
    """How one account of the sandbox knows the people of a group; `listed` False makes the openid a dead one."""

    listed: bool = True
    credits: int | None = None
    following: bool = True
    outcome: str = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who are alike: `weight` of every 1,000, bound to the accounts that know them.

    `expected` are the deliveries of each of them, in the order in which they are made.
    """

    key: str
    title: str
    weight: int
    expected: tuple[Outcome, ...]
    accounts: Mapping[str, Acquaintance] = field(default_factory=dict)
    uploaded: bool = True


KNOWN = Acquaintance()
WITHOUT_CREDIT = Acquaintance(credits=0)
DELIVERED_ON_MINI_PROGRAM = Outcome(MINI_PROGRAM, "delivered")
DELIVERED_ON_OFFICIAL_ACCOUNT = Outcome(OFFICIAL_ACCOUNT, "delivered")
REFUSED_FOR_CREDIT = Outcome(MINI_PROGRAM, "rejected", NO_CREDIT)

GROUPS = (
    Group(
        key="both",
        title="on both accounts, subscribed",
        weight=400,
        accounts={MINI_PROGRAM: KNOWN, OFFICIAL_ACCOUNT: KNOWN},
        expected=(DELIVERED_ON_MINI_PROGRAM,),
    ),
    Group(
        key="mini",
        title="mini program only, subscribed",
        weight=140,
        accounts={MINI_PROGRAM: KNOWN},
        expected=(DELIVERED_ON_MINI_PROGRAM,),
    ),
    Group(
        key="official",
        title="official account only",
        weight=140,
        accounts={OFFICIAL_ACCOUNT: KNOWN},
        expected=(DELIVERED_ON_OFFICIAL_ACCOUNT,),
    ),
    Group(
        key="nocredit",
        title="on both, without subscription credit",
        weight=120,
        accounts={MINI_PROGRAM: WITHOUT_CREDIT, OFFICIAL_ACCOUNT: KNOWN},
        expected=(REFUSED_FOR_CREDIT, DELIVERED_ON_OFFICIAL_ACCOUNT),
    ),
    Group(
        key="dead",
        title="on both, dead mini program openid",
        weight=50,
        accounts={MINI_PROGRAM: Acquaintance(listed=False), OFFICIAL_ACCOUNT: KNOWN},
        expected=(Outcome(MINI_PROGRAM, "rejected", INVALID_OPENID), DELIVERED_ON_OFFICIAL_ACCOUNT),
    ),
    Group(
        key="mininocredit",
        title="mini program only, without credit",
        weight=50,
        accounts={MINI_PROGRAM: WITHOUT_CREDIT},
        expected=(REFUSED_FOR_CREDIT,),
    ),
    Group(
        key="unfollowed",
        title="official account only, not following",
        weight=30,
        accounts={OFFICIAL_ACCOUNT: Acquaintance(following=False)},
        expected=(Outcome(OFFICIAL_ACCOUNT, "rejected", NOT_FOLLOWING),),
    ),
    Group(
        key="blocking",
        title="official account only, blocks it (by receipt)",
        weight=30,
        accounts={OFFICIAL_ACCOUNT: Acquaintance(outcome=USER_BLOCK)},
        expected=(Outcome(OFFICIAL_ACCOUNT, "rejected", None, "user_block"),),
    ),
    Group(
        key="unbound",
        title="known, bound to neither account",
        weight=20,
        expected=(Outcome(None, "unreachable", None, f"{MINI_PROGRAM}: not_bound, {OFFICIAL_ACCOUNT}: not_bound"),),
    ),
    Group(
        key="unknown",
        title="never uploaded",
        weight=20,
        uploaded=False,
        expected=(Outcome(None, "unreachable", None, "unknown_user"),),
    ),
)
"""The weights add up to 1,000."""

LEAST_USERS = len(GROUPS)
"""With fewer, a group would have nobody in it."""


class Person(NamedTuple):
    """One recipient; `openids` maps channel codes to the openid bound there."""

    userid: str
    group: Group
    openids: Mapping[str, str]


def sizes(users: int, groups: Sequence[Group] = GROUPS) -> tuple[int, ...]:
    """How many of `users` (at least one for each group) fall to each group, by weight and largest remainder."""
    if users < len(groups):
        raise ValueError(f"{users} users don't fill {len(groups)} groups")
    spare, weight = users - len(groups), sum(group.weight for group in groups)
    shares = [spare * group.weight / weight for group in groups]
    taken = [int(share) for share in shares]
    by_remainder = sorted(range(len(groups)), key=lambda index: taken[index] - shares[index])
    for index in by_remainder[: spare - sum(taken)]:
        taken[index] += 1
    return tuple(1 + count for count in taken)


def people(users: int, groups: Sequence[Group] = GROUPS) -> tuple[Person, ...]:
    """Everyone in the demo, with openids of their own."""
    return tuple(_members(users, groups))


def _members(users: int, groups: Sequence[Group]) -> Iterator[Person]:
    for group, size in zip(groups, sizes(users, groups), strict=True):
        for number in range(1, size + 1):
            yield Person(f"{group.key}-{number:04d}", group, {code: openid() for code in group.accounts})


def openid() -> str:
    """A random openid in the platform's form: `o` and 27 characters."""
    return f"o{secrets.token_urlsafe(27)[:27]}"
