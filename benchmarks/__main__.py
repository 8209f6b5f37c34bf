"""`python -m benchmarks [--recipients N] [--latency-ms N] [--rounds N] [--json]`: the gateway beside others.

`python -m benchmarks lanes …`: how soon a message of high priority leaves while a broadcast is sent.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks import lanes
from benchmarks.deliveries import figures, measure
from benchmarks.figures import tell
from ums.cli.bench.stage import Load
from ums.settings import Settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    usual = Settings()
    load = Load(
        recipients=given.recipients,
        latency_ms=given.latency_ms,
        senders=usual.senders,
        in_flight=usual.in_flight,
    )
    tell({"recipients": given.recipients, **figures(measure(load, given.rounds))}, as_json=given.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["lanes"]:
        lanes.main(sys.argv[2:])
    else:
        main()
