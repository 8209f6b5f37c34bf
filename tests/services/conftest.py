"""A gateway on a scratch database, whose clock stands still, and a provider it can reach."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import create_gateway
from tests.fakes import FakeProvider, FrozenClock
from ums.services.gateway import Gateway


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def fake_provider() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider
