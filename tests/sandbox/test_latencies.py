from __future__ import annotations

import pytest

from sandbox.latencies import Latencies, Latency


@pytest.mark.parametrize(
    ("appid", "path", "seconds"),
    [("wx1", "/p", 0.004), ("wx2", "/p", 0.003), ("wx1", "/q", 0.002), ("wx2", "/q", 0.001)],
)
def test_the_most_particular_latency_counts(appid: str, path: str, seconds: float) -> None:
    latencies = Latencies()
    latencies.put(Latency(ms=1))
    latencies.put(Latency(ms=2, appid="wx1"))
    latencies.put(Latency(ms=3, path="/p"))
    latencies.put(Latency(ms=4, appid="wx1", path="/p"))
    assert latencies.seconds(appid, path) == seconds


def test_without_any_latency_there_is_none() -> None:
    assert Latencies().seconds("wx1", "/p") == 0


def test_jitter_only_adds_and_is_the_same_in_every_run() -> None:
    runs = []
    for _ in range(2):
        latencies = Latencies()
        latencies.put(Latency(ms=10, jitter_ms=5))
        runs.append([latencies.seconds("wx1", "/p") for _ in range(100)])
    assert runs[0] == runs[1]
    assert all(0.010 <= seconds < 0.015 for seconds in runs[0])
    assert len(set(runs[0])) > 90
