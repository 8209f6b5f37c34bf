"""A gateway with the channel types that are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import create_gateway
from tests.fakes import FrozenClock
from ums.registry import Registry
from ums.services.gateway import Gateway


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path, registry=Registry.load(), clock=clock)
    yield opened
    opened.close()
