"""Believing `X-Forwarded-…` only from the proxies that the operator trusts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_FORWARDED = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX", "HTTP_X_FORWARDED_BY", "HTTP_FORWARDED",
)  # fmt: skip
_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")

Network = IPv4Network | IPv6Network


class TrustedProxies:
    """The proxies in these networks, and what is believed of what they forward."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks: tuple[Network, ...] = tuple(ip_network(network) for network in networks)

    def apply(self, environ: WSGIEnvironment) -> None:
        """Set the caller's address, the scheme and the host to what a trusted peer forwards.

        From anybody else the headers are only taken away, so that nothing behind this can mistake them.
        """
        forwarded = {name: environ.pop(name) for name in _FORWARDED if name in environ}
        if forwarded and self._is_trusted(environ.get("REMOTE_ADDR", "")):
            self._believe(environ, forwarded)

    def _believe(self, environ: WSGIEnvironment, forwarded: dict[str, str]) -> None:
        hops = _parts(forwarded.get("HTTP_X_FORWARDED_FOR", ""))
        client = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), hops[0] if hops else "")
        if _address(client) is not None:
            environ["REMOTE_ADDR"] = client
        scheme = _last(forwarded.get("HTTP_X_FORWARDED_PROTO", "")).lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        host = _last(forwarded.get("HTTP_X_FORWARDED_HOST", ""))
        if _HOST.fullmatch(host):
            environ["HTTP_HOST"] = host

    def _is_trusted(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self._networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def _parts(header: str) -> list[str]:
    return [part.strip() for part in header.split(",") if part.strip()]


def _last(header: str) -> str:
    """What the nearest proxy said: it writes at the end."""
    parts = _parts(header)
    return parts[-1] if parts else ""
