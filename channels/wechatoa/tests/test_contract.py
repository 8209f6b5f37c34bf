"""An official account keeps what every channel promises, for both kinds of message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from channels._wechat.account import Account
from channels._wechat.tests.simulator import COMPONENT, EXPIRED, SETTINGS, WRONG_SECRET, Platform, signed
from channels.wechatoa import channel
from channels.wechatoa.schemas import OfficialAccountMessage
from ums.sdk.call import Json
from ums.sdk.hook import HookRequest
from ums.sdk.testing import (
    CreditsContract,
    ExplanationsContract,
    HookContract,
    LintContract,
    PlatformContract,
    TemplatesContract,
    TokenContract,
)

FINISHED = (
    "<xml><FromUserName>{address}</FromUserName><CreateTime>{time}</CreateTime><MsgType>event</MsgType>"
    "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{number}</MsgID><Status>success</Status></xml>"
)

TEMPLATE_MESSAGE: Mapping[str, Json] = {"type": 0, "template_id": "T1", "data": {"thing1": {"value": "茶"}}}
NOTICE: Mapping[str, Json] = {**TEMPLATE_MESSAGE, "type": 1}
FAULTY: Json = {"thing1": {"value": "茶\n", "color": "#173177"}, "time2": {"value": "25:01"}}


class TestContract(
    TokenContract[Account, OfficialAccountMessage],
    TemplatesContract[Account, OfficialAccountMessage],
    CreditsContract[Account, OfficialAccountMessage],
    LintContract[Account, OfficialAccountMessage],
    HookContract[Account, OfficialAccountMessage],
    PlatformContract[Account, OfficialAccountMessage],
    ExplanationsContract[Account, OfficialAccountMessage],
):
    plugin = channel
    simulator = Platform()
    example_settings = SETTINGS
    example_content = TEMPLATE_MESSAGE
    faulty_content: ClassVar[Mapping[str, Json]] = {**TEMPLATE_MESSAGE, "data": FAULTY}
    counted_content = NOTICE
    expired = EXPIRED
    wrong_secret = WRONG_SECRET
    platform_settings = COMPONENT

    def push(self, provider_id: str, now: float) -> HookRequest:
        address = channel.address.example
        return signed(FINISHED.format(address=address, time=int(now), number=provider_id), now)


class TestContractOfNotices(TestContract):
    example_content = NOTICE
    faulty_content: ClassVar[Mapping[str, Json]] = {**NOTICE, "data": FAULTY}
