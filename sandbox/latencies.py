"""How long an answer takes: for everything, for one account, for one path, or for both together."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.faults import draw


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds before the answer, plus up to ``jitter_ms`` more. Empty ``appid`` or ``path``: any."""

    ms: float
    jitter_ms: float = 0.0
    appid: str = ""
    path: str = ""


@dataclass(slots=True)
class Latencies:
    """The most particular latency counts: account and path, then path, then account, then the general one."""

    listed: dict[tuple[str, str], Latency] = field(default_factory=dict)
    drawn: int = 0

    def put(self, latency: Latency) -> None:
        self.listed[latency.appid, latency.path] = latency

    def seconds(self, appid: str, path: str) -> float:
        """How long this call takes."""
        for key in ((appid, path), ("", path), (appid, ""), ("", "")):
            latency = self.listed.get(key)
            if latency is not None:
                return (latency.ms + self._jitter(latency)) / 1000
        return 0.0

    def _jitter(self, latency: Latency) -> float:
        if not latency.jitter_ms:
            return 0.0
        self.drawn += 1
        return latency.jitter_ms * draw(0, self.drawn)
