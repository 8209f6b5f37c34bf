"""WeChat's third-party platform: accounts authorise it by a scan, and it acts for them."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import Schema

from channels._wechat.component import calls, news
from channels._wechat.component.settings import Component, ComponentSchema
from ums.sdk.call import Exchange, Json
from ums.sdk.hook import HookRequest
from ums.sdk.platform import (
    AuthorisedAccount,
    Granted,
    Invitation,
    PlatformReply,
    ThirdPartyPlatform,
    VerifyTicket,
)
from ums.sdk.tokens import Token


class WeChatPlatform(ThirdPartyPlatform[Component]):
    """One platform serves official accounts and mini programs alike."""

    key = "wechat"
    title = "WeChat third-party platform"
    title_zh = "微信第三方平台"

    def settings_schema(self) -> Schema:
        return ComponentSchema()

    def name(self, settings: Mapping[str, Json]) -> str:
        return str(settings.get("component_appid", ""))

    def return_base(self, settings: Component) -> str:
        return settings.redirect_base

    def token_key(self, settings: Component) -> str:
        return f"wechat:platform:{settings.appid}@{settings.base_url}"

    def token(self, settings: Component, ticket: VerifyTicket | None) -> Exchange[Token]:
        return calls.fetch_token(settings, ticket)

    def start_tickets(self, settings: Component) -> Exchange[None]:
        return calls.start_tickets(settings)

    def receive(self, settings: Component, request: HookRequest) -> PlatformReply:
        return news.receive(settings, request)

    def verify(self, settings: Component, request: HookRequest) -> None:
        news.verify(settings, request)

    def invite(self, settings: Component, kinds: frozenset[str], return_url: str) -> Exchange[Invitation]:
        return calls.invite(settings, kinds, return_url)

    def redeem(self, settings: Component, code: str) -> Exchange[Granted]:
        return calls.redeem(settings, code)

    def describe(self, settings: Component, account: str) -> Exchange[AuthorisedAccount]:
        return calls.describe(settings, account)

    def renew(self, settings: Component, account: str, refresh_token: str) -> Exchange[Granted]:
        return calls.renew(settings, account, refresh_token)


platform = WeChatPlatform()
