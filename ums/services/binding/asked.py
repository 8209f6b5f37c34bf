"""A provider asked who somebody is, on the channel's own behalf or on the third-party platform's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ums.provider.platform_desk import authorised
from ums.sdk.call import Exchange
from ums.services.accounts import Account
from ums.services.gateway import Gateway
from ums.services.third_party import return_base

T = TypeVar("T")


def ask(gateway: Gateway, account: Account, exchange: Callable[[Any], Exchange[T]]) -> T:
    """What an exchange brings, which is made with the platform's settings where that acts for the account.

    With None else. Raises the `SendError` that it ends in.
    """
    platform = platform_of(gateway, account)
    if platform is None:
        return gateway.provider.run(account.plugin, account.settings, exchange(None))
    return gateway.provider.platform.run(exchange(platform))


def platform_of(gateway: Gateway, account: Account) -> Any:
    """The platform's settings, where it acts for the account. Raises BadChannel where they can't be used."""
    if authorised(account.plugin, account.settings) is None:
        return None
    return gateway.provider.platform.settings()


def base_of(gateway: Gateway, account: Account) -> str:
    """The address of ours that the account's people come back to, without a slash at its end."""
    is_platforms = authorised(account.plugin, account.settings) is not None
    return return_base(gateway) if is_platforms else gateway.settings.address
