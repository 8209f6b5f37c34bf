"""All transports behind one door, and servers for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

import pytest
import uvloop

from tests.factories import create_database
from tests.fakes import FrozenClock
from tests.provider.fault_server import CERTIFICATE, FaultServer, fault_server
from tests.provider.token_process import KEY
from tests.provider.token_server import Credentials, TokenServer, token_server
from ums.provider.loop_driver import LoopDriver
from ums.provider.requests_driver import RequestsDriver
from ums.provider.tokens import TokenStore
from ums.sdk.call import Exchange
from ums.store.db import Database
from ums.store.sealing import Sealer

T = TypeVar("T")


class Carrier(Protocol):
    """Runs an exchange to its end, whichever transport carries it."""

    def run(self, exchange: Exchange[T]) -> T: ...


class LoopCarrier:
    """The event-loop driver on a loop of its own."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop], *, by_library: bool = False) -> None:
        self._runner = asyncio.Runner(loop_factory=new_loop)
        self._driver = self._runner.run(self._open(by_library=by_library))

    def run(self, exchange: Exchange[T]) -> T:
        return self._runner.run(self._driver.run(exchange))

    def close(self) -> None:
        self._runner.run(self._driver.close())
        self._runner.close()

    async def _open(self, *, by_library: bool) -> LoopDriver:
        return LoopDriver(in_flight=8, authorities=str(CERTIFICATE), by_library=by_library)


@pytest.fixture(params=["requests", "asyncio", "uvloop", "uvloop, by library"])
def carrier(request: pytest.FixtureRequest) -> Iterator[Carrier]:
    if request.param == "requests":
        driver = RequestsDriver(authorities=str(CERTIFICATE))
        yield driver
        driver.close()
    else:
        new_loop = asyncio.new_event_loop if request.param == "asyncio" else uvloop.new_event_loop
        loop = LoopCarrier(new_loop, by_library="by library" in request.param)
        yield loop
        loop.close()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with fault_server() as running:
        yield running


@pytest.fixture(scope="module")
def secure_server() -> Iterator[FaultServer]:
    with fault_server(secure=True) as running:
        yield running


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = create_database(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    with token_server() as running:
        yield running


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def store(database: Database, clock: FrozenClock) -> Iterator[TokenStore]:
    driver = RequestsDriver()
    yield TokenStore(database, Sealer(KEY), clock, driver)
    driver.close()


@pytest.fixture
def fetch(provider: TokenServer) -> Credentials:
    return Credentials(url=provider.url, key="oa")


@pytest.fixture
def neighbour(database: Database, clock: FrozenClock) -> TokenStore:
    """What another process would have: the same database, nothing in memory."""
    return TokenStore(database, Sealer(KEY), clock, RequestsDriver())
