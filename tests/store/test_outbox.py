"""The queue's looks: where there is something to claim."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import create_application, create_channel, create_gateway, create_user
from tests.fakes import NOON
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.message import Priority
from ums.services import channels, sending
from ums.services.gateway import Gateway
from ums.store import outbox
from ums.store.outbox import Lane

pytestmark = pytest.mark.both_databases


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = create_gateway(home=tmp_path)
    yield made
    made.close()


def lanes(gateway: Gateway, now: float = NOON) -> set[Lane]:
    with gateway.database.read() as session:
        return outbox.due_lanes(session, now)


def test_a_look_finds_each_lane_where_something_is_due_and_no_other(gateway: Gateway) -> None:
    application = create_application(gateway)
    create_channel(gateway, grants=[application.name])
    create_channel(gateway, code="app2")
    create_user(gateway, userid="zhangsan", bindings=[("app", "app1", "fake-zhangsan")])
    channel = channels.account(gateway, "app1").id
    assert lanes(gateway) == set()
    for priority, endpoint in ((Priority.LOW, "message"), (Priority.HIGH, "notice"), (Priority.HIGH, "notice")):
        content = {"app": {"text": "ready", "endpoint": endpoint}}
        command = SendMessage(
            application_id=application.id,
            audience=Audience(userids=("zhangsan",)),
            contents=content,
            rule_id=0,
            priority=priority,
        )
        sending.send(gateway, command)
    assert lanes(gateway) == {Lane(channel, "message", 3), Lane(channel, "notice", 1)}
    assert lanes(gateway, NOON - 1) == set()
