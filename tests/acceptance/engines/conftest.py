"""A site on each engine: parametrize `database_kind` and `broker`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.engines.site import Site, opened_site


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> str:
    """The URL of the distributed engine's broker; empty for the local engine."""
    return str(getattr(request, "param", ""))


@pytest.fixture
def site(tmp_path: Path, database_kind: str, broker: str) -> Iterator[Site]:
    with opened_site(tmp_path / "home", broker) as opened:
        yield opened
