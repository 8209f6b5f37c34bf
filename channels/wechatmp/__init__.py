"""WeChat mini programs: subscription messages, each spending one acceptance of the person it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import Schema

from channels._wechat.api import send
from channels._wechat.codes import Operation
from channels._wechat.component.calls import MINI_PROGRAM
from channels._wechat.component.judging import Needed
from channels._wechat.component.settings import Component
from channels._wechat.content import ANY_DATA, ANY_TEMPLATE
from channels._wechat.lint import lint
from channels._wechat.logins import known
from channels._wechat.plugin import WeChatPlugin
from channels._wechat.receipts import SUBSCRIPTION_SENT, Reader, subscription_receipts
from channels._wechat.templates import subscription_templates
from channels.wechatmp import logins
from channels.wechatmp.schemas import SubscribeMessage, SubscribeMessageSchema
from channels.wechatmp.settings import MiniProgramSettings, MiniProgramSettingsSchema
from ums.sdk.call import Exchange, Json
from ums.sdk.errors import Accepted
from ums.sdk.lint import Linted
from ums.sdk.people import AppLogin, HasAppLogin, Person, SealedWords
from ums.sdk.plugin import Outbound, PluginInfo
from ums.sdk.specimen import Specimen
from ums.sdk.templates import RemoteTemplate, TemplatePage

SEND = "/cgi-bin/message/subscribe/send"


class MiniProgram(WeChatPlugin[MiniProgramSettings, SubscribeMessage], HasAppLogin[MiniProgramSettings]):
    """A mini program. The platform drops no repeats here: a lost answer leaves a message unconfirmed."""

    info = PluginInfo(
        key="wechatmp",
        title="WeChat mini program",
        title_zh="微信小程序",
        homepage="https://developers.weixin.qq.com/miniprogram/dev/server/API/",
        # 30 million a day with WeChat Pay are 347 a second; no figure per second is published.
        endpoints={"subscription": 300.0},
    )
    paths: ClassVar[Mapping[str, str]] = {"subscription": SEND}
    template_kinds = ("subscription",)
    template_limits: ClassVar[Mapping[str, int]] = {"subscription": 50}
    account_kind = MINI_PROGRAM
    needed: ClassVar[tuple[Needed, ...]] = (
        Needed(
            number=18,
            endpoint="subscription",
            text="mini program development: subscription messages",
            text_zh="小程序开发与数据分析",
        ),
    )
    readers: ClassVar[Mapping[str, Reader]] = {SUBSCRIPTION_SENT: subscription_receipts}
    identifying = logins.IDENTIFYING

    def settings_schema(self) -> Schema:
        return MiniProgramSettingsSchema()

    def message_schema(self) -> Schema:
        return SubscribeMessageSchema()

    def send(self, settings: MiniProgramSettings, outbound: Outbound[SubscribeMessage]) -> Exchange[Accepted]:
        body = outbound.content.frame.addressed(outbound.address)
        return send(settings, SEND, body, Operation.SUBSCRIPTION)

    def lint(
        self, settings: MiniProgramSettings, content: SubscribeMessage, template: RemoteTemplate | None
    ) -> Linted:
        return lint(settings.lint, content, template)

    def specimen(self, template: str = "", kind: str = "") -> Specimen:
        return Specimen({"template_id": template or ANY_TEMPLATE, "data": ANY_DATA})

    def credit(self, content: SubscribeMessage) -> str | None:
        return content.template_id

    def list_of(self, settings: MiniProgramSettings, kind: str) -> Exchange[TemplatePage]:
        return subscription_templates(settings)

    def log_in(
        self, settings: MiniProgramSettings, code: str, *, platform: Component | None = None
    ) -> Exchange[AppLogin]:
        return logins.log_in(settings, code, platform)

    def opened(
        self, settings: MiniProgramSettings, session_key: str, sealed: SealedWords, now: float
    ) -> Mapping[str, Json]:
        return logins.opened(settings, session_key, sealed, now)

    def person_in(self, settings: MiniProgramSettings, opened: Mapping[str, Json]) -> Person | None:
        return known(opened, "openId", "unionId")

    def asks_phone(self, settings: MiniProgramSettings) -> bool:
        return settings.phone_numbers

    def phone(self, settings: MiniProgramSettings, code: str) -> Exchange[str]:
        return logins.phone_number(settings, code)


channel = MiniProgram()
