"""What holds for every plugin whose contents not everybody gets at any time, as tests that it inherits.

Some need a credit of the person, some that he follows, some that he has just been active.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from ums.sdk.call import Json
from ums.sdk.contract import NOW, ChannelContract
from ums.sdk.hook import HookRequest, Opening, Trigger
from ums.sdk.plugin import HasCredits, HasFollowers, HasHook, HasTemplates, HasWindows

S = TypeVar("S")
C = TypeVar("C")


class CreditsContract(ChannelContract[S, C]):
    """For a plugin with `HasCredits`. Set a content that needs a credit of its template."""

    capability: ClassVar[type] = HasCredits
    counted_content: ClassVar[Mapping[str, Json]]

    @property
    def counter(self) -> HasCredits[S, C]:
        assert isinstance(self.plugin, HasCredits)
        return self.plugin

    def test_its_content_needs_a_credit_of_a_template_that_it_names(self) -> None:
        template_id = self.counter.credit(self.plugin.message_schema().load(self.counted_content))
        assert template_id in self.counted_content.values()

    def test_its_specimens_need_credits_of_their_own_template_and_of_no_other(self) -> None:
        assert isinstance(self.plugin, HasTemplates)
        needed = {self.counter.credit(self.specimen("T1", kind)) for kind in self.plugin.template_kinds}
        assert needed in ({"T1"}, {"T1", None})

    def test_its_settings_say_what_to_make_of_unknown_credits(self) -> None:
        assert self.counter.tries_unknown(self.settings) in (True, False)


class FollowersContract(ChannelContract[S, C]):
    """For a plugin with `HasFollowers`. Set a content for followers, and one for all."""

    capability: ClassVar[type] = HasFollowers
    content_for_followers: ClassVar[Mapping[str, Json]]
    content_for_all: ClassVar[Mapping[str, Json]]

    def test_it_tells_what_only_followers_get(self) -> None:
        assert isinstance(self.plugin, HasFollowers)
        read = self.plugin.message_schema().load
        told = [self.plugin.to_followers(read(each)) for each in (self.content_for_followers, self.content_for_all)]
        assert told == [True, False]


class WindowsContract(ChannelContract[S, C]):
    """For a plugin with `HasWindows` and `HasHook`. Set a content that needs a window; the example needs none."""

    capability: ClassVar[type] = HasWindows
    content_in_window: ClassVar[Mapping[str, Json]]

    def letter(self, now: float) -> HookRequest:
        """A genuine push of the provider, made at `now`: the example address has written."""
        raise NotImplementedError

    def test_it_tells_what_needs_an_open_window(self) -> None:
        assert isinstance(self.plugin, HasWindows)
        answers: C = self.plugin.message_schema().load(self.content_in_window)
        assert (self.plugin.in_window(answers), self.plugin.in_window(self.content)) == (True, False)

    def test_who_writes_opens_a_window_and_nothing_of_it_is_kept(self) -> None:
        assert isinstance(self.plugin, HasHook)
        reply = self.plugin.receive(self.settings, self.letter(NOW))
        assert reply.openings == (Opening(self.plugin.address.example, Trigger.MESSAGE, NOW),)
        assert (reply.receipts, reply.events) == ((), ())
