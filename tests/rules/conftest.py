"""The whole application, for the tests that look at its routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from ums.app import create_app
from ums.clock import SystemClock
from ums.registry import Registry
from ums.settings import Settings
from ums.store.db import open_database
from ums.store.schema import upgrade


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    settings = Settings(home=tmp_path)
    database = open_database(settings.database)
    upgrade(database.engine)
    database.close()
    app = create_app(settings, Registry.load(), SystemClock())
    yield app
    app.extensions["ums"].close()
