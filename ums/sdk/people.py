"""Who is who: how a provider tells by which address a person is reached, and how people are brought to tell.

A provider lets people say who they are in several ways: on its own web page, inside its app, by scanning a code,
by a button of a menu. Each is a capability that a plugin mixes in. What is learned is always a `Person`: his
address on the channel and, where the provider gives one, what joins his addresses across the channels of one owner
(WeChat's unionid). That it is missing is normal: it may come later.

Everything here is an exchange or pure, as in `ums.sdk.plugin`. For an account that has authorised a third-party
platform (`ums.sdk.platform`) the exchanges are given that platform's settings, and run with its token.

Source: WeChat's pages on web authorisation (snsapi_base, snsapi_userinfo), `jscode2session`, `getuserphonenumber`,
`qrcode/create`, `user/get`, `user/info/batchget`, and UnionID.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from ums.domain.person import Gesture, GestureKind
from ums.sdk.call import Exchange, Json
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.tokens import Token

__all__ = [
    "AppLogin",
    "Follower",
    "FollowerPage",
    "Gesture",
    "GestureKind",
    "HasAppLogin",
    "HasFollowerList",
    "HasPageTickets",
    "HasReplies",
    "HasScenes",
    "HasWebLogin",
    "Person",
    "Scene",
    "SealedWords",
]

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom a provider says somebody is; `union` is empty where it doesn't say what joins his addresses.

    With `is_virtual` the provider made somebody up for a preview of the page: nobody can be reached by his address.
    """

    address: str = field(repr=False)
    union: str = field(default="", repr=False)
    is_virtual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLogin:
    """Who has logged in inside a provider's app, and the key with which the app seals what it says of him."""

    person: Person
    session_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedWords:
    """What a page inside the app has been given of a person, sealed with his session key.

    `raw` and `signature` are what came along in the open and proves that the session key is the right one; both are
    None where the page sent none.
    """

    data: str = field(repr=False)
    iv: str = field(repr=False)
    raw: str | None = field(default=None, repr=False)
    signature: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture that leads whoever scans it to the account, and tells us which one he scanned."""

    picture_url: str
    content: str
    """What the picture says, for those who draw it themselves."""
    lifetime: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerPage:
    """Some of those who follow an account, in the provider's order; `after` is empty on the last page."""

    addresses: tuple[str, ...] = field(repr=False)
    after: str = field(repr=False)
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """What a provider says of one address: who it is, and whether he follows."""

    person: Person
    following: bool


class HasWebLogin(ABC, Generic[S]):
    """A page of the provider's sends people on to us with a code that says who they are."""

    @abstractmethod
    def asks_openly(self, settings: S) -> bool:
        """Whether people are to be asked, so that more is told of them; else they see nothing of it."""

    @abstractmethod
    def login_url(self, settings: S, back: str, state: str, *, openly: bool, platform: Any = None) -> str:
        """The provider's page, which leads back to `back` with `code` and `state` (letters and digits).

        Who is asked openly and refuses comes back without a code.
        """

    @abstractmethod
    def identify(self, settings: S, code: str, *, openly: bool, platform: Any = None) -> Exchange[Person]:
        """Who came back with this code. Raises `BadContent` for one that is wrong, used or too old."""


class HasAppLogin(ABC, Generic[S]):
    """Pages inside the provider's app get codes that say who looks at them."""

    identifying: ClassVar[frozenset[str]]
    """Members of what is sealed that say who somebody is, or of which account: nobody is told them."""

    @abstractmethod
    def log_in(self, settings: S, code: str, *, platform: Any = None) -> Exchange[AppLogin]:
        """Who got this code. Raises `BadContent` for one that is wrong, used or too old, `BadAddress` for
        somebody whom the provider keeps out."""

    @abstractmethod
    def opened(self, settings: S, session_key: str, sealed: SealedWords, now: float) -> Mapping[str, Json]:
        """What was sealed. Pure. Raises `BadContent` where it is another account's, too old, or can't be opened."""

    @abstractmethod
    def person_in(self, settings: S, opened: Mapping[str, Json]) -> Person | None:
        """Of whom it speaks; None where it names nobody. Pure."""

    @abstractmethod
    def asks_phone(self, settings: S) -> bool:
        """Whether phone numbers are asked for: providers may want money for each."""

    @abstractmethod
    def phone(self, settings: S, code: str) -> Exchange[str]:
        """The phone number that a page was given this code for. Raises `BadContent` as `log_in` does."""


class HasScenes(ABC, Generic[S]):
    """The provider makes pictures whose scan it tells us, with a text of ours."""

    longest_scene_life: ClassVar[float]
    """Seconds."""

    @abstractmethod
    def scene(self, settings: S, scene: str, seconds: float) -> Exchange[Scene]:
        """A picture for `scene`, which serves for about so long.

        Raises ValueError for a scene that isn't 1 to 64 letters, digits, `-` and `_`.
        """


class HasReplies(ABC, Generic[S]):
    """A push about what somebody did (`HookReply.gesture`) can be answered with words to him."""

    @abstractmethod
    def saying(self, settings: S, request: HookRequest, words: str) -> HookReply:
        """The answer to a push that `receive` has taken and seen a gesture in: it says `words` to who made it.

        Only its `body` and its `content_type` count. Pure.
        """

    @abstractmethod
    def words_for(self, settings: S, kind: str) -> str:
        """What an operator wants said: `bound`, `taken`, `expired`, `known`; `link`, which holds `{url}`."""

    @abstractmethod
    def binds_for(self, settings: S) -> str:
        """The name of the application whose login page gets those who ask to be bound; empty: the only one."""


class HasFollowerList(ABC, Generic[S]):
    """The provider lists who follows an account, and says who they are."""

    most_asked: ClassVar[int]
    """Addresses that one call of `people` takes."""

    @abstractmethod
    def followers(self, settings: S, after: str) -> Exchange[FollowerPage]:
        """Those after an address; from the first where it is empty."""

    @abstractmethod
    def people(self, settings: S, addresses: Sequence[str]) -> Exchange[tuple[Follower, ...]]:
        """Who they are; of those that the provider doesn't know, nothing. Raises ValueError for too many."""


class HasPageTickets(ABC, Generic[S]):
    """Web pages may use the provider's own functions in its app when they show a signature."""

    @abstractmethod
    def page_ticket(self, settings: S) -> Exchange[Token]:
        """What such signatures are made with: shared, and renewed like an access token."""

    @abstractmethod
    def page_signature(self, settings: S, ticket: str, url: str, nonce: str, at: int) -> Mapping[str, Json]:
        """What a page at `url` hands to the provider's script; `at` is now, in unix seconds. Pure."""
