"""The proxy that a channel's calls go through, where an operator has named one."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote, urlsplit

__all__ = ["Proxy"]

EXAMPLE = "http://user:password@proxy.example.com:3128"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: `url` is `http://host:port` or `https://host:port`; the rest, if any, is what it knows us by.

    >>> Proxy.parse("http://shop:p%40ss@proxy.example.com:3128")
    Proxy(url='http://proxy.example.com:3128')
    """

    url: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, address: str) -> Self:
        """Read what an operator enters. Raises ValueError, which quotes nothing of it."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"Write the address of a proxy, such as {EXAMPLE}.") from None
        if parts.scheme not in _PORTS or not host or port == 0 or not re.fullmatch(r"[!-~]+", address):
            raise ValueError(f"Write the address of an http or https proxy, such as {EXAMPLE}.")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("Leave out path, query and fragment: only the proxy's host and port.")
        shown = f"[{host}]" if ":" in host else host
        url = f"{parts.scheme}://{shown}:{port or _PORTS[parts.scheme]}"
        return cls(url, unquote(parts.username or ""), unquote(parts.password or ""))

    @property
    def authorization(self) -> str:
        """What it wants to see in `Proxy-Authorization`; empty where it needn't know us. A secret."""
        if not self.user and not self.password:
            return ""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"

    @property
    def address(self) -> str:
        """All of it as one URL. A secret: never to be shown or logged."""
        if not self.authorization:
            return self.url
        scheme, _, place = self.url.partition("://")
        return f"{scheme}://{quote(self.user, safe='')}:{quote(self.password, safe='')}@{place}"
