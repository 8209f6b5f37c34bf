"""A real database, a real provider, a real clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dispatch.stage import Stage, set_up
from tests.factories import create_gateway
from tests.fakes import FakeProvider
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
