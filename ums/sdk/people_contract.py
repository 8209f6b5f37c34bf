"""What holds for every plugin that tells what people do at an account, and who follows it, as inherited tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

import pytest

from ums.sdk.call import Call, Json, Reply
from ums.sdk.contract import NOW, ChannelContract
from ums.sdk.errors import Transient
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.login_contract import unreadable_answers
from ums.sdk.people import (
    GestureKind,
    HasFollowerList,
    HasPageTickets,
    HasReplies,
    HasScenes,
)
from ums.sdk.plugin import HasHook
from ums.sdk.rehearsal import MOST_CALLS, rehearse, written

S = TypeVar("S")
C = TypeVar("C")


class ScenesContract(ChannelContract[S, C]):
    """For a plugin with `HasScenes`."""

    capability: ClassVar[type] = HasScenes

    @property
    def painter(self) -> HasScenes[S]:
        assert isinstance(self.plugin, HasScenes)
        return self.plugin

    @pytest.mark.parametrize("scene", ["a", "B-4711_z", "x" * 64])
    def test_a_picture_is_made_for_each_scene(self, scene: str) -> None:
        calls: list[Call] = []
        made = rehearse(self.painter.scene(self.settings, scene, 600.0), self.simulator, calls)
        assert scene in written(calls[-1])
        assert urlsplit(made.picture_url).scheme in ("http", "https")
        assert made.content
        assert 0 < made.lifetime <= self.painter.longest_scene_life

    def test_no_picture_serves_for_longer_than_pictures_may(self) -> None:
        wanted = self.painter.longest_scene_life * 2
        made = rehearse(self.painter.scene(self.settings, "a", wanted), self.simulator)
        assert made.lifetime <= self.painter.longest_scene_life

    @unreadable_answers
    def test_after_an_unreadable_answer_a_picture_is_asked_for_again(self, reply: Reply) -> None:
        assert isinstance(self.outcome(self.painter.scene(self.settings, "a", 600.0), reply), Transient)


class RepliesContract(ChannelContract[S, C]):
    """For a plugin with `HasReplies` and `HasHook`."""

    capability: ClassVar[type] = HasReplies
    occasions: ClassVar[tuple[str, ...]] = ("bound", "taken", "expired", "known", "link")

    def scan(self, scene: str, now: float) -> HookRequest:
        """A genuine push of the provider, made at `now`: the example address has scanned a picture."""
        raise NotImplementedError

    def said(self, reply: HookReply) -> str:
        """What the provider would say to the example address after this answer."""
        raise NotImplementedError

    @property
    def speaker(self) -> HasReplies[S]:
        assert isinstance(self.plugin, HasReplies)
        return self.plugin

    def test_a_scan_is_told_with_its_scene(self) -> None:
        assert isinstance(self.plugin, HasHook)
        gesture = self.plugin.receive(self.settings, self.scan("s-4711", NOW)).gesture
        assert gesture is not None
        assert (gesture.kind, gesture.address, gesture.text, gesture.at) == (
            GestureKind.SCAN, self.plugin.address.example, "s-4711", NOW,
        )  # fmt: skip
        assert gesture.address not in repr(gesture)

    @pytest.mark.parametrize("words", ["Done.", "绑定成功\nhttps://ums.example/b?a=1&b=2", "]]></xml> <a> & \"'"])
    def test_words_come_whole(self, words: str) -> None:
        reply = self.speaker.saying(self.settings, self.scan("s-4711", NOW), words)
        assert self.said(reply) == words
        assert (reply.receipts, reply.events, reply.openings) == ((), (), ())

    def test_the_example_leaves_open_which_application_binds(self) -> None:
        assert self.speaker.binds_for(self.settings) == ""

    def test_there_are_words_for_each_occasion(self) -> None:
        said = {kind: self.speaker.words_for(self.settings, kind) for kind in self.occasions}
        assert all(said.values())
        assert [kind for kind, words in said.items() if "{url}" in words] == ["link"]


class FollowerListContract(ChannelContract[S, C]):
    """For a plugin with `HasFollowerList`; the simulator lists the example address as a follower."""

    capability: ClassVar[type] = HasFollowerList

    @property
    def lister_of_people(self) -> HasFollowerList[S]:
        assert isinstance(self.plugin, HasFollowerList)
        return self.plugin

    def test_it_lists_followers_to_the_end(self) -> None:
        found: list[str] = []
        after = ""
        for _ in range(MOST_CALLS):
            page = rehearse(self.lister_of_people.followers(self.settings, after), self.simulator)
            found += page.addresses
            after = page.after
            if not after:
                break
        assert not after
        assert (page.total, self.plugin.address.example in found) == (len(found), True)
        assert self.plugin.address.example not in repr(page)

    def test_it_says_who_they_are(self) -> None:
        address = self.plugin.address.example
        (one,) = rehearse(self.lister_of_people.people(self.settings, [address]), self.simulator)
        assert (one.person.address, one.following) == (address, True)
        assert rehearse(self.lister_of_people.people(self.settings, []), self.simulator) == ()

    def test_more_than_one_call_takes_are_a_defect(self) -> None:
        many = [self.plugin.address.example] * (self.lister_of_people.most_asked + 1)
        with pytest.raises(ValueError, match=str(self.lister_of_people.most_asked)):
            rehearse(self.lister_of_people.people(self.settings, many), self.simulator)

    @unreadable_answers
    def test_an_unreadable_list_of_people_is_asked_for_again_later(self, reply: Reply) -> None:
        address = self.plugin.address.example
        assert isinstance(self.outcome(self.lister_of_people.followers(self.settings, ""), reply), Transient)
        assert isinstance(self.outcome(self.lister_of_people.people(self.settings, [address]), reply), Transient)


class PageTicketsContract(ChannelContract[S, C]):
    """For a plugin with `HasPageTickets`."""

    capability: ClassVar[type] = HasPageTickets

    @property
    def notary(self) -> HasPageTickets[S]:
        assert isinstance(self.plugin, HasPageTickets)
        return self.plugin

    def signed(self, url: str, ticket: str = "t-4711") -> Mapping[str, Json]:
        return self.notary.page_signature(self.settings, ticket, url, "n0nce", int(NOW))

    def test_it_fetches_a_ticket_like_a_token(self) -> None:
        ticket = rehearse(self.notary.page_ticket(self.settings), self.simulator)
        assert ticket.value
        assert ticket.lifetime > 0
        assert ticket.value not in repr(ticket)

    @unreadable_answers
    def test_an_unreadable_ticket_is_fetched_again_later(self, reply: Reply) -> None:
        assert isinstance(self.outcome(self.notary.page_ticket(self.settings), reply), Transient)

    def test_a_signature_is_for_one_page_and_shows_no_ticket(self) -> None:
        page, other = self.signed("https://shop.example/a?b=1"), self.signed("https://shop.example/a?b=2")
        assert page == self.signed("https://shop.example/a?b=1#top") != other
        assert page != self.signed("https://shop.example/a?b=1", "t-4712")
        assert "t-4711" not in str(page)
