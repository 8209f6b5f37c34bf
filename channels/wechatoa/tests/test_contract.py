"""An official account keeps what every channel promises, for the kinds of message that fill a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from channels._wechat.tests.simulator import (
    COMPONENT,
    EXPIRED,
    NO_SUCH_TITLE,
    RID,
    SETTINGS,
    USED_CODE,
    WRONG_SECRET,
    Platform,
    opened_reply,
    sealed,
    signed,
)
from channels.wechatoa import channel
from channels.wechatoa.schemas import Message
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.call import Json
from ums.sdk.hook import HookReply, HookRequest
from ums.sdk.templates import NewTemplate
from ums.sdk.testing import (
    CallLogContract,
    CreditsContract,
    ExplanationsContract,
    FollowerListContract,
    FollowersContract,
    HookContract,
    LintContract,
    PageTicketsContract,
    PlatformContract,
    QuotasContract,
    RepliesContract,
    ScenesContract,
    TemplateLibraryContract,
    TemplatesContract,
    TokenContract,
    WebLoginContract,
    WindowsContract,
)

FINISHED = (
    "<xml><FromUserName>{address}</FromUserName><CreateTime>{time}</CreateTime><MsgType>event</MsgType>"
    "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{number}</MsgID><Status>success</Status></xml>"
)
LETTER = (
    "<xml><FromUserName>{address}</FromUserName><CreateTime>{time}</CreateTime><MsgType>text</MsgType>"
    "<Content>Where is my parcel?</Content><MsgId>7</MsgId></xml>"
)
SCAN = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>{address}</FromUserName><CreateTime>{time}</CreateTime>"
    "<MsgType>event</MsgType><Event>SCAN</Event><EventKey>{scene}</EventKey><Ticket>T</Ticket></xml>"
)

TEMPLATE_MESSAGE: Mapping[str, Json] = {"type": 0, "template_id": "T1", "data": {"thing1": {"value": "茶"}}}
NOTICE: Mapping[str, Json] = {**TEMPLATE_MESSAGE, "type": 1}
FAULTY: Json = {"thing1": {"value": "茶\n", "color": "#173177"}, "time2": {"value": "25:01"}}
CHOICES = (
    NewTemplate(kind="template", tid="1221", keywords=("订单号", "状态"), scene=""),
    NewTemplate(kind="subscription", tid="1221", keywords=("2", "1"), scene="发货"),
)


class TestContract(
    TokenContract[OfficialAccountSettings, Message],
    TemplatesContract[OfficialAccountSettings, Message],
    TemplateLibraryContract[OfficialAccountSettings, Message],
    CreditsContract[OfficialAccountSettings, Message],
    FollowersContract[OfficialAccountSettings, Message],
    LintContract[OfficialAccountSettings, Message],
    HookContract[OfficialAccountSettings, Message],
    WindowsContract[OfficialAccountSettings, Message],
    QuotasContract[OfficialAccountSettings, Message],
    CallLogContract[OfficialAccountSettings, Message],
    PlatformContract[OfficialAccountSettings, Message],
    WebLoginContract[OfficialAccountSettings, Message],
    ScenesContract[OfficialAccountSettings, Message],
    RepliesContract[OfficialAccountSettings, Message],
    FollowerListContract[OfficialAccountSettings, Message],
    PageTicketsContract[OfficialAccountSettings, Message],
    ExplanationsContract[OfficialAccountSettings, Message],
):
    plugin = channel
    simulator = Platform()
    example_settings = SETTINGS
    example_content = TEMPLATE_MESSAGE
    faulty_content: ClassVar[Mapping[str, Json]] = {**TEMPLATE_MESSAGE, "data": FAULTY}
    counted_content = NOTICE
    content_for_followers = TEMPLATE_MESSAGE
    content_for_all = NOTICE
    content_in_window: ClassVar[Mapping[str, Json]] = {"type": 2, "msgtype": "text", "text": {"content": "Hello"}}
    expired = EXPIRED
    wrong_secret = WRONG_SECRET
    no_such_title = NO_SUCH_TITLE
    choices = CHOICES
    mark = RID
    platform_settings = COMPONENT
    used_code = USED_CODE

    def scan(self, scene: str, now: float) -> HookRequest:
        return sealed(SCAN.format(address=channel.address.example, time=int(now), scene=scene), now)

    def said(self, reply: HookReply) -> str:
        return opened_reply(reply)["Content"]

    def letter(self, now: float) -> HookRequest:
        return signed(LETTER.format(address=channel.address.example, time=int(now)), now)

    def push(self, provider_id: str, now: float) -> HookRequest:
        address = channel.address.example
        return signed(FINISHED.format(address=address, time=int(now), number=provider_id), now)


class TestContractOfNotices(TestContract):
    example_content = NOTICE
    faulty_content: ClassVar[Mapping[str, Json]] = {**NOTICE, "data": FAULTY}
