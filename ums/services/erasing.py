"""Erasing a person's address: at once where it is looked up, then step by step out of what deliveries keep."""

from __future__ import annotations

from ums.domain import erasure as domain
from ums.domain.binding_history import BindingChange
from ums.domain.delivery import DeliveryStatus
from ums.domain.erasure import Erasure
from ums.domain.person import Cause
from ums.domain.wire import CHANNEL_TYPES, EVERYONE, BindScope
from ums.logs import get_logger
from ums.services import telling
from ums.services.gateway import Gateway
from ums.services.telling import Move
from ums.store import audits, binding_changes, channels, conflicts, messages
from ums.store import erasures as store
from ums.store.db import Session
from ums.store.schedules import Expansion

log = get_logger(__name__)

STEPS = 50
"""Steps of one erasure in a row, so that a large database doesn't hold up the clock's other duties for long."""


def begin(session: Session, channel_id: int, address: str, cause: str, now: float) -> None:
    """Forget an address of a channel; in the transaction that keeps the event which asks for it.

    Its bindings go, each with a note in the audit that doesn't name it; its subscriptions, its follow and its
    windows go, as does what is known of whose it is and what may be bound with it; what events said of it, and its
    place in the history, are emptied. Its deliveries follow by the clock.
    """
    channel = channels.by_id(session, channel_id)
    if channel is None:
        return
    name = CHANNEL_TYPES[channel.type].property
    bind_id = channel.code if name.scope is BindScope.CHANNEL else ""
    for userid in store.unbind(session, name.wire, bind_id, address):
        detail = f"{cause} on {channel.code}: the binding of {name.wire} was removed"
        gone = BindingChange(
            userid=userid,
            property=name.wire,
            bind_id=bind_id or EVERYONE,
            address=domain.ERASED,
            bound=False,
            cause=Cause.ERASED,
        )
        binding_changes.add(session, [gone], now)
        audits.add(
            session,
            at=now,
            operator=domain.DONE_BY,
            action=domain.ACTION,
            thing=f"/v1/user/{userid}",
            detail=detail,
        )
    binding_changes.erase(session, name.wire, bind_id, address, domain.ERASED)
    store.forget(session, channel_id, address)
    conflicts.forget_empty(session)
    store.begin(session, channel_id, address, cause, now)


def walk(gateway: Gateway) -> None:
    """Take the addresses that are being erased out of the deliveries; some steps of each."""
    with gateway.database.read() as session:
        pending = store.pending(session)
    for erasure in pending:
        _walk(gateway, erasure)


def withhold(session: Session, message: Expansion, routed_at: float, now: float) -> None:
    """Cancel new deliveries of a message to addresses that have been erased: since it was routed or, where it lists
    addresses itself, since it was given to us. Who lists one afterwards may have asked the person again.
    """
    since = store.given_at(session, message.id) if message.audience.addresses else routed_at
    ids = store.queued_to_erased(session, message.id, since)
    if ids:
        _cancel(session, ids, now)
        store.blank(session, ids)


def forget(gateway: Gateway) -> None:
    """Forget that addresses were erased, once nothing late can come any more."""
    with gateway.database.write() as session:
        store.forget_old(session, gateway.clock.now() - domain.LATE)


def _walk(gateway: Gateway, erasure: Erasure) -> None:
    for _ in range(STEPS):
        with gateway.database.read() as session:
            first, last = store.ends(session)
        with gateway.database.write():
            pass  # who writes beside others may hold a lower number still, which nobody can read yet
        upto = min(max(erasure.walked_to, first - 1) + store.SPAN, last)
        with gateway.database.read() as session:
            ids = store.found(session, erasure, upto)
        walked_to = _step(gateway, erasure, ids, upto, is_last=upto == last)
        if walked_to is None or walked_to < upto:
            return
        erasure = erasure._replace(walked_to=walked_to)


def _step(gateway: Gateway, erasure: Erasure, ids: list[int], upto: int, *, is_last: bool) -> int | None:
    """Erase it from some deliveries; how far that came, at most to one that is being sent; None: through."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        touched = _cancel(session, ids, now)
        done = store.blank(session, ids)
        messages.finish_messages(session, touched, now)
        walked_to = min((id_ - 1 for id_ in ids if id_ not in done), default=upto)
        if is_last and walked_to == upto:
            # what was being sent meanwhile may have left something behind
            store.forget(session, erasure.channel_id, erasure.address)
            store.end(session, erasure)
            log.info("an address was erased", action="address_erased", cause=erasure.cause)
            return None
        store.move(session, erasure.id, walked_to)
    return walked_to


def _cancel(session: Session, ids: list[int], now: float) -> set[int]:
    """Withdraw those of the deliveries that are queued, and tell of it; the messages they are of."""
    cancelled = store.cancel(session, ids, domain.WITHDRAWN, now)
    moves = [Move(one.message_id, one.id, DeliveryStatus.QUEUED, DeliveryStatus.CANCELLED) for one in cancelled]
    telling.tell(session, moves, now)
    return {one.message_id for one in cancelled}
