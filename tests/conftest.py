"""What every test finds: an environment without settings, and a skip where a service it needs isn't there.

A test marked `postgresql`, `redis`, `rabbitmq` or `browser` is skipped where that doesn't answer. With
UMS_CI=1 (set by `.ci/run`) it must run where it does answer: a skip then counts as a failure.

A test marked `both_databases` runs twice, on SQLite and on PostgreSQL; `--database=postgresql` has all run there.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Generator, Iterator
from functools import cache

import pytest

from tests import described, routes
from tests.databases import KINDS, POSTGRESQL, SQLITE, databases

PORTS = {"postgresql": 5432, "redis": 6379, "rabbitmq": 5672}
BROWSERS = ("chromium", "chromium-browser")
NEEDS = (*PORTS, "browser")
STRICT = os.environ.get("UMS_CI") == "1"


@cache
def missing(need: str) -> str:
    """Why what a marker asks for can't be used here; empty where it can."""
    if need == "browser":
        return "" if any(map(shutil.which, BROWSERS)) else "there is no Chromium on the path"
    try:
        socket.create_connection(("127.0.0.1", PORTS[need]), timeout=2).close()
    except OSError:
        return f"no {need} answers on 127.0.0.1:{PORTS[need]}"
    return ""


def needs(item: pytest.Item) -> list[str]:
    return [need for need in NEEDS if item.get_closest_marker(need)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    reasons = [reason for reason in map(missing, needs(item)) if reason]
    if item.get_closest_marker("sqlite") and item.config.getoption("database") != SQLITE:
        reasons = ["it is about SQLite"]
    if reasons:
        pytest.skip(" and ".join(reasons))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    present = needs(item) and not any(map(missing, needs(item)))
    if STRICT and present and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, although {' and '.join(needs(item))} is there: {report.longrepr}"
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=KINDS, default=SQLITE, help="where the tests keep their rows")


def pytest_configure(config: pytest.Config) -> None:
    described.watch()
    routes.compile_once()
    # thousands of tests leave much behind that stays: to go through all of it seldom is a tenth of their time
    gc.set_threshold(100_000, 50, 100)
    databases.kind = config.getoption("database")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for disks and for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_unconfigure() -> None:
    databases.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker
    if marked("both_databases") and not marked("sqlite") and databases.kind == SQLITE:
        kinds = [SQLITE, pytest.param(POSTGRESQL, marks=pytest.mark.postgresql)]
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture(autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where this test keeps its rows."""
    usual = databases.kind
    databases.kind = getattr(request, "param", usual)
    yield databases.kind
    databases.kind = usual
    databases.clean_up()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """Fail a test in which, or in whose fixtures, the API answered otherwise than its description says."""
    try:
        outcome = yield
    finally:
        found = sorted(set(described.faults))
        described.faults.clear()
    assert not found, "The API and its description at /openapi.json disagree:\n" + "\n".join(found)
    return outcome


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests away from what is tested."""
    for name in [name for name in os.environ if name.startswith("UMS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def chromium() -> str:
    """The browser's path, for `executable_path`; for tests marked `browser`."""
    return next(filter(None, map(shutil.which, BROWSERS)))
