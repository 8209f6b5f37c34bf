"""The web side on a scratch database, with two applications, an AccessKey and a few channels and users.

On SQLite their rows are made once in a process and copied: it is two thirds of what it takes to open a site.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.databases import SQLITE, databases
from tests.fakes import FakePlugin, FrozenClock
from tests.migrated import fill, kept, migrate
from ums.app import create_app
from ums.cli.serving.web import Web, listening
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.registry import AnyPlugin, Registry
from ums.services import applications, channels, operators
from ums.services.applications import Credentials
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import workers

UNLIMITED = Policy(rate_limit=0)
NOWHERE = "http://127.0.0.1:9"

Pair = tuple[str, str]
"""A key and its secret, as HTTP Basic takes them."""


class Keys(TypedDict):
    """`staff` is an AccessKey, `admin` an admin's token."""

    shop: Pair
    bank: Pair
    staff: Pair
    admin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`shop` has the channels app1 and mail1; `bank` has app2; `staff` an AccessKey, `admin` an admin's token."""

    app: Flask
    gateway: Gateway
    clock: FrozenClock
    shop: Pair
    bank: Pair
    staff: Pair
    admin: str

    @property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, auth: Pair | None = None) -> TestResponse:
        return self.http.get(path, auth=auth or self.shop)

    def post(
        self, path: str, body: Json = None, *, auth: Pair | None = None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        media = {"Content-Type": "application/json", **(headers or {})}
        return self.http.post(path, data=json.dumps(body), auth=auth or self.shop, headers=media)

    def as_operator(self, method: str, path: str, body: Json = None, *, token: str | None = None) -> TestResponse:
        """Call the admin API at `/v1/admin` + `path`, as the admin unless `token` is another's."""
        headers = {"Authorization": f"Bearer {token or self.admin}"}
        data = None if body is None else json.dumps(body)
        media = None if body is None else "application/json"
        return self.http.open(f"/v1/admin{path}", method=method, data=data, content_type=media, headers=headers)

    def send(self, changes: Mapping[str, Json] | None = None, *, key: str | None = None) -> TestResponse:
        """A good message to zhangsan, with `changes`; a member changed to None is left out."""
        good: dict[str, Json] = {"aud_userid": ["zhangsan"], "msg_app": [{"text": "Your parcel is on its way"}]}
        body: Json = {name: value for name, value in {**good, **(changes or {})}.items() if value is not None}
        return self.post("/v1/sent", body, headers=None if key is None else {"Idempotency-Key": key})


def open_site(
    home: Path,
    *,
    provider_url: str = NOWHERE,
    max_body_bytes: int = 2**23,
    max_material_bytes: int = 2**20,
    max_materials_bytes: int = 2**30,
    access_key_rate_limit: int = 0,
    allowed_networks: tuple[str, ...] = ("127.0.0.0/8",),
    plugins: Iterable[AnyPlugin] = (),
    public_url: str = "",
) -> Site:
    """Close its gateway when done. `plugins` are installed beside the two that the site's channels have."""
    clock = FrozenClock()
    known = Settings(
        home=home,
        database_url=databases.url(home),
        secret_key="a key for tests only",
        log_level="warning",
        max_body_bytes=max_body_bytes,
        max_material_bytes=max_material_bytes,
        max_materials_bytes=max_materials_bytes,
        access_key_rate_limit=access_key_rate_limit,
        allowed_networks=allowed_networks,
        public_url=public_url,
    )
    app = create_app(known, Registry([FakePlugin("app"), FakePlugin("email"), *plugins]), clock)
    gateway = app.extensions["ums"]
    assert isinstance(gateway, Gateway)
    furnished = _copied if databases.kind == SQLITE and provider_url == NOWHERE else _furnished
    return Site(app=app, gateway=gateway, clock=clock, **furnished(app, gateway, provider_url))


def _copied(app: Flask, gateway: Gateway, provider_url: str) -> Keys:
    """What `_furnished` makes, made by it for the first site of this process alone."""
    if not _first:
        keys = _furnished(app, gateway, provider_url)
        _first.append((kept(gateway.database), keys))
        return keys
    rows, keys = _first[0]
    fill(gateway.database, rows)
    return keys


_first: list[tuple[sqlite3.Connection, Keys]] = []


def _furnished(app: Flask, gateway: Gateway, provider_url: str) -> Keys:
    migrate(gateway.database)
    shop, bank = (pair(applications.add(gateway, name, policy=UNLIMITED)) for name in ("shop", "bank"))
    staff = pair(applications.add_access_key(gateway))
    admin = operators.add(gateway, "boss", "admin", with_token=True).token
    assert admin is not None
    for code, type_, owner in (("app1", "app", "shop"), ("mail1", "email", "shop"), ("app2", "app", "bank")):
        given = {"account": code, "secret": "right", "base_url": provider_url, "hook_token": "hook-token"}
        channels.add(gateway, code, type_, given, [owner])
    users: Json = [
        {"userid": "zhangsan", "set": {"app": {"app1": ["fake-zhangsan"]}, "tag": {"all": ["vip"]}}},
        {"userid": "lisi", "set": {"email": {"all": "fake-lisi"}}},
    ]
    assert app.test_client().post("/v1/user/opt", json=users, auth=shop).status_code == 200
    return Keys(shop=shop, bank=bank, staff=staff, admin=admin)


def pair(credentials: Credentials) -> Pair:
    return credentials.key, credentials.master_secret


def enlist(site: Site, worker: str = "w1") -> None:
    """A sending process that has just begun to live."""
    now = site.clock.now()
    with site.gateway.database.write() as session:
        workers.enlist(session, worker, host="here", pid=1, now=now, lease_until=now + 15)


def told(answer: TestResponse) -> tuple[int, int, str]:
    """An error's status, code and message; asserts the one shape of all errors."""
    body = answer.get_json()
    assert answer.mimetype == "application/json"
    assert {"code", "message"} <= body.keys() <= {"code", "message", "errors", "data"}
    assert body.get("data", "") == ""
    assert isinstance(body["code"], int)
    assert body["message"]
    assert all(isinstance(text, str) for texts in body.get("errors", {}).values() for text in texts)
    return answer.status_code, body["code"], body["message"]


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The site behind the built-in web server on a free port; its address."""
    listener = listening("127.0.0.1", 0)
    web = Web(site.app, listener, site.gateway.settings)
    thread = threading.Thread(target=web.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        web.stop()
        thread.join()
        web.finish()
