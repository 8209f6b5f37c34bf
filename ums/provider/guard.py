"""Keeps calls to addresses of others' choice out of the operator's own networks.

What counts is the address a connection goes to, not what the URL says: names can be resolved anew, and an
address can be written in many ways. Only the public internet is open (IANA, "Special-Purpose Address
Registries" for IPv4 and IPv6), and the networks that the operator lists.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_CLOSED_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            # Azure's wire server, which answers to machines inside only
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            # multicast, reserved, broadcast
            "224.0.0.0/3",
        ),
    )
)
_OPEN_6 = IPv6Network("2000::/3")
"""The only part of IPv6 that is handed out to the public."""
_CLOSED_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
_SIX_TO_FOUR = IPv6Network("2002::/16")
_EMBEDDING = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""Where the last 32 bits are an IPv4 address: compatible, mapped, translated, NAT64."""


class AddressRefused(OSError):
    """A connection would lead, or leads, where calls may not go."""


class Guard:
    """Lets calls out to the public internet, and to `allowed` networks such as `"10.1.0.0/16"`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = tuple(map(ip_network, allowed))

    def check(self, peer: str) -> None:
        """Raises AddressRefused unless a connection to this IP address is open to calls."""
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            raise AddressRefused("no IP address") from None
        inner = _embedded(address)
        if not (self._lists(address) or self._lists(inner) or _is_public(inner)):
            raise AddressRefused("an address inside the operator's networks")

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address leads to, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _SIX_TO_FOUR:
        return IPv4Address(int(address) >> 80 & 0xFFFF_FFFF)
    if any(address in network for network in _EMBEDDING):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)
