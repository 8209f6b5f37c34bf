"""Many at once come with one ticket: one of them is bound, in every round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.factories import create_application, create_channel, create_gateway
from tests.fakes import FakeProvider
from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.errors import InvalidRequest
from ums.services.binding import logins, signing
from ums.services.binding.logins import Door
from ums.services.gateway import Gateway
from ums.store import bind_tickets, identities

THREADS, ROUNDS = 40, 25


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """One whose channels are the fake's."""
    opened = create_gateway(home=tmp_path)
    yield opened
    opened.close()


def made(gateway: Gateway, purpose: Purpose, userid: str) -> str:
    """A ticket for app1, which is the first channel."""
    text, digest = signing.issue(gateway, purpose)
    expires_at = gateway.clock.now() + LIFETIME
    ticket = Ticket(purpose=purpose, application_id=1, channel_id=1, expires_at=expires_at, userid=userid)
    with gateway.database.write() as session:
        bind_tickets.add(session, digest, ticket)
    return text


def at_once(what: Callable[[int], bool]) -> int:
    """For how many of forty threads it came true."""
    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(what, range(THREADS)))


def held(gateway: Gateway, userid: str) -> list[str]:
    with gateway.database.read() as session:
        return identities.held(session, userid, identities.place_of(1, "app1", "app", ""))


def test_a_ticket_used_by_forty_at_once_binds_one(gateway: Gateway, fake_provider: FakeProvider) -> None:
    create_application(gateway)
    create_channel(gateway, base_url=fake_provider.url, grants=["shop"])
    for number in range(ROUNDS):
        ticket = made(gateway, Purpose.BIND, f"user{number}")

        def wins(thread: int, number: int = number, ticket: str = ticket) -> bool:
            try:
                code = f"fake-{number}-{thread}/1"
                return logins.log_in(gateway, None, Door("app", "app1"), code, ticket=ticket).bound
            except InvalidRequest:
                return False

        assert at_once(wins) == 1
        assert len(held(gateway, f"user{number}")) == 1
