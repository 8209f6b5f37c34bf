"""Channels put out of use and back, and removed."""

from __future__ import annotations

from ums.domain.errors import Conflict
from ums.domain.views import ChannelView
from ums.services.accounts import found
from ums.services.falling_over import move_on
from ums.services.gateway import Gateway
from ums.store import channels as store
from ums.store import endings, grants, messages

CHANNEL_REMOVED = "channel_removed"
"""The reason of a delivery withdrawn because its channel was removed."""

BATCH = 2000
"""Deliveries withdrawn in one transaction."""


def pause(gateway: Gateway, code: str) -> None:
    """Send nothing on the channel until it is resumed; its queue is kept. Raises NotFound."""
    with gateway.database.write() as session:
        store.pause(session, found(store.by_code(session, code), code).id)


def close(gateway: Gateway, code: str) -> None:
    """Take the channel out of service: messages that name it are refused. Raises NotFound."""
    with gateway.database.write() as session:
        store.close(session, found(store.by_code(session, code), code).id)


def resume(gateway: Gateway, code: str) -> None:
    """Put the channel to use again, whatever kept it from it, blocked endpoints included. Raises NotFound."""
    with gateway.database.write() as session:
        store.resume(session, found(store.by_code(session, code), code).id)


def remove(gateway: Gateway, code: str, *, force: bool = False) -> ChannelView | None:
    """Take the channel away for good; its applications may be granted another one of its type.

    One that deliveries were made for is kept for their sake as `deleted`, and returned; its code stays taken.
    Raises NotFound, and Conflict where deliveries wait on it; with `force` those are cancelled, and
    their users taken on where a rule has another channel for them.
    """
    with gateway.database.write() as session:
        channel = found(store.by_code(session, code), code)
        waiting = endings.waiting_on(session, channel.id)
        if waiting and not force:
            raise Conflict(
                f"Deliveries are queued on {code}: {waiting:,}. Wait until they are sent, or remove it with force: "
                "then they are cancelled."
            )
        grants.remove_all(session, channel.id)
        gone = store.remove(session, channel.id)
    if gone:
        return None
    # nothing is claimed on it any more, so what waits can be withdrawn some at a time
    while _cancel_some(gateway, channel.id):
        pass
    with gateway.database.read() as session:
        kept = store.by_id(session, channel.id)
    return None if kept is None else kept.view


def _cancel_some(gateway: Gateway, channel_id: int) -> bool:
    """Withdraw some of what waits on a channel, and take its users on along their rules; whether there was any."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        concerned = endings.cancel_waiting(session, channel_id, CHANNEL_REMOVED, now, BATCH)
        move_on(session, gateway, concerned, now)
        messages.finish_messages(session, {one.message_id for one in concerned}, now)
    return bool(concerned)
