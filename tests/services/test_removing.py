"""Removing and replacing what thousands of rows refer to, some rows at a time."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.factories import create_application, create_channel, create_user
from ums.domain.audience import Audience
from ums.domain.commands import SendMessage
from ums.domain.errors import Conflict
from ums.domain.message import MessageStatus
from ums.domain.rule import ALL_AT_ONCE
from ums.domain.views import ChannelState
from ums.services import applications, channel_states, channels, messages, sending
from ums.services.gateway import Gateway
from ums.store import binding_copies

USERS = tuple(f"user{number}" for number in range(7))


def queue(gateway: Gateway, *, code: str = "app1", name: str = "shop") -> list[str]:
    """One message on the channel for each of seven users."""
    application = create_application(gateway, name=name)
    create_channel(gateway, code=code, grants=[name])
    for userid in USERS:
        create_user(gateway, userid=userid, bindings=[("app", code, f"fake-{userid}")])
    return [
        sending.send(
            gateway,
            SendMessage(
                application_id=application.id,
                audience=Audience(userids=(userid,)),
                contents={"app": {"text": "ready"}},
                rule_id=ALL_AT_ONCE,
            ),
        ).msgid
        for userid in USERS
    ]


def test_a_long_queue_is_cancelled_some_at_a_time(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_states, "BATCH", 2)
    msgids = queue(gateway)
    with pytest.raises(Conflict, match="queued on app1: 7"):
        channels.remove(gateway, "app1")
    kept = channels.remove(gateway, "app1", force=True)
    assert kept is not None
    assert (kept.code, kept.state) == ("app1", ChannelState.DELETED)
    found = [messages.progress(gateway, None, msgid) for msgid in msgids]
    assert Counter(one.status for one in found) == {MessageStatus.DONE: 7}
    assert Counter(status for one in found for status in one.counts) == {"cancelled": 7}


def test_addresses_are_copied_some_users_at_a_time(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding_copies, "CHUNK", 2)
    queue(gateway)
    account = str(channels.show(gateway, "app1").settings["account"])
    create_channel(gateway, code="app9", settings={"account": account})
    assert channels.replace(gateway, "app1", "app9", bindings=True) == 7
    assert channels.replace(gateway, "app1", "app9", bindings=True) == 0
    assert channels.show(gateway, "app9").granted_to == ("shop",)


def test_what_a_removed_application_has_sent_is_still_sent(gateway: Gateway) -> None:
    (msgid, *_) = queue(gateway)
    kept = applications.remove(gateway, applications.by_name(gateway, "shop").id)
    assert kept is not None
    progress = messages.progress(gateway, None, msgid)
    assert (progress.application, progress.counts) == (kept.name, {"queued": 1})
    assert kept.channels == {"app": "app1"}
