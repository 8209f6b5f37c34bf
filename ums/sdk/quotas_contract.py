"""What holds for every plugin whose provider counts calls, or remembers them, as tests that it inherits."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import pytest

from ums.sdk.call import Call, Reply
from ums.sdk.contract import ChannelContract
from ums.sdk.errors import Transient
from ums.sdk.plugin import HasCallLog, HasQuotas
from ums.sdk.rehearsal import UNREADABLE, rehearse

S = TypeVar("S")
C = TypeVar("C")


class QuotasContract(ChannelContract[S, C]):
    """For a plugin with `HasQuotas`; the simulator tells a quota of each endpoint."""

    capability: ClassVar[type] = HasQuotas

    @property
    def counter_of_calls(self) -> HasQuotas[S]:
        assert isinstance(self.plugin, HasQuotas)
        return self.plugin

    def test_it_tells_and_clears_the_quota_of_each_endpoint(self) -> None:
        asked: list[Call] = []
        for endpoint in self.plugin.info.endpoints:
            quota = rehearse(self.counter_of_calls.quota(self.settings, endpoint), self.simulator, asked)
            assert quota.daily_limit == quota.used + quota.remain
            rehearse(self.counter_of_calls.clear_quota(self.settings, endpoint), self.simulator)
        rehearse(self.counter_of_calls.clear_quota(self.settings, None), self.simulator)
        assert len({call.body for call in asked}) == len(self.plugin.info.endpoints)

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_quota_is_asked_for_again_later(self, reply: Reply) -> None:
        endpoint = next(iter(self.plugin.info.endpoints))
        assert isinstance(self.outcome(self.counter_of_calls.quota(self.settings, endpoint), reply), Transient)


class CallLogContract(ChannelContract[S, C]):
    """For a plugin with `HasCallLog`; the simulator tells of a call."""

    capability: ClassVar[type] = HasCallLog
    mark: ClassVar[str]

    @property
    def log(self) -> HasCallLog[S]:
        assert isinstance(self.plugin, HasCallLog)
        return self.plugin

    def test_it_tells_of_a_call_without_a_whole_address(self) -> None:
        calls: list[Call] = []
        found = rehearse(self.log.look_up(self.settings, self.mark), self.simulator, calls)
        assert self.mark.encode() in calls[-1].body
        assert found.url
        assert self.plugin.address.example not in f"{found.url} {found.request} {found.response}"

    @pytest.mark.parametrize("reply", UNREADABLE, ids=lambda reply: f"{reply.status} {reply.body[:12]!r}")
    def test_an_unreadable_memory_is_asked_for_again_later(self, reply: Reply) -> None:
        assert isinstance(self.outcome(self.log.look_up(self.settings, self.mark), reply), Transient)
