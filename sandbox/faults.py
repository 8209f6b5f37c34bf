"""Faults on demand: which call goes wrong, how, and how often."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from sandbox.errors import MESSAGES
from sandbox.exchange import Answer, Asked, as_json, openid_in

BEHAVIOURS: Mapping[str, bool] = {
    "reset_before_answer": False,
    "reset_after_accept": True,
    "hang": False,
    "html": False,
    "empty": False,
    "cut_json": True,
    "slow_body": True,
    "dirty_text": True,
    "push_before_answer": True,
    "push_twice": True,
    "no_push": True,
}
"""What can be asked for, and whether the platform takes the call (spends the credit, pushes the event)."""

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong for the calls it matches.

    ``share`` (0 to 1) of them fall to it, until it has struck ``times`` times (None: for ever).
    ``seconds`` is how long ``hang`` and ``slow_body`` take.
    """

    id: int = 0
    appid: str = ""
    path: str = ""
    openid: str = ""
    errcode: int | None = None
    errmsg: str = ""
    http_status: int = 200
    behaviour: str = ""
    accepts: bool = False
    share: float = 1.0
    times: int | None = None
    seconds: float = 30.0
    matched: int = 0
    struck: int = 0

    @property
    def masks(self) -> bool:
        """Whether the platform's own answer is replaced, even where it took the call."""
        return self.behaviour in ("", "html", "empty")

    def strikes(self, appid: str, asked: Asked) -> bool:
        """Whether this call falls to the fault; counts it."""
        if self.times is not None and self.struck >= self.times:
            return False
        if (self.appid and self.appid != appid) or (self.path and self.path != asked.path):
            return False
        if self.openid and self.openid != openid_in(asked):
            return False
        self.matched += 1
        if self.share < 1 and draw(self.id, self.matched) >= self.share:
            return False
        self.struck += 1
        return True

    def answer(self, asked: Asked, rid: str) -> Answer:
        """What is said in place of the platform's own answer, where the call is not taken."""
        if self.errcode is not None:
            words = self.errmsg or MESSAGES.get(self.errcode, "sandbox fault")
            body = as_json({"errcode": self.errcode, "errmsg": f"{words} rid: {rid}"})
        else:
            body = b"" if self.behaviour in ("empty", "reset_before_answer", "hang") else HTML
        return Answer(body, self.errcode, self.http_status, openid_in(asked))


def draw(seed: int, number: int) -> float:
    """A reproducible number in [0, 1): the same for the same seed and number, in every run."""
    digest = hashlib.blake2b(b"%d:%d" % (seed, number), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


@dataclass(slots=True)
class Faults:
    """All faults in the order they were asked for; the first that strikes wins."""

    listed: list[Fault] = field(default_factory=list)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def add(self, fault: Fault) -> Fault:
        fault.id = next(self._ids)
        self.listed.append(fault)
        return fault

    def remove(self, fault_id: int | None = None) -> int:
        """Ends one fault, or all of them. The number ended."""
        kept = [] if fault_id is None else [fault for fault in self.listed if fault.id != fault_id]
        ended = len(self.listed) - len(kept)
        self.listed = kept
        return ended

    def match(self, appid: str, asked: Asked) -> Fault | None:
        return next((fault for fault in self.listed if fault.strikes(appid, asked)), None)
