"""A third-party platform of the fake provider's: it agrees to everything at once, and makes no calls."""

from __future__ import annotations

import hmac
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from marshmallow import Schema, fields, post_load

from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import BadChannel
from ums.sdk.hook import HookRefused, HookRequest
from ums.sdk.platform import (
    AuthorisedAccount,
    Granted,
    Invitation,
    NewsKind,
    PlatformNews,
    PlatformReply,
    ThirdPartyPlatform,
    VerifyTicket,
)
from ums.sdk.tokens import Token

T = TypeVar("T")

REFUSED = "refused"
"""A platform of this name is refused everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FakePlatformSettings:
    name: str
    secret: str = field(repr=False)


class FakePlatformSchema(Schema):
    name = fields.String(required=True)
    secret = fields.String(required=True, metadata={"secret": True})

    @post_load
    def make(self, data: dict[str, str], **_: object) -> FakePlatformSettings:
        return FakePlatformSettings(**data)


class FakePlatform(ThirdPartyPlatform[FakePlatformSettings]):
    """Its pushes are JSON, signed with the secret itself."""

    key = "fake"
    title = "Fake platform"
    title_zh = "平台"

    def settings_schema(self) -> Schema:
        return FakePlatformSchema()

    def name(self, settings: Mapping[str, Json]) -> str:
        return str(settings.get("name", ""))

    def return_base(self, settings: FakePlatformSettings) -> str:
        return ""

    def token_key(self, settings: FakePlatformSettings) -> str:
        return f"fake platform:{settings.name}"

    def token(self, settings: FakePlatformSettings, ticket: VerifyTicket | None) -> Exchange[Token]:
        return _at_once(settings, Token(value=f"token-of-{settings.name}", lifetime=7200.0))

    def start_tickets(self, settings: FakePlatformSettings) -> Exchange[None]:
        return _at_once(settings, None)

    def receive(self, settings: FakePlatformSettings, request: HookRequest) -> PlatformReply:
        self.verify(settings, request)
        told = json.loads(request.body)
        return PlatformReply(body="success", news=PlatformNews(**{**told, "kind": NewsKind(told["kind"])}))

    def verify(self, settings: FakePlatformSettings, request: HookRequest) -> None:
        if not hmac.compare_digest(request.query.get("signature", ""), settings.secret):
            raise HookRefused("wrong signature")

    def invite(
        self, settings: FakePlatformSettings, kinds: frozenset[str], return_url: str
    ) -> Exchange[Invitation]:
        made = Invitation(
            desktop_url=f"https://fake.example/desktop?back={return_url}",
            mobile_url=f"https://fake.example/mobile?back={return_url}",
            lifetime=600.0,
        )
        return _at_once(settings, made)

    def redeem(self, settings: FakePlatformSettings, code: str) -> Exchange[Granted]:
        return _at_once(settings, _granted(code, frozenset({1})))

    def describe(self, settings: FakePlatformSettings, account: str) -> Exchange[AuthorisedAccount]:
        described = AuthorisedAccount(account=account, name=account.title(), address=account, facts={})
        return _at_once(settings, described)

    def renew(self, settings: FakePlatformSettings, account: str, refresh_token: str) -> Exchange[Granted]:
        return _at_once(settings, _granted(account, None))


def _granted(account: str, permissions: frozenset[int] | None) -> Granted:
    token = Token(value=f"token-of-{account}", lifetime=7200.0)
    return Granted(account=account, token=token, refresh_token=f"refresh-{account}", permissions=permissions)


def _at_once(settings: FakePlatformSettings, value: T) -> Generator[Call, Reply, T]:
    if settings.name == REFUSED:
        raise BadChannel("bad_secret")
    yield from ()
    return value


platform = FakePlatform()
