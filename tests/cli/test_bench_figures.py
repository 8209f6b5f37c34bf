"""What `ums bench` makes of what it measured."""

from __future__ import annotations

from ums.cli.bench.figures import Counted, Measured, Spent
from ums.cli.bench.stage import Load

LOAD = Load(recipients=1000, latency_ms=50, senders=2, in_flight=10)


def measured(sent: int = 1000, openids: int = 1000, accepted: int = 1000) -> Measured:
    return Measured(
        load=LOAD,
        seconds=5.0,
        spent=[Spent(0.06, 90.0, 2), Spent(0.04, 110.0, 1)],
        counted=Counted(sent, openids),
        counts={"accepted": accepted},
    )


def test_figures_are_of_all_processes_together_and_memory_of_the_largest() -> None:
    document = measured().document()
    assert document["deliveries_per_second"] == 200
    assert document["cpu_us_per_delivery"] == 100
    assert document["peak_rss_mb"] == 110
    assert document["commits_per_1000"] == 3
    assert document["share_of_in_flight_by_latency"] == 0.5
    assert document["faults"] == []


def test_a_message_too_many_or_too_few_makes_the_figures_worth_nothing() -> None:
    assert "counted 1001 messages to 1000 people" in measured(sent=1001).faults[0]
    assert "counted 1000 messages to 999 people" in measured(openids=999).faults[0]
    assert "{'accepted': 999}" in measured(accepted=999).faults[0]
