"""What the provider counted, told apart by person and by message."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from sandbox.client import SandboxClient
from sandbox.paths import SENDS

PAGE = 5_000
TOKEN_REFUSALS = frozenset({40001, 40014, 42001})
"""Calls turned away at the door for their token, and made once more: they reach nobody."""
MARK = "character_string1"
"""The value of a message that says which one it is."""


class Called(NamedTuple):
    """One call for a send: when, to whom, which message, our id of it, and the provider's."""

    at: float
    openid: str
    mark: str
    repeat_id: str
    provider_id: str


def calls(sandbox: SandboxClient) -> list[Called]:
    """Every call for a send that was not turned away for its token, oldest first."""
    found: list[Called] = []
    offset = 0
    while True:
        page = sandbox.control("GET", "calls", None, limit=PAGE, offset=offset).json()
        found += [_called(one) for one in page["calls"] if _is_send(one)]
        offset += PAGE
        if offset >= page["total"]:
            if page["forgotten"]:
                raise RuntimeError("The sandbox has forgotten calls; give it a larger --keep-calls.")
            return found


def _is_send(call: Mapping[str, object]) -> bool:
    return call["path"] in SENDS and call["errcode"] not in TOKEN_REFUSALS


def _called(call: Mapping[str, object]) -> Called:
    body, answer = call["body"], call["answer"]
    assert isinstance(body, dict)
    provider_id = answer.get("msgid", "") if isinstance(answer, dict) else ""
    mark = str(body.get("data", {}).get(MARK, {}).get("value", ""))
    return Called(
        float(str(call["at"])), str(call["openid"]), mark, str(body.get("client_msg_id", "")), str(provider_id)
    )


def of(found: Iterable[Called], mark: str) -> list[Called]:
    """The calls of one message."""
    return [one for one in found if one.mark == mark]


def per_person(found: Iterable[Called]) -> Counter[str]:
    """How often each was called."""
    return Counter(one.openid for one in found)


def received(found: Iterable[Called]) -> Counter[str]:
    """How many messages each got: a repeat that the provider drops is answered with the first one's number."""
    return Counter(openid for openid, _ in {(one.openid, one.provider_id) for one in found if one.provider_id})


def repeats(found: Iterable[Called]) -> tuple[int, float, int]:
    """Calls beyond each person's first; the longest time after that; and those that had another id of ours."""
    by_person: defaultdict[str, list[Called]] = defaultdict(list)
    for one in found:
        by_person[one.openid].append(one)
    again = [(one, first) for first, *later in by_person.values() for one in later]
    longest = max((one.at - first.at for one, first in again), default=0.0)
    return len(again), longest, sum(one.repeat_id != first.repeat_id for one, first in again)


def longest_silence(found: Iterable[Called], since: float, until: float) -> float:
    """The longest time without a call between two moments."""
    moments = sorted([since, until, *(one.at for one in found if since < one.at < until)])
    return max(later - earlier for earlier, later in pairwise(moments))


def first_after(found: Iterable[Called], moment: float) -> float | None:
    """Seconds from a moment to the next call; None where none came."""
    return min((one.at - moment for one in found if one.at >= moment), default=None)
