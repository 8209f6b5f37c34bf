"""What a provider told besides receipts, from the command line."""

from __future__ import annotations

from typing import cast

from tests.cli.terminal import Ums, document
from ums.cli.opening import opened_gateway
from ums.domain.push import ProviderEvent, Push
from ums.services import accounts, pushes

OPENID = "oABCD1234efgh5678ijkl9012mno"


def told(kind: str) -> None:
    details = {"Event": kind, "FromUserName": OPENID, "EventKey": "qrscene_7"}
    event = ProviderEvent(kind=kind, address=OPENID, event_id=kind, at=1_800_000_000.0, details=dict(details))
    with opened_gateway() as gateway:
        channel_id = accounts.account(gateway, "wechatoa456").id
        pushes.store(gateway, Push(channel_id=channel_id, received_at=1_800_000_005.0, events=(event,)))


def test_events_are_shown_without_openids(ums: Ums) -> None:
    words = ("--set", "appid=wx0123456789abcdef", "--set", "secret=s")
    assert ums("channel", "add", "wechatoa456", "--type", "wechatoa", *words).exit_code == 0
    told("subscribe")
    told("unsubscribe")
    shown = ums("channel", "events", "wechatoa456").stdout
    assert "qrscene_7" in shown
    assert "oABC…2mno" in shown
    assert OPENID not in shown
    found = document(ums("channel", "events", "wechatoa456", "--event", "unsubscribe", "--json"))
    (event,) = cast("list[dict[str, object]]", found["events"])
    assert (event["event"], event["openid"], event["at"]) == ("unsubscribe", "oABC…2mno", 1_800_000_000)
    assert ums("channel", "events", "nothing").exit_code == 1
