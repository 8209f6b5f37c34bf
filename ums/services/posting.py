"""Posting receipts: the next post of a URL is claimed, carried and settled, each in a transaction of its own.

Nothing is held over the call. A process that dies leaves a lease behind; when it has run out the post is made
again, under the same `webhook-id`.
"""

from __future__ import annotations

import base64
import random
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ums.domain.callback import (
    GATHERING,
    GONE,
    MOST_ITEMS,
    BatchState,
    CallbackState,
    is_success,
    item,
    next_try,
    wait_asked,
)
from ums.domain.message import DAY
from ums.domain.signature import signature
from ums.logs import get_logger, hidden
from ums.provider.receivers import NoAnswer
from ums.sdk.call import json_body
from ums.services import applications
from ums.services.gateway import Gateway
from ums.store import callback_attempts, callback_batches, callback_events, callbacks, locks
from ums.store.callback_batches import Claimed, Work
from ums.store.callbacks import KeptCallback
from ums.store.db import Session
from ums.store.sealing import SealBroken

log = get_logger(__name__)

LEASE = 60.0
"""Seconds after which a try that nobody has settled is taken for lost; a call takes 15 at most."""
AT_ONCE = 2
"""Posts under way to one URL; a failing one is tried with one at a time."""
ANSWER_KEPT = 512
"""Characters of an answer that are kept."""
KEPT = 30 * DAY
"""Seconds that posts are kept once they are delivered or given up."""
SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a word for a fault
ROWS = 25
"""Posts that one transaction drops or gives up: a hundred events each."""
EVENTS = 2500
"""Events in no post that one transaction drops."""
ONLY_FAILED = "it has only failed for 5 days"
ANSWERED_GONE = "it answered 410 Gone"
_dice = random.Random()  # noqa: S311 - spreads retries, guards nothing; our own, for others may seed the common one


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post that this process tries now; `owner` fences what it writes."""

    callback: KeptCallback
    batch: Claimed
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came back: an HTTP status, or a word for why there is none."""

    began_at: float
    seconds: float
    status: int | None = None
    fault: str = ""
    answer: str = ""
    retry_after: str = ""


def work(gateway: Gateway) -> list[Work]:
    """The URLs that something may be posted to now."""
    with gateway.database.read() as session:
        return callback_batches.with_work(session, gateway.clock.now())


def claim(gateway: Gateway, callback_id: int) -> Post | None:
    """The next post of a URL, if one is to be made now; nobody else makes it while the lease lasts."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not (callback_batches.anything_due(session, callback_id, now) or _gathered(session, callback_id, now)):
            return None
    return gateway.database.write_together(lambda session: _claim(session, callback_id, now))


def carry(gateway: Gateway, post: Post) -> Tried:
    """Make the call; whatever comes of it is told in the answer."""
    began_at = gateway.clock.now()
    started = time.monotonic()
    try:
        with gateway.database.read() as session:
            events = callback_events.of_batch(session, post.batch.id)
        body = json_body([item(event, post.callback.channel_key) for event in events])
        headers = _headers(gateway, post, began_at, body)
        answer = gateway.receivers.post(post.callback.url, headers, body)
    except SealBroken:
        return Tried(began_at=began_at, seconds=0.0, fault=SECRET_UNREADABLE)
    except NoAnswer as error:
        return Tried(began_at=began_at, seconds=time.monotonic() - started, fault=error.reason)
    return Tried(
        began_at=began_at,
        seconds=time.monotonic() - started,
        status=answer.status,
        answer=shown(answer.body),
        retry_after=answer.retry_after,
    )


def settle(gateway: Gateway, post: Post, tried: Tried) -> None:
    """Write down what came of a try, and what follows from it."""
    now = gateway.clock.now()
    is_ours = gateway.database.write_together(lambda session: _settle(session, post, tried, now))
    level = log.debug if is_success(tried.status) else log.warning
    level(
        "receipts were posted" if is_success(tried.status) else "receipts could not be posted",
        action="callback_posted" if is_success(tried.status) else "callback_failed",
        callback=post.callback.id,
        webhook_id=post.batch.webhook_id,
        tries=post.batch.tries,
        status=tried.status or tried.fault,
    )
    if is_ours and tried.status == GONE:
        _told_disabled(post.callback.id, ANSWERED_GONE)


def post_next(gateway: Gateway, callback_id: int) -> bool:
    """Make the next post of a URL, if one is to be made now; whether one was made."""
    post = claim(gateway, callback_id)
    if post is not None:
        settle(gateway, post, carry(gateway, post))
    return post is not None


def give_up(gateway: Gateway) -> None:
    """Give up posts that were first tried 72 hours ago, and URLs that have only failed for five days."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        if not (callback_batches.overdue(session, now) or callbacks.failing_too_long(session, now)):
            return
    with gateway.database.write() as session:
        dead = callback_batches.bury(session, now, ROWS)
        disabled = callbacks.failing_too_long(session, now)
        for callback_id in disabled:
            callbacks.set_state(session, callback_id, CallbackState.DISABLED, ONLY_FAILED, now)
    for batch in dead:
        log.error(
            "receipts were given up; they are kept and can be replayed",
            action="callback_dead",
            callback=batch.callback_id,
            webhook_id=batch.webhook_id,
            receipts=batch.size,
        )
    for callback_id in disabled:
        _told_disabled(callback_id, ONLY_FAILED)


def forget(gateway: Gateway) -> None:
    """Drop posts that were delivered or given up 30 days ago, and events that have waited for as long."""
    before = gateway.clock.now() - KEPT
    dropped = 1
    while dropped:
        with gateway.database.write() as session:
            dropped = callback_batches.forget_ended(session, before, ROWS)
            dropped += callback_events.forget_waiting(session, EVENTS, before=before)


def forget_all(gateway: Gateway, callback_id: int) -> None:
    """Drop a URL's posts, and what waits for one."""
    dropped = 1
    while dropped:
        with gateway.database.write() as session:
            dropped = callback_batches.forget_all(session, callback_id, ROWS)
            dropped += callback_events.forget_waiting(session, EVENTS, callback_id=callback_id)


def basic(gateway: Gateway, callback: KeptCallback, sealed: bytes) -> str:
    """The `Authorization` that receivers know the gateway by. Raises SealBroken."""
    secret = gateway.sealer.open(sealed, applications.place(callback.channel_key))
    return "Basic " + base64.b64encode(f"{callback.channel_key}:{secret}".encode()).decode()


def place(channel_key: str, callback_id: int) -> str:
    """Where the sealed secrets of a URL stand."""
    return f"callbacks:{channel_key}:{callback_id}"


def shown(body: bytes) -> str:
    """The beginning of an answer as it is kept: without what databases refuse, and without secrets."""
    return hidden(body.decode("utf-8", "replace").replace("\0", "\ufffd"))[:ANSWER_KEPT]


def _gathered(session: Session, callback_id: int, now: float) -> Sequence[int]:
    """The events of a post, once there are enough for one, or the first of them has waited long enough."""
    waiting = callback_events.gathered(session, callback_id, MOST_ITEMS)
    return waiting.ids if len(waiting.ids) == MOST_ITEMS or waiting.since <= now - GATHERING else ()


def _claim(session: Session, callback_id: int, now: float) -> Post | None:
    locks.hold(session, "callback", callback_id)
    callback = callbacks.by_id(session, callback_id)
    if callback is None or not callback.enabled or callback.state is not CallbackState.VERIFIED:
        return None
    allowed = 1 if callback.failures else AT_ONCE
    if callback.rests_until > now or callback_batches.under_way(session, callback_id, now) >= allowed:
        return None
    owner = secrets.token_hex(8)
    batch = _next(session, callback, owner, now)
    return None if batch is None else Post(callback=callback, batch=batch, owner=owner)


def _next(session: Session, callback: KeptCallback, owner: str, now: float) -> Claimed | None:
    """What has been tried least: a post that nobody can take must not keep the others from being tried."""
    until = now + LEASE
    most = 0 if callback.failures else callback_batches.ANY_TRIES
    batch = callback_batches.claim(session, callback.id, owner, now=now, lease_until=until, most_tries=most)
    if batch is not None:
        return batch
    events = _gathered(session, callback.id, now)
    if events:
        webhook_id = f"ums_{secrets.token_hex(16)}"
        batch_id = callback_batches.add(session, callback.id, webhook_id, len(events), now)
        callback_events.take(session, batch_id, events)
    return callback_batches.claim(session, callback.id, owner, now=now, lease_until=until)


def _headers(gateway: Gateway, post: Post, now: float, body: bytes) -> Mapping[str, str]:
    with gateway.database.read() as session:
        keys = callbacks.keys(session, post.callback.id)
    where = place(post.callback.channel_key, post.callback.id)
    sealed = [keys.secret]
    if keys.old_secret is not None and keys.old_until > now:
        sealed.append(keys.old_secret)
    signing = [gateway.sealer.open(one, where) for one in sealed]
    return {
        "Authorization": basic(gateway, post.callback, keys.master_secret),
        "webhook-id": post.batch.webhook_id,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": signature(signing, post.batch.webhook_id, int(now), body),
    }


def _settle(session: Session, post: Post, tried: Tried, now: float) -> bool:
    """Write it down; False where the post is gone, or another process has taken it over: nothing follows then."""
    callback, batch = post.callback, post.batch
    locks.hold(session, "callback", callback.id)
    if callbacks.by_id(session, callback.id) is None:
        return False
    callback_attempts.add(
        session,
        callback.id,
        batch.id,
        began_at=tried.began_at,
        seconds=tried.seconds,
        status=tried.status,
        fault=tried.fault,
        answer=tried.answer,
    )
    if is_success(tried.status):
        is_ours = callback_batches.end(session, batch.id, post.owner, BatchState.DELIVERED, None, now)
        if is_ours:
            callbacks.succeeded(session, callback.id)
        return is_ours
    jitter = _dice.random()
    asked = wait_asked(tried.status, tried.retry_after, now)
    following = next_try(batch.tries, now, jitter=jitter, retry_after=asked)
    is_ours = callback_batches.end(session, batch.id, post.owner, BatchState.OPEN, following.due, now)
    if is_ours and tried.status == GONE:
        callbacks.set_state(session, callback.id, CallbackState.DISABLED, ANSWERED_GONE, now)
    elif is_ours:
        callbacks.failed(session, callback.id, following.rests_until, now)
    return is_ours


def _told_disabled(callback_id: int, reason: str) -> None:
    log.error("a callback URL was disabled", action="callback_disabled", callback=callback_id, cause=reason)
