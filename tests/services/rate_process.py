"""A process that counts requests; its clock stands at `now`.

It is told `(KEY, LIMIT, REQUESTS)`: that many requests of the caller are made by all threads together. It answers
how many of them were let through.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.fakes import FrozenClock
from tests.forked import Pipe
from ums.services.rates import Rates
from ums.store.db import open_database


def main(pipe: Pipe, database_url: str, now: float, threads: int) -> None:
    rates = Rates(open_database(database_url), FrozenClock(now))
    with ThreadPoolExecutor(threads) as pool:
        pipe.send("ready")
        while True:
            key, limit, requests = pipe.recv()
            allowed = [pool.submit(rates.spend, key, limit) for _ in range(requests)]
            pipe.send(sum(request.result().allowed for request in allowed))
