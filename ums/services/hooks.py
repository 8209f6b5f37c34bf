"""Taking a provider's push: verified and read by the plugin, and kept before it is answered."""

from __future__ import annotations

from collections.abc import Mapping

from ums.domain.errors import NotAllowed, NotFound, Unavailable
from ums.domain.push import Push
from ums.logs import get_logger
from ums.sdk.hook import HookRefused, HookReply, HookRequest
from ums.sdk.plugin import HasHook
from ums.services import accounts, pushes
from ums.services.accounts import Account
from ums.services.gateway import Gateway
from ums.store import channels

log = get_logger(__name__)


def receive(gateway: Gateway, code: str, method: str, query: Mapping[str, str], body: bytes) -> HookReply:
    """Take one push to the channel `code`; the answer goes out only after what it tells is kept.

    Raises NotFound where no such channel takes pushes, NotAllowed for a push that is forged, stale or unreadable,
    and Unavailable where it can be kept nowhere; all change nothing.
    """
    account = _account(gateway, code)
    plugin = account.plugin
    if not isinstance(plugin, HasHook):
        raise NotFound(f"The channel {code!r} takes no pushes.")
    request = HookRequest(method=method, query=query, body=body, now=gateway.clock.now())
    try:
        reply = plugin.receive(account.settings, request)
    except HookRefused as refusal:
        log.warning("a push was refused", action="hook_refused", channel=code, cause=str(refusal))
        raise NotAllowed("This push can't be believed; nothing was changed.") from refusal
    push = Push(channel_id=account.id, received_at=request.now, receipts=reply.receipts, events=reply.events)
    if not push.is_empty:
        pushes.store(gateway, push)
    return reply


def _account(gateway: Gateway, code: str) -> Account:
    """A channel's account; where the database doesn't tell, as it last did. Raises as `accounts.account` does."""
    last = gateway.last_accounts.get(code)
    try:
        account = last if last is not None and _is_current(gateway, last) else accounts.account(gateway, code)
    except Unavailable:
        if last is None:
            raise
        return last
    gateway.last_accounts[code] = account
    return account


def _is_current(gateway: Gateway, account: Account) -> bool:
    """Whether the channel's settings are those of the account: asked for with every push, so at little cost."""
    with gateway.database.read() as session:
        return channels.version_of(session, account.code) == account.version
