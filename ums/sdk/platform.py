"""A provider's third-party platform: one account of the installation's, which others let act in their name.

Where a provider has such a thing, a channel needs no credentials of its own: the administrator of its account
agrees on a page of the provider's, and the platform gets a token for that account, and the account's pushes.
A plugin whose channels can be made that way mixes in `HasPlatform` and names its `ThirdPartyPlatform`; plugins of
one provider name the same one. Both are stateless and do no I/O: the gateway keeps what the provider pushes and
grants, sealed, and hands it in again.

`P` is the platform's frozen settings value, made by its settings schema; `S` that of a channel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from marshmallow import Schema

from ums.domain.authorisation import Remark, Weight
from ums.sdk.call import Exchange, Json
from ums.sdk.hook import HookRequest
from ums.sdk.tokens import Token

__all__ = [
    "AuthorisedAccount",
    "Granted",
    "HasPlatform",
    "Invitation",
    "NewsKind",
    "PlatformNews",
    "PlatformReply",
    "Remark",
    "ThirdPartyPlatform",
    "VerifyTicket",
    "Weight",
]

P = TypeVar("P")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTicket:
    """What the provider pushes again and again to prove that the platform listens, and how many seconds ago."""

    value: str = field(repr=False)
    age: float


class NewsKind(StrEnum):
    """What a push to the platform itself tells."""

    TICKET = "ticket"
    AUTHORISED = "authorised"
    UPDATED = "updated"
    UNAUTHORISED = "unauthorised"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformNews:
    """One push to the platform itself.

    `at` is when the provider made it (unix seconds), `account` whom it is about. `secret` is the new ticket, or the
    code by which an authorisation can be asked for. `event_id` (at most 255 characters) is the same for every
    repeat.
    """

    kind: NewsKind
    at: float
    event_id: str
    account: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformReply:
    """What to answer once `news` is kept."""

    body: str
    news: PlatformNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """The provider's pages on which an account's administrator agrees; good for `lifetime` seconds, once."""

    desktop_url: str
    mobile_url: str
    lifetime: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What the platform may do for an account, and the token to do it with.

    `refresh_token` takes the place of the one kept, always: the older one may be void. `permissions` are the
    numbers of the sets granted; None where the provider didn't say.
    """

    account: str
    token: Token
    refresh_token: str = field(repr=False)
    permissions: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisedAccount:
    """An account as its provider describes it. Pushes are addressed to `address`; `facts` are the plugin's own."""

    account: str
    name: str
    address: str
    facts: Mapping[str, Json]


class ThirdPartyPlatform(ABC, Generic[P]):
    """A provider's third-party platform. The exchanges with a call that asks for a token get the platform's own."""

    key: str
    title: str
    title_zh: str

    @abstractmethod
    def settings_schema(self) -> Schema:
        """Makes a `P` of what an operator enters; refuses unknown fields."""

    @abstractmethod
    def name(self, settings: Mapping[str, Json]) -> str:
        """The platform's id at the provider, in its settings as they were entered."""

    @abstractmethod
    def return_base(self, settings: P) -> str:
        """The address of the gateway that the provider sends people back to; empty for the one it is known by."""

    @abstractmethod
    def token_key(self, settings: P) -> str:
        """What the platform's token belongs to."""

    @abstractmethod
    def token(self, settings: P, ticket: VerifyTicket | None) -> Exchange[Token]:
        """Fetch the platform's token with the last ticket. Raises `BadChannel` where that is missing or too old."""

    @abstractmethod
    def start_tickets(self, settings: P) -> Exchange[None]:
        """Ask the provider to push tickets."""

    @abstractmethod
    def receive(self, settings: P, request: HookRequest) -> PlatformReply:
        """Verify, decrypt and read a push to the platform itself. Raises `HookRefused`, having changed nothing."""

    @abstractmethod
    def verify(self, settings: P, request: HookRequest) -> None:
        """Judge a push to one of the accounts by its signature alone. Raises `HookRefused`."""

    @abstractmethod
    def invite(self, settings: P, kinds: frozenset[str], return_url: str) -> Exchange[Invitation]:
        """Pages on which an account of one of these channel types agrees, and from which it comes back."""

    @abstractmethod
    def redeem(self, settings: P, code: str) -> Exchange[Granted]:
        """What was granted, for the code that the provider gave. Each code serves once."""

    @abstractmethod
    def describe(self, settings: P, account: str) -> Exchange[AuthorisedAccount]:
        """What the provider says of an account."""

    @abstractmethod
    def renew(self, settings: P, account: str, refresh_token: str) -> Exchange[Granted]:
        """A new token for an account. An empty or refused `refresh_token` is asked for anew, once."""


class HasPlatform(ABC, Generic[S]):
    """Channels can be made by authorising the provider's third-party platform, in place of credentials."""

    platform: ClassVar[ThirdPartyPlatform[Any]]
    withdrawn: ClassVar[str]
    """The reason of a channel whose account has taken its authorisation back."""

    @abstractmethod
    def account_of(self, settings: S) -> str:
        """The account's id at the provider, whichever way it is authorised."""

    @abstractmethod
    def is_authorised(self, settings: S) -> bool:
        """Whether the platform acts for the channel; else it has credentials of its own."""

    @abstractmethod
    def authorised_settings(self, platform: Any, account: str, kept: Mapping[str, str]) -> Mapping[str, str]:
        """A channel's settings once `account` has authorised the platform, laid over those `kept`."""

    @abstractmethod
    def listening(self, settings: S, platform: Any, address: str) -> S:
        """The settings by which a push that comes through the platform is judged.

        It must be for `address`, where that is known: the path that it comes by is not signed.
        """

    @abstractmethod
    def remarks(self, account: AuthorisedAccount, permissions: frozenset[int]) -> tuple[Remark, ...]:
        """What an operator must know before a channel of this type is made of an account; pure."""
