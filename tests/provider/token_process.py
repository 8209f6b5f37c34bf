"""A process that shares tokens.

It is told `("get", KEY)`, and every thread asks for the key's token at once, or `("refuse", KEY, VALUE)`, and every
thread reports it refused and asks again. It answers each with the sorted list of the values they got.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tests.forked import Pipe
from tests.provider.token_server import Credentials
from ums.clock import SystemClock
from ums.provider.requests_driver import RequestsDriver
from ums.provider.tokens import TokenStore
from ums.store.db import open_database
from ums.store.sealing import Sealer

KEY = "a key for tests only"


def main(pipe: Pipe, database_url: str, provider_url: str, threads: int, lease: float) -> None:
    store = TokenStore(open_database(database_url), Sealer(KEY), SystemClock(), RequestsDriver(), lease=lease)
    together = threading.Barrier(threads)

    def obey(key: str, refused: str) -> str:
        together.wait()
        if refused:
            store.expire(key, refused)
        return store.get(key, Credentials(url=provider_url, key=key))

    with ThreadPoolExecutor(threads) as pool:
        pipe.send("ready")
        while True:
            _, key, *refused = pipe.recv()
            pipe.send(sorted(set(pool.map(obey, [key] * threads, (refused or [""]) * threads))))
