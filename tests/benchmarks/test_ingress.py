"""Sends and uploads against a real `ums serve`, for a moment."""

from __future__ import annotations

from benchmarks.ingress import Shape, measured_ingress


def test_sends_and_uploads_are_answered_and_timed() -> None:
    shape = Shape(seconds=0.2, people=500, connections=2, processes=1, threads=2, latency_ms=20)
    figures = measured_ingress(shape)
    for name in ("bare_answers_per_second", "sends_per_second", "send_p99_ms", "users_uploaded_per_second"):
        assert figures[name] > 0, name
    assert figures["sends_beside_a_broadcast"] > 1
    assert figures["send_beside_a_broadcast_p50_ms"] <= figures["send_beside_a_broadcast_p99_ms"]
