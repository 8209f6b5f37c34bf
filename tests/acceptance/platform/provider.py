"""A service provider: a third-party platform at the sandbox and in the gateway, and accounts that authorise it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import requests

from channels._wechat.crypto import PushCipher, signature
from tests.acceptance.wechat.town import Document, Town
from ums.services import applications, consents
from ums.services.applications import Credentials

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"[:43]
TOKEN = "word"
SECONDS = 30.0
HREF = re.compile(r'href="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The platform `appid`, an official account `oa` and a mini program `mp`, and the application `shop`."""

    town: Town
    appid: str
    oa: str
    mp: str
    application: str
    shop: Credentials

    @property
    def events_url(self) -> str:
        return f"{self.town.url}/hooks/platform/events"

    def push_ticket(self) -> Document:
        return self.control("ticket")

    def control(self, place: str, /, **members: Any) -> Document:
        answer = self.town.sandbox.control("POST", f"component/{place}", {"component": self.appid, **members})
        found: Document = answer.json()
        return found

    def configure(self, **settings: object) -> None:
        self.town.sandbox.control("PUT", f"components/{self.appid}", settings)

    def link(self, code: str, *words: str) -> Document:
        return self.town.told("platform", "authorise", code, "--grant", self.application, *words)

    def visit(self, link: Document, appid: str, *sets: str, page: str = "desktop") -> requests.Response:
        """Walk a link as a browser does, to the gateway's last page."""
        start = requests.get(str(link["start_url"]), timeout=SECONDS)
        assert start.status_code == 200
        hrefs = [unescape(href) for href in HREF.findall(start.text)]
        address = next(href for href in hrefs if href == link[f"{page}_url"])
        address = address.partition("#")[0]
        shown = requests.get(address, headers={"Referer": f"{self.town.url}/"}, timeout=SECONDS)
        assert shown.status_code == 200, shown.text
        agreed = requests.post(address, {"appid": appid, "set": sets}, timeout=SECONDS, allow_redirects=False)
        return requests.get(agreed.headers["Location"], timeout=SECONDS)

    def authorise(self, code: str, appid: str, *sets: str) -> requests.Response:
        return self.visit(self.link(code), appid, *sets)

    def settle(self) -> None:
        """What the timer does by the clock, now."""
        for _ in range(3):
            consents.look(self.town.gateway)

    def show(self, code: str) -> Document:
        return self.town.told("channel", "show", code)

    def account(self, appid: str) -> Document:
        found = self.town.told("platform", "accounts")["accounts"]
        assert isinstance(found, list)
        return next(one for one in found if isinstance(one, dict) and one["account"] == appid)

    def get(self, path: str, **query: str) -> requests.Response:
        auth = (self.shop.key, self.shop.master_secret)
        return requests.get(self.town.url + path, params=query, auth=auth, timeout=SECONDS)

    def post(self, path: str, body: object) -> requests.Response:
        auth = (self.shop.key, self.shop.master_secret)
        return requests.post(self.town.url + path, json=body, auth=auth, timeout=SECONDS)

    def calls(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        found = self.town.sandbox.control("GET", "calls", path=path, **query).json()["calls"]
        assert isinstance(found, list)
        return found


def open_provider(town: Town) -> Provider:
    """A platform set up anew, so that no test sees what another has left."""
    mark = secrets.token_hex(6)
    appid, oa, mp = (f"wx{kind}{mark}" for kind in ("aa", "bb", "cc"))
    url = town.sandbox.url
    town.sandbox.control("PUT", f"components/{appid}", {
        "secret": "right", "token": TOKEN, "encoding_aes_key": KEY, "callback": f"{town.url}/hooks/platform/events",
        "account_callback": f"{town.url}/hooks/platform/$APPID$",
    })  # fmt: skip
    town.sandbox.control("PUT", f"accounts/{oa}", {"kind": "wechatoa", "nick_name": "Flowers"})
    town.sandbox.control("PUT", f"accounts/{mp}", {"kind": "wechatmp", "push_format": "json"})
    settings = {
        "component_appid": appid, "component_secret": "right", "token": TOKEN, "encoding_aes_key": KEY,
        "base_url": url, "desktop_base": url, "mobile_base": url, "redirect_base": town.url,
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    town.told("platform", "set", *words)
    application = f"shop{mark}"
    made = applications.add(town.gateway, application)
    return Provider(town=town, appid=appid, oa=oa, mp=mp, application=application, shop=made)


def push(
    url: str, members: Mapping[str, object], *, component: str, key: str = KEY, token: str = TOKEN, **changes: str
) -> requests.Response:
    """A push in safe mode; `changes` are laid over its query, `component` is the AppID at its end."""
    text = "".join(f"<{name}>{value}</{name}>" for name, value in members.items())
    sealed = PushCipher([key], component).encrypt(f"<xml>{text}</xml>")
    stamp = changes.pop("timestamp", str(int(time.time())))
    signed = {"timestamp": stamp, "nonce": "1", "msg_signature": signature(token, stamp, "1", sealed)}
    body = f"<xml><ToUserName>x</ToUserName><Encrypt>{sealed}</Encrypt></xml>"
    query = {"encrypt_type": "aes", **signed, **changes}
    return requests.post(url, body, params=query, headers={"Content-Type": "text/xml"}, timeout=SECONDS)
