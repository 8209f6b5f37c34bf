"""A way out with every capability, whose provider lists who follows: nobody."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from tests.fake_people import PeoplePlugin
from tests.fakes import FakeSettings
from ums.sdk.call import Call, Reply
from ums.sdk.people import Follower, FollowerPage, HasFollowerList


class FollowedPlugin(PeoplePlugin, HasFollowerList[FakeSettings]):
    """Makes no calls for it."""

    most_asked = 100

    def followers(self, settings: FakeSettings, after: str) -> Generator[Call, Reply, FollowerPage]:
        yield from ()
        return FollowerPage(addresses=(), after="", total=0)

    def people(
        self, settings: FakeSettings, addresses: Sequence[str]
    ) -> Generator[Call, Reply, tuple[Follower, ...]]:
        yield from ()
        return ()
