"""WeChat mini programs: subscription messages, each spending one acceptance of the person it goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from marshmallow import Schema

from channels._wechat.account import Account
from channels._wechat.api import send
from channels._wechat.codes import Operation
from channels._wechat.component.calls import MINI_PROGRAM
from channels._wechat.component.judging import Needed
from channels._wechat.content import ANY_DATA, ANY_TEMPLATE
from channels._wechat.lint import lint
from channels._wechat.plugin import WeChatPlugin
from channels._wechat.receipts import SUBSCRIPTION_SENT, Reader, subscription_receipts
from channels._wechat.templates import subscription_templates
from channels.wechatmp.schemas import SubscribeMessage, SubscribeMessageSchema
from ums.sdk.call import Exchange
from ums.sdk.errors import Accepted
from ums.sdk.lint import Linted
from ums.sdk.plugin import Outbound, PluginInfo
from ums.sdk.specimen import Specimen
from ums.sdk.templates import RemoteTemplate, TemplatePage

SEND = "/cgi-bin/message/subscribe/send"


class MiniProgram(WeChatPlugin[SubscribeMessage]):
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

    def message_schema(self) -> Schema:
        return SubscribeMessageSchema()

    def send(self, settings: Account, outbound: Outbound[SubscribeMessage]) -> Exchange[Accepted]:
        body = outbound.content.frame.addressed(outbound.address)
        return send(settings, SEND, body, Operation.SUBSCRIPTION)

    def lint(self, settings: Account, content: SubscribeMessage, template: RemoteTemplate | None) -> Linted:
        return lint(settings.lint, content, template)

    def specimen(self, template: str = "", kind: str = "") -> Specimen:
        return Specimen({"template_id": template or ANY_TEMPLATE, "data": ANY_DATA})

    def credit(self, content: SubscribeMessage) -> str | None:
        return content.template_id

    def list_of(self, settings: Account, kind: str) -> Exchange[TemplatePage]:
        return subscription_templates(settings)


channel = MiniProgram()
