"""Every call received: raw when it is kept, parsed when somebody asks."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT_BYTES = 1024 * 1024 * 1024
"""The memory calls may take, whatever their number."""

RECORD_BYTES = 400
"""What a call takes beside its body and answer."""

HIDDEN = "***"
SECRETS = frozenset({"secret", "appsecret", "component_secret", "component_appsecret"})


class Call(NamedTuple):
    """One call and what was decided about it. ``at`` is seconds since the epoch."""

    at: float
    appid: str
    path: str
    openid: str
    errcode: int | None
    http_status: int
    behaviour: str
    body: bytes
    answer: bytes
    ip: str

    @property
    def weight(self) -> int:
        """Roughly how many bytes of memory keeping it takes."""
        return RECORD_BYTES + len(self.body) + len(self.answer)

    def shown(self) -> dict[str, object]:
        """The call as JSON, the caller's secret left out."""
        body = _parsed(self.body)
        if isinstance(body, dict):
            body |= {name: HIDDEN for name in body if name in SECRETS}
        return {
            "at": self.at,
            "appid": self.appid,
            "path": self.path,
            "openid": self.openid,
            "body": body,
            "answer": _parsed(self.answer),
            "errcode": self.errcode,
            "http_status": self.http_status,
            "behaviour": self.behaviour or None,
        }


class Wanted(NamedTuple):
    """Which calls are asked for; an empty member means any."""

    path: str = ""
    openid: str = ""
    appid: str = ""
    errcode: int | None = None
    since: float = 0.0

    def takes(self, call: Call) -> bool:
        return (
            call.at >= self.since
            and (not self.path or call.path == self.path)
            and (not self.openid or call.openid == self.openid)
            and (not self.appid or call.appid == self.appid)
            and (self.errcode is None or call.errcode == self.errcode)
        )


GROUPS: Mapping[str, Callable[[Call], str]] = {
    "openid": lambda call: call.openid,
    "appid": lambda call: call.appid,
    "path": lambda call: call.path,
    "errcode": lambda call: "none" if call.errcode is None else str(call.errcode),
}


@dataclass(slots=True)
class Calls:
    """The last calls, oldest first. ``forgotten`` counts those that no longer fitted."""

    keep: int
    keep_bytes: int = KEPT_BYTES
    kept: deque[Call] = field(default_factory=deque)
    kept_bytes: int = 0
    forgotten: int = 0

    def add(self, call: Call) -> None:
        self.kept.append(call)
        self.kept_bytes += call.weight
        while len(self.kept) > self.keep or self.kept_bytes > self.keep_bytes:
            self.kept_bytes -= self.kept.popleft().weight
            self.forgotten += 1

    def select(self, wanted: Wanted) -> Iterator[Call]:
        return (call for call in self.kept if wanted.takes(call))

    def grouped(self, wanted: Wanted, group: str) -> Counter[str]:
        return Counter(map(GROUPS[group], self.select(wanted)))

    def with_rid(self, rid: str) -> Call | None:
        """The call whose answer carries this rid; later ones only tell of it."""
        mark = f"rid: {rid}".encode()
        return next((call for call in self.kept if mark in call.answer), None)

    def clear(self) -> int:
        """Forgets everything. The number of calls there were."""
        number = len(self.kept)
        self.kept.clear()
        self.kept_bytes = self.forgotten = 0
        return number


def _parsed(raw: bytes) -> object:
    """JSON where it is JSON, the text where it is not, nothing where there was nothing."""
    if not raw:
        return None
    try:
        parsed: object = json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
    return parsed
