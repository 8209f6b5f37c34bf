"""The event that reports on subscription messages, in both kinds of account."""

from __future__ import annotations

import json

import pytest

from channels._wechat.tests.simulator import APPID, SECRET, TOKEN, signed
from channels.wechatmp import channel as mini_program
from channels.wechatmp.settings import MiniProgramSettings
from channels.wechatoa import channel as official_account
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.hook import HookRefused
from ums.sdk.receipts import DeliveryStatus, Receipt
from ums.sdk.testing import NOW

OFFICIAL = OfficialAccountSettings(appid=APPID, secret=SECRET, token=TOKEN)
MINI = MiniProgramSettings(appid=APPID, secret=SECRET, token=TOKEN)
XML = (
    "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1620963428</CreateTime>"
    "<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>{}</SubscribeMsgSentEvent>"
    "</xml>"
)
ITEM = (
    "<List><TemplateId>T</TemplateId><MsgID>{}</MsgID><ErrorCode>{}</ErrorCode><ErrorStatus>{}</ErrorStatus></List>"
)


def receipts(body: str) -> tuple[Receipt, ...]:
    return mini_program.receive(MINI, signed(body, NOW)).receipts


def test_each_item_of_the_list_is_a_receipt() -> None:
    body = XML.format(ITEM.format("1700827132819554304", 0, "success") + ITEM.format(2, 43004, "require subscribe"))
    assert receipts(body) == (
        Receipt(
            event_id="subscribe_msg_sent_event:1700827132819554304:0",
            provider_id="1700827132819554304",
            address="o1",
            status=DeliveryStatus.DELIVERED,
            words="success",
        ),
        Receipt(
            event_id="subscribe_msg_sent_event:2:43004",
            provider_id="2",
            address="o1",
            status=DeliveryStatus.FAILED,
            reason="not_following",
            words="require subscribe",
            provider_code=43004,
        ),
    )


def test_a_failure_nobody_knows_keeps_its_number_and_words() -> None:
    (receipt,) = receipts(XML.format(ITEM.format(2, -7, "system busy")))
    assert (receipt.status, receipt.reason) == (DeliveryStatus.FAILED, "undelivered")
    assert (receipt.provider_code, receipt.words) == (-7, "system busy")


def test_json_says_the_same_as_xml() -> None:
    item = {"TemplateId": "T", "MsgID": 2918131553548107776, "ErrorCode": 0, "ErrorStatus": "success"}
    body = {"FromUserName": "o1", "CreateTime": "1", "Event": "subscribe_msg_sent_event", "List": item}
    assert receipts(json.dumps(body)) == receipts(XML.format(ITEM.format(2918131553548107776, 0, "success")))


def test_both_kinds_of_account_read_it() -> None:
    push = signed(XML.format(ITEM.format(2, 0, "success")), NOW)
    assert official_account.receive(OFFICIAL, push) == mini_program.receive(MINI, push)


@pytest.mark.parametrize(
    "items",
    [
        "",
        ITEM.format("", 0, "success"),
        ITEM.format("a b", 0, "success"),
        ITEM.format(1, "", "success"),
        ITEM.format(1, "zero", "success"),
        ITEM.format(1, "9" * 30, "success"),
    ],
)
def test_a_report_that_lacks_what_it_must_have_is_refused(items: str) -> None:
    with pytest.raises(HookRefused):
        receipts(XML.format(items))


def test_a_report_about_nobody_is_refused() -> None:
    with pytest.raises(HookRefused, match="FromUserName"):
        receipts(XML.format(ITEM.format(1, 0, "success")).replace("o1", " "))
