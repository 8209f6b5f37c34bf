"""Signatures with which an application's pages may use the provider's functions in its app."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from ums.domain.commands import Caller, Json
from ums.domain.errors import Conflict
from ums.domain.linking import URL_RULE, is_url
from ums.domain.outcome import SendError
from ums.domain.views import ChannelState
from ums.sdk.people import HasPageTickets
from ums.services.accounts import account_by_id, explained
from ums.services.binding.tickets import granted, wrong
from ums.services.gateway import Gateway
from ums.services.probing import refusal

NONCE_BYTES = 8


def sign(gateway: Gateway, caller: Caller, code: str, url: str) -> Mapping[str, Json]:
    """What a page at `url` hands to the provider's script. However many ask, the provider is asked once.

    Raises NotFound for a channel that isn't granted, InvalidRequest for an unusable address or a type without such
    signatures, Conflict where the channel is parked or refused, Unavailable where the provider can't be asked.
    """
    channel = granted(caller, code)
    if not is_url(url):
        raise wrong("url", f"{URL_RULE}; leave out what follows #")
    account = account_by_id(gateway, channel.channel_id)
    plugin = account.plugin
    if not isinstance(plugin, HasPageTickets):
        raise wrong("channel", f"channels of the type {account.type!r} give no signatures to pages")
    if account.state is ChannelState.PARKED:
        raise Conflict(f"The channel {code} is parked; an operator must look after it.")
    try:
        ticket = gateway.provider.page_ticket(plugin, account.settings)
    except SendError as error:
        told = f"No signature could be made for {code}: {explained(plugin, error).rstrip('.')}."
        raise refusal(gateway, account, [error], told) from error
    nonce, at = secrets.token_hex(NONCE_BYTES), int(gateway.clock.now())
    return plugin.page_signature(account.settings, ticket.value, url, nonce, at)
