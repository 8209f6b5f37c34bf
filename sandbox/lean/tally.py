"""What lean mode answers, and what it has counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from sandbox import paths
from sandbox.errors import MESSAGES, Refused
from sandbox.exchange import as_json, document_in, text_in

COUNT = "/_sandbox/calls/count"
ARRIVALS = "/_sandbox/calls/arrivals"
WATCHED = "oWATCHED"
"""How the openids begin of which the moment of the first message is kept."""
CALLS = "/_sandbox/calls"
FIRST_MSGID = 2**53
TOKEN = "LEAN_SANDBOX_" + "0123456789abcdef" * 8
"""The one token there is, whoever asks."""
_ISSUED = frozenset({TOKEN})
_TOKENS = frozenset({paths.STABLE, paths.CLASSIC})
_GIVEN = as_json({"access_token": TOKEN, "expires_in": 7200})


class Said(NamedTuple):
    """An answer; ``holds`` is the openid that no second call may use until it is given."""

    body: bytes
    status: int = 200
    holds: str = ""


class Tally:
    """All that lean mode knows of the calls: how many of each path, of whom, and how they were answered."""

    def __init__(self) -> None:
        self.paths: Counter[str] = Counter()
        self.openids: dict[str, int] = {}
        self.errcodes: Counter[str] = Counter()
        self.arrivals: dict[str, float] = {}
        """When the first message came for each of those watched, in unix seconds."""
        self._sent = 0
        self._busy: set[str] = set()

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Said:
        """What a call gets."""
        if path in paths.SENDS or path in _TOKENS:
            return self._platform(path, query, body)
        if path == COUNT and method == "GET":
            return self._counted(query)
        if path == ARRIVALS and method == "GET":
            return Said(as_json({"arrivals": dict(self.arrivals)}))
        if path == CALLS and method == "DELETE":
            return self._forgotten()
        known = ", ".join(sorted(paths.SENDS | _TOKENS))
        wrong = (
            f"lean mode knows no {method} {path}; there are {known}, GET {COUNT}, GET {ARRIVALS}, DELETE {CALLS}"
        )
        return Said(as_json({"error": wrong}), HTTPStatus.NOT_FOUND)

    def release(self, openid: str) -> None:
        """The call that held this openid has been answered."""
        self._busy.discard(openid)

    def _platform(self, path: str, query: Mapping[str, str], body: bytes) -> Said:
        self.paths[path] += 1
        try:
            said = Said(_GIVEN) if path in _TOKENS else self._sending(query, body)
        except Refused as refusal:
            self.errcodes[str(refusal.errcode)] += 1
            return Said(as_json({"errcode": refusal.errcode, "errmsg": MESSAGES[refusal.errcode]}))
        self.errcodes["0"] += 1
        return said

    def _sending(self, query: Mapping[str, str], body: bytes) -> Said:
        """A message counts for whom it goes to once its token and its body have been read."""
        token = query.get("access_token", "")
        if token not in _ISSUED:
            raise Refused(40001 if token else 41001)
        openid = text_in(document_in(body), "touser")
        if not openid:
            raise Refused(40003)
        if openid in self._busy:
            raise Refused(43108)
        self._busy.add(openid)
        if openid.startswith(WATCHED):
            self.arrivals.setdefault(openid, time.time())
        self.openids[openid] = self.openids.get(openid, 0) + 1
        self._sent += 1
        return Said(b'{"errcode":0,"errmsg":"ok","msgid":%d}' % (FIRST_MSGID + self._sent), 200, openid)

    def _counted(self, query: Mapping[str, str]) -> Said:
        """As the whole sandbox counts, by ``path`` and ``group``; and of how many openids the messages were."""
        groups: Mapping[str, Mapping[str, int]] = {
            "path": self.paths,
            "openid": self.openids,
            "errcode": self.errcodes,
        }
        group, path = query.get("group", ""), query.get("path", "")
        unknown = query.keys() - {"group", "path"}
        if unknown or (group and group not in groups) or (group and path):
            wrong = f"query: group ({', '.join(groups)}) or path may be given in lean mode"
            return Said(as_json({"error": wrong}), HTTPStatus.BAD_REQUEST)
        counted = {
            "count": self.paths[path] if path else self.paths.total(),
            "sent": self._sent,
            "openids": len(self.openids),
            "groups": groups[group] if group else {},
            "forgotten": 0,
        }
        return Said(as_json(counted))

    def _forgotten(self) -> Said:
        removed, self._sent = self.paths.total(), 0
        self.arrivals.clear()
        for counted in (self.paths, self.openids, self.errcodes):
            counted.clear()
        return Said(as_json({"removed": removed}))
