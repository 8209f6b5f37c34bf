"""A process that shares tokens: `python -m tests.provider.token_process DATABASE_URL PROVIDER_URL THREADS LEASE`.

Reads commands, one per line: `get KEY` makes every thread ask for the key's token at once, `refuse KEY VALUE`
makes every thread report it refused and ask again. Answers each with one line, the set of values they got.
"""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from tests.provider.token_server import Credentials
from ums.clock import SystemClock
from ums.provider.requests_driver import RequestsDriver
from ums.provider.tokens import TokenStore
from ums.store.db import open_database
from ums.store.sealing import Sealer

KEY = "a key for tests only"


def main(database_url: str, provider_url: str, threads: int, lease: float) -> None:
    store = TokenStore(open_database(database_url), Sealer(KEY), SystemClock(), RequestsDriver(), lease=lease)
    together = threading.Barrier(threads)

    def obey(key: str, refused: str) -> str:
        together.wait()
        if refused:
            store.expire(key, refused)
        return store.get(key, Credentials(url=provider_url, key=key))

    with ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)  # noqa: T201  the way back to the test
        for line in sys.stdin:
            command, key, refused = f"{line.strip()} ".split(" ", 3)[:3]
            values = set(pool.map(obey, [key] * threads, [refused if command == "refuse" else ""] * threads))
            print(json.dumps(sorted(values)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
