"""A mini program keeps what every channel promises."""

from __future__ import annotations

import json
from collections.abc import Mapping

from channels._wechat.tests.simulator import (
    COMPONENT,
    EXPIRED,
    NO_SUCH_TITLE,
    RID,
    SESSION_KEY,
    SETTINGS,
    USED_CODE,
    WRONG_SECRET,
    Platform,
    sealed,
)
from channels.wechatmp import channel
from channels.wechatmp.schemas import SubscribeMessage
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatmp.tests.sealing import signed, user_info
from ums.sdk.call import Json
from ums.sdk.hook import HookRequest
from ums.sdk.people import SealedWords
from ums.sdk.templates import NewTemplate
from ums.sdk.testing import (
    AppLoginContract,
    CallLogContract,
    CreditsContract,
    ExplanationsContract,
    HookContract,
    LintContract,
    PlatformContract,
    QuotasContract,
    TemplateLibraryContract,
    TemplatesContract,
    TokenContract,
)

CONTENT: Mapping[str, Json] = {"template_id": "T1", "data": {"thing1": {"value": "茶"}}}
FAULTY: Mapping[str, Json] = {
    "template_id": "T1",
    "data": {"thing1": {"value": "茶" * 21}, "date2": {"value": "soon"}},
}
CHOICES = (NewTemplate(kind="subscription", tid="1221", keywords=("2", "1"), scene="发货"),)


class TestContract(
    TokenContract[MiniProgramSettings, SubscribeMessage],
    TemplatesContract[MiniProgramSettings, SubscribeMessage],
    TemplateLibraryContract[MiniProgramSettings, SubscribeMessage],
    CreditsContract[MiniProgramSettings, SubscribeMessage],
    LintContract[MiniProgramSettings, SubscribeMessage],
    QuotasContract[MiniProgramSettings, SubscribeMessage],
    CallLogContract[MiniProgramSettings, SubscribeMessage],
    HookContract[MiniProgramSettings, SubscribeMessage],
    PlatformContract[MiniProgramSettings, SubscribeMessage],
    AppLoginContract[MiniProgramSettings, SubscribeMessage],
    ExplanationsContract[MiniProgramSettings, SubscribeMessage],
):
    plugin = channel
    simulator = Platform()
    example_settings = SETTINGS
    example_content = CONTENT
    counted_content = CONTENT
    faulty_content = FAULTY
    expired = EXPIRED
    wrong_secret = WRONG_SECRET
    no_such_title = NO_SUCH_TITLE
    choices = CHOICES
    mark = RID
    platform_settings = COMPONENT
    used_code = USED_CODE
    session_key = SESSION_KEY

    def sealed_words(self, now: float) -> SealedWords:
        return signed(user_info(now))

    def push(self, provider_id: str, now: float) -> HookRequest:
        event = {
            "FromUserName": channel.address.example,
            "CreateTime": int(now),
            "Event": "subscribe_msg_sent_event",
            "List": {"TemplateId": "T1", "MsgID": provider_id, "ErrorCode": "0", "ErrorStatus": "success"},
        }
        return sealed(json.dumps(event), now, form="json")
