"""A sending process with the fake plugins, for a test.

Its arguments: its home, its lease, its calls at a time, its database.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fakes import FakePlugin
from ums import logs
from ums.clock import SystemClock
from ums.dispatch import worker
from ums.registry import Registry
from ums.settings import Settings


def main() -> None:
    settings = Settings(
        home=Path(sys.argv[1]),
        database_url=sys.argv[4],
        secret_key="a key for tests only",
        in_flight=int(sys.argv[3]),
        lease_seconds=float(sys.argv[2]),
        allowed_networks=("127.0.0.0/8",),
    )
    logs.set_up(settings)
    registry = Registry([FakePlugin("app"), FakePlugin("email")])
    worker.run(settings, registry, SystemClock())


if __name__ == "__main__":
    main()
