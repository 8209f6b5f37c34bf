"""Plain functions that make what a test needs, in a real database on a scratch file."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import update

from tests.databases import SQLITE, databases
from tests.fakes import FakePlugin, FrozenClock
from tests.migrated import migrate
from ums.clock import Clock
from ums.domain import breaker
from ums.domain.breaker import Breaker, Tally
from ums.domain.commands import Caller
from ums.domain.policy import Policy, policy_item
from ums.domain.views import ApplicationView, ChannelView
from ums.registry import Registry
from ums.services import applications, channels
from ums.services.contents import sender_of
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import breakers
from ums.store.db import Database, open_database
from ums.store.models import ApplicationRow, BindingRow, UserRow


def create_gateway(
    *,
    home: Path,
    registry: Registry | None = None,
    clock: Clock | None = None,
    allowed_networks: Sequence[str] = (),
) -> Gateway:
    """A gateway with an empty database in `home`, its clock standing still; close it when done."""
    home.mkdir(exist_ok=True)
    settings = Settings(
        home=home,
        database_url=databases.url(home),
        secret_key="a key for tests only",
        allowed_networks=tuple(allowed_networks),
    )
    database = create_database(home)
    known = registry or Registry([FakePlugin("app"), FakePlugin("email")])
    return Gateway.open(settings, known, clock or FrozenClock(), database=database)


def create_database(home: Path, *, empty: bool = False) -> Database:
    """A database with all tables, or none where it shall be `empty`; close it when done."""
    home.mkdir(exist_ok=True)
    database = open_database(Settings(home=home, database_url=databases.url(home, empty=empty)).database)
    if databases.kind == SQLITE and not empty:
        migrate(database)
    return database


def create_application(gateway: Gateway, *, name: str = "shop") -> ApplicationView:
    applications.add(gateway, name)
    return applications.by_name(gateway, name)


def create_channel(
    gateway: Gateway,
    *,
    code: str = "app1",
    type: str = "app",
    base_url: str = "http://127.0.0.1:9",
    grants: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
) -> ChannelView:
    """A channel; `settings` are laid over working ones of the fake plugin."""
    working = {"account": secrets.token_hex(4), "secret": "right", "base_url": base_url}
    return channels.add(gateway, code, type, {**working, **(settings or {})}, grants)


def set_policy(gateway: Gateway, policy: Policy, *, name: str = "shop") -> None:
    """Put the application under this policy."""
    with gateway.database.write() as session:
        session.execute(
            update(ApplicationRow).where(ApplicationRow.name == name).values(policy=policy_item(policy))
        )


def create_user(
    gateway: Gateway, *, userid: str = "zhangsan", bindings: Iterable[tuple[str, str, str]] = ()
) -> None:
    """A user with `bindings`: (property, bind_id, value)."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        user = UserRow(userid=userid, created_at=now)
        session.add(user)
        session.flush()
        session.add_all(
            BindingRow(user_id=user.id, property=name, bind_id=bind_id, value=value, updated_at=now)
            for name, bind_id, value in bindings
        )


def caller_of(gateway: Gateway, application_id: int) -> Caller:
    """The caller who has just shown this application's credentials."""
    sender = sender_of(gateway, application_id)
    return Caller(key=sender.channel_key, sender=sender)


ACCESS_KEY = Caller(key="f" * 24, sender=None)
"""The caller who has shown an AccessKey."""


def break_channel(gateway: Gateway, code: str, reason: str = "connection_refused") -> Breaker:
    """Let the calls of a channel have failed until it was given up, just now."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        broken = breaker.noted(None, Tally(calls=20, failed=20, reason=reason), now)
        assert broken is not None
        breakers.keep(session, channels.account(gateway, code).id, broken)
    return broken
