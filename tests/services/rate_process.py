"""A process that counts requests: `python -m tests.services.rate_process DATABASE_URL NOW THREADS`.

Its clock stands at NOW. Reads commands, one per line, `KEY LIMIT REQUESTS`: that many requests of the caller are
made by all threads together. Answers each with one line: how many of them were let through.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.fakes import FrozenClock
from ums.services.rates import Rates
from ums.store.db import open_database


def main(database_url: str, now: float, threads: int) -> None:
    rates = Rates(open_database(database_url), FrozenClock(now))
    with ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)  # noqa: T201  the way back to the test
        for line in sys.stdin:
            key, limit, requests = line.split()
            allowed = [pool.submit(rates.spend, key, int(limit)) for _ in range(int(requests))]
            print(sum(request.result().allowed for request in allowed), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
