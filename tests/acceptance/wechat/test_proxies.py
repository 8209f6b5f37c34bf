"""A channel behind a proxy: all its calls come from one address, whoever makes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.wechat.letters import SUBSCRIPTION
from tests.acceptance.wechat.shop import STABLE, SUBSCRIBE_SEND, Shop, statuses
from tests.acceptance.wechat.town import eventually
from tests.provider.proxy_server import ProxyServer, proxy_server

SUBSCRIPTION_TEMPLATES = "/wxaapi/newtmpl/gettemplate"


@pytest.fixture
def proxy() -> Iterator[ProxyServer]:
    with proxy_server() as running:
        running.known = ("shop", "confidential")
        yield running


def led(shop: Shop, proxy: ProxyServer, password: str) -> None:
    address = proxy.url.replace("://", f"://shop:{password}@")
    shop.town.told("channel", "set", shop.mp.code, "--set", "proxy=-", given=address)


def test_tokens_lists_and_sends_go_through_the_channel_s_proxy(shop: Shop, proxy: ProxyServer) -> None:
    led(shop, proxy, "confidential")
    shop.town.told("channel", "refresh", shop.mp.code)
    shop.town.told("channel", "quotas", shop.mp.code, "--refresh")
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]
    ways = [head.split(" ")[1].partition("?")[0] for head in proxy.asked]
    url = shop.town.sandbox.url
    assert {f"{url}{STABLE}", f"{url}{SUBSCRIPTION_TEMPLATES}", f"{url}{SUBSCRIBE_SEND}"} < set(ways)
    assert len(proxy.asked) == len(shop.calls(shop.mp)), "none went past it"


def test_a_proxy_that_refuses_parks_the_channel_in_plain_words_until_it_is_mended(
    shop: Shop, proxy: ProxyServer
) -> None:
    led(shop, proxy, "mistyped")
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    reason = str(shop.await_state(shop.mp, "parked")["reason"])
    assert "proxy_refused" in reason
    assert "HTTP 407; see the channel's proxy" in reason
    assert shop.counts(msgid) == {"queued": 1}
    assert shop.calls(shop.mp) == []
    led(shop, proxy, "confidential")
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]


def test_a_proxy_that_is_gone_is_waited_for(shop: Shop, proxy: ProxyServer) -> None:
    shop.town.told("channel", "set", shop.mp.code, "--set", "proxy=-", given="http://127.0.0.1:9")
    msgid = shop.send([shop.bind("zhangsan", shop.mp)], mp=SUBSCRIPTION)
    eventually(lambda: shop.deliveries(msgid)[0]["reason"] == "proxy_unreachable")
    assert shop.counts(msgid) == {"queued": 1}
    led(shop, proxy, "confidential")
    assert statuses(shop.ended(msgid)) == [(shop.mp.code, "delivered")]


def test_the_password_is_shown_nowhere(shop: Shop, proxy: ProxyServer) -> None:
    led(shop, proxy, "confidential")
    detail = shop.shown(shop.mp)
    assert "proxy" not in str(detail["settings"])
    assert "proxy" in str(detail["secrets_set"])
    assert "confidential" not in str(detail)
    told = shop.town.ums("channel", "set", shop.mp.code, "--set", "proxy=ftp://shop:confidential@proxy").output
    assert "http or https proxy" in told
    assert "confidential" not in told
