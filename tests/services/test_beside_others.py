"""Two processes that do the same at one moment, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.factories import create_channel, create_gateway
from tests.fakes import FrozenClock
from tests.receiver import receiving
from tests.services.listening import Listening
from tests.threads import at_once
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.credit import CreditPlace, Source
from ums.services import accounts, posting, sending
from ums.services.gateway import Gateway
from ums.services.idempotency import IdempotencyKey
from ums.store import credits

pytestmark = pytest.mark.both_databases

ROUNDS = 8


@pytest.fixture
def gateway(tmp_path: Path, clock: FrozenClock) -> Iterator[Gateway]:
    opened = create_gateway(home=tmp_path, clock=clock, allowed_networks=["127.0.0.0/8"])
    yield opened
    opened.close()


@pytest.fixture
def shop(gateway: Gateway, clock: FrozenClock) -> Listening:
    shop = Listening(gateway=gateway, clock=clock)
    shop.set_up()
    return shop


@pytest.fixture
def other(gateway: Gateway) -> Iterator[Gateway]:
    """The gateway as another process has it open."""
    opened = create_gateway(home=gateway.settings.home, clock=gateway.clock)
    yield opened
    opened.close()


def test_a_request_that_comes_twice_at_once_is_one_message(shop: Listening, other: Gateway) -> None:
    command = SendMessage(
        application_id=shop.application_id,
        audience=Audience(userids=("nobody",)),
        contents={"app": {"text": "ready"}},
    )
    for number in range(ROUNDS):
        wanted = IdempotencyKey.of(shop.application_id, f"key-{number}", "send", b"{}")
        answers = at_once(*(partial(sending.send, one, command, wanted) for one in (shop.gateway, other)))
        assert answers[0] == answers[1]


def test_one_tap_that_is_told_twice_at_once_is_one_credit(gateway: Gateway, other: Gateway) -> None:
    create_channel(gateway)
    channel_id = accounts.account(gateway, "app1").id

    def allow(one: Gateway, place: CreditPlace, source: Source) -> int:
        return one.database.write_together(lambda session: credits.allow(session, place, source, one.clock.now()))

    for number in range(ROUNDS):
        place = CreditPlace(channel_id, f"a{number}", "t1")
        at_once(partial(allow, gateway, place, Source.EVENT), partial(allow, other, place, Source.REPORT))
        with gateway.database.read() as session:
            assert credits.known(session, place) == 1


def test_nothing_is_posted_twice_where_two_gather_at_once(shop: Listening, other: Gateway) -> None:
    with receiving() as receiver:
        id_ = shop.url(receiver).callback.id
    shop.send(*(f"u{number}" for number in range(250)))
    claimed = at_once(*(partial(posting.claim, one, id_) for one in (shop.gateway, other, shop.gateway, other)))
    posts = [post for post in claimed if post is not None]
    assert [post.batch.size for post in posts] == [100, 100]
    assert len({post.batch.id for post in posts}) == 2
