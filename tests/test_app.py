"""The web side put together."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import create_environ

from tests.api.site import Site, open_site
from tests.fakes import FakePlugin, FrozenClock
from tests.migrated import migrate
from ums.app import create_app
from ums.registry import Registry
from ums.services import applications
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store.db import open_database

ROOT = Path(__file__).parents[1]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    opened = open_site(tmp_path)
    yield opened
    opened.gateway.close()


def create(settings: Settings) -> tuple[Flask, Gateway]:
    app = create_app(settings, Registry([FakePlugin("app")]), FrozenClock())
    return app, app.extensions["ums"]


def test_the_gateway_stays_with_the_application(site: Site) -> None:
    assert isinstance(site.app.extensions["ums"], Gateway)
    assert site.app.secret_key == site.gateway.sealer.signing_key


def test_its_connections_keep_every_promise_of_the_store(site: Site) -> None:
    with site.gateway.database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_relative_database_is_the_same_file_for_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=tmp_path / "home", database_url="sqlite:///here.db")
    database = open_database(settings.database)
    migrate(database)
    database.close()
    _, gateway = create(settings)
    applications.add(gateway, "shop")
    gateway.close()
    assert [path.name for path in tmp_path.glob("*.db")] == ["here.db"]


def test_two_applications_in_one_process_do_not_share_a_database(tmp_path: Path) -> None:
    sites = [open_site(tmp_path / name) for name in ("one", "two")]
    applications.add(sites[0].gateway, "only here")
    names = [{view.name for view in applications.list_all(site.gateway)} for site in sites]
    for site in sites:
        site.gateway.close()
    assert names == [{"shop", "bank", "only here"}, {"shop", "bank"}]


def test_a_trusted_proxy_is_believed_and_nobody_else(tmp_path: Path) -> None:
    app, gateway = create(Settings(home=tmp_path, trusted_proxies=("10.0.0.0/8",)))
    forwarded = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "ums.example"}
    seen = []
    for peer in ("10.0.0.1", "203.0.113.5"):
        environ = create_environ("/healthz", headers=forwarded, environ_overrides={"REMOTE_ADDR": peer})
        assert b"".join(app(environ, lambda *_: lambda _: None)) == b'{"code":0,"status":"ok"}\n'
        seen.append((environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTP_HOST"]))
    gateway.close()
    assert seen == [("198.51.100.7", "https", "ums.example"), ("203.0.113.5", "http", "localhost")]


def test_secrets_and_openids_of_requests_are_in_no_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = open_site(tmp_path)
    logging.getLogger().setLevel(logging.DEBUG)
    openid = "oABCdefghijklmnopqrstuvwxyz1"
    for pair in (site.shop, site.staff, (site.shop[0], "a wrong secret")):
        site.post("/v1/user/opt", [{"userid": "zhangsan", "app1": openid}], auth=pair)
        site.get(f"/v1/user/{openid}?openid={openid}", auth=pair)
        site.http.post(f"/hooks/app1?openid={openid}&signature=hook-token-x", data=openid.encode())
        with site.gateway.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE bindings RENAME TO lost")
        site.get("/v1/user/zhangsan", auth=pair)
        with site.gateway.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO bindings")
    site.gateway.close()
    log = capsys.readouterr().err
    assert "database_unavailable" in log
    for hidden in (site.shop[1], site.staff[1], "a wrong secret", openid, "hook-token"):
        assert hidden not in log


def test_any_wsgi_server_can_serve_it(tmp_path: Path) -> None:
    script = "import wsgi; wsgi.application.extensions['ums'].close(); print(wsgi.application.name)"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"UMS_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout.strip()) == (0, "ums"), run.stderr
