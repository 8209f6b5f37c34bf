"""`python -m benchmarks [--recipients N] [--latency-ms N] [--json]`."""

from __future__ import annotations

import argparse

from benchmarks.deliveries import measure
from benchmarks.figures import tell


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--latency-ms", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    found = measure(given.recipients, given.latency_ms)
    figures = {
        "recipients": found.recipients,
        "deliveries_per_second": round(found.deliveries_per_second),
        "bare_calls_per_second": round(found.bare_calls_per_second),
        "ratio": round(found.ratio, 2),
    }
    tell(figures, as_json=given.json)


if __name__ == "__main__":
    main()
