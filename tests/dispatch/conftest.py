"""A real database, a real provider, a real clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dispatch.stage import Stage, set_up
from tests.dispatch.turning import Process, staged
from tests.factories import create_gateway
from tests.fakes import FakeProvider, FrozenClock
from ums.clock import SystemClock
from ums.services.gateway import Gateway


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path / "home", clock=SystemClock(), allowed_networks=["127.0.0.0/8"])
    yield opened
    opened.close()


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    return set_up(gateway, provider)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def standing(tmp_path: Path, clock: FrozenClock) -> Iterator[Stage]:
    """A stage whose clock stands still, and whose channels have no pace."""
    with staged(tmp_path / "home", clock) as made:
        yield made


@pytest.fixture
def process(stage: Stage, clock: FrozenClock) -> Process:
    """A sending process whose turns a test takes one by one."""
    return Process(stage, clock)
