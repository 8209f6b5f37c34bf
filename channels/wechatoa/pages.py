"""Where the pages and pictures are that the platform shows to people."""

from __future__ import annotations

from urllib.parse import urlsplit

from channels.wechatoa.settings import OfficialAccountSettings

LOGIN = "https://open.weixin.qq.com/connect/oauth2/authorize"
PICTURE = "https://mp.weixin.qq.com/cgi-bin/showqrcode"
WECHAT = "weixin.qq.com"


def page(account: OfficialAccountSettings, official: str) -> str:
    """An official page; the one at the same path of a host that isn't WeChat's, where the settings name one."""
    base = account.page_base or account.base_url
    host = urlsplit(base).hostname or ""
    return official if f".{host}".endswith(f".{WECHAT}") else base + urlsplit(official).path
