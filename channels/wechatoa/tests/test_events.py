"""The event that reports on template messages."""

from __future__ import annotations

import pytest

from channels._wechat.tests.simulator import APPID, SECRET, TOKEN, signed
from channels.wechatoa import channel
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.hook import HookRefused
from ums.sdk.receipts import DeliveryStatus, Receipt
from ums.sdk.testing import NOW

ACCOUNT = OfficialAccountSettings(appid=APPID, secret=SECRET, token=TOKEN)
BODY = (
    "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>{number}</MsgID>"
    "<Status><![CDATA[{status}]]></Status></xml>"
)
NUMBER = "2918131553548107776"


def receipt(status: str, number: str = NUMBER, at: int = 1395658984) -> Receipt:
    body = BODY.format(status=status, number=number, at=at)
    (found,) = channel.receive(ACCOUNT, signed(body, NOW)).receipts
    return found


def test_a_success_is_delivered() -> None:
    assert receipt("success") == Receipt(
        event_id=f"TEMPLATESENDJOBFINISH:{NUMBER}:success",
        provider_id=NUMBER,
        address="o1",
        status=DeliveryStatus.DELIVERED,
        words="success",
    )


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("failed:user block", DeliveryStatus.REJECTED, "user_block"),
        ("failed: user block", DeliveryStatus.REJECTED, "user_block"),
        ("failed : user  block ", DeliveryStatus.REJECTED, "user_block"),
        ("failed: system failed", DeliveryStatus.FAILED, "system_failed"),
        ("failed:system failed", DeliveryStatus.FAILED, "system_failed"),
        ("failed:freq limit", DeliveryStatus.FAILED, "frequency_limit"),
        ("failed:moon in the seventh house", DeliveryStatus.FAILED, "undelivered"),
        ("success!", DeliveryStatus.FAILED, "undelivered"),
    ],
)
def test_a_failure_keeps_its_words(words: str, status: DeliveryStatus, reason: str) -> None:
    found = receipt(words)
    assert (found.status, found.reason, found.words) == (status, reason, words.strip())


def test_every_reason_is_explained() -> None:
    for reason in ("user_block", "system_failed", "frequency_limit", "undelivered"):
        found = channel.explain(reason, None, "")
        assert found is not None
        assert found.when == "receipt"


def test_a_repeat_is_the_same_event_and_another_result_is_not() -> None:
    first, repeat = receipt("failed:user block"), receipt("failed: user block", at=1395658989)
    assert first.event_id == repeat.event_id != receipt("success").event_id


@pytest.mark.parametrize(("status", "number"), [("", NUMBER), ("success", ""), ("success", "no number")])
def test_a_report_that_lacks_what_it_must_have_is_refused(status: str, number: str) -> None:
    with pytest.raises(HookRefused):
        receipt(status, number)


def test_a_report_in_json_is_read_too() -> None:
    body = f'{{"FromUserName":"o1","Event":"TEMPLATESENDJOBFINISH","MsgID":{NUMBER},"Status":"success"}}'
    assert channel.receive(ACCOUNT, signed(body, NOW)).receipts == (receipt("success"),)
