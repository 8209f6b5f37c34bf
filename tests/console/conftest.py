"""The whole web side on a scratch database, with a fake provider behind two channels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.console.visitor import Visitor
from tests.databases import databases
from tests.dispatch.stage import Stage, set_up
from tests.fakes import FakePlugin, FakeProvider, PlainPlugin
from tests.migrated import migrate
from ums.app import create_app
from ums.clock import SystemClock
from ums.registry import Registry
from ums.services.gateway import Gateway
from ums.settings import Settings


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        running.templates["message"] = [("t1", "Parcel"), ("t2", "Payment")]
        yield running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    home = tmp_path / "home"
    settings = Settings(
        home=home, database_url=databases.url(home), secret_key="a key for tests only", log_level="error"
    )
    made = create_app(
        settings, Registry([FakePlugin("app"), FakePlugin("email"), PlainPlugin("sms")]), SystemClock()
    )
    gateway = made.extensions["ums"]
    migrate(gateway.database)
    yield made
    gateway.close()


@pytest.fixture
def gateway(app: Flask) -> Gateway:
    found = app.extensions["ums"]
    assert isinstance(found, Gateway)
    return found


@pytest.fixture
def stage(gateway: Gateway, provider: FakeProvider) -> Stage:
    """`shop` sends on app1 and email1."""
    return set_up(gateway, provider)


@pytest.fixture
def stranger(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def viewer(app: Flask, gateway: Gateway) -> Visitor:
    return Visitor(app).sign_in(gateway, "viewer")


@pytest.fixture
def operator(app: Flask, gateway: Gateway) -> Visitor:
    return Visitor(app).sign_in(gateway, "operator")
