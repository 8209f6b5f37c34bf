"""Which ``client_msg_id`` the platform has seen: a repeat within ten minutes is not delivered again."""

from __future__ import annotations

from dataclasses import dataclass, field

WINDOW = 600.0
"""Seconds during which the same id to the same openid counts as a repeat; nothing is promised later."""


@dataclass(slots=True)
class Repeats:
    """The ids of the last ten minutes, oldest first."""

    seen: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def msgid_of(self, openid: str, client_msg_id: str, now: float) -> int | None:
        """The msgid the first send got, or None where this is the first (or the first is too long ago)."""
        found = self.seen.get((openid, client_msg_id))
        return found[1] if found is not None and now - found[0] < WINDOW else None

    def remember(self, openid: str, client_msg_id: str, msgid: int, now: float) -> None:
        self._forget_before(now - WINDOW)
        self.seen.pop((openid, client_msg_id), None)
        self.seen[openid, client_msg_id] = (now, msgid)

    def _forget_before(self, moment: float) -> None:
        while self.seen:
            oldest = next(iter(self.seen))
            if self.seen[oldest][0] > moment:
                return
            del self.seen[oldest]
