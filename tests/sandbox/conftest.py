from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.client import SandboxClient
from sandbox.inprocess import running
from sandbox.options import Options
from tests.sandbox.callback import Callback, callback_server


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    with running(Options(push_delay_ms=0)) as url:
        yield url


@pytest.fixture
def sandbox(sandbox_url: str) -> Iterator[SandboxClient]:
    """A sandbox with nothing configured."""
    with SandboxClient(sandbox_url) as client:
        client.control("POST", "reset")
        yield client


@pytest.fixture
def callback() -> Iterator[Callback]:
    with callback_server() as callback:
        yield callback
