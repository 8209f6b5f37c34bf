"""Callback URLs, as operators look after them: made, verified, changed, replayed and removed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ums.domain.callback import MOST_URLS, CallbackState, ReceiptType, is_success, url_fault
from ums.domain.errors import Conflict, InvalidRequest
from ums.domain.signature import BOTH_SIGN, SECRET_BYTES, secret_of
from ums.domain.views import Page
from ums.logs import get_logger
from ums.provider.receivers import NoAnswer
from ums.services import granting, posting
from ums.services.gateway import Gateway
from ums.services.names import id_taken, unknown
from ums.services.paging import PAGE, after_id, check_limit, page_of
from ums.services.posting import basic, place, shown
from ums.store import callback_attempts, callback_batches
from ums.store import callbacks as store
from ums.store.callback_attempts import Attempt
from ums.store.callback_batches import Chosen
from ums.store.callbacks import KeptCallback, NewCallback
from ums.store.db import Session
from ums.store.sealing import SealBroken

log = get_logger(__name__)

THING = "callback"
REOPENED_AT_ONCE = 1000
"""Posts that one transaction opens again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDetail:
    """A callback URL, and how many of its posts stand where; `secret` only when it has just been made."""

    callback: KeptCallback
    posts: dict[str, int]
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackWanted:
    """A callback URL as it is asked for. Not to be the default is no wish to have another one be it."""

    url: str
    types: tuple[ReceiptType, ...] = tuple(ReceiptType)
    enabled: bool = True
    default: bool = False


def add(
    gateway: Gateway, application: str, wanted: CallbackWanted, callback_id: int | None = None
) -> CallbackDetail:
    """Give an application another URL, to be verified before it is used; its first one is the default.

    Raises NotFound for an unknown application, InvalidRequest for a URL that can't be called, Conflict for one
    too many, one it has already, or a number that is taken.
    """
    _check_url(wanted.url)
    now = gateway.clock.now()
    with gateway.database.write() as session:
        owner = granting.known(session, application)
        others = store.of_application(session, owner.id)
        _check_room(others, wanted.url)
        if callback_id is not None and store.by_id(session, callback_id) is not None:
            raise id_taken(THING, callback_id)
        new = NewCallback(
            application_id=owner.id,
            url=wanted.url,
            types=wanted.types,
            enabled=wanted.enabled,
            is_default=not others,
        )
        made = store.add(session, new, now, callback_id=callback_id)
        if wanted.default:
            store.make_default(session, owner.id, made)
        secret = _new_secret(gateway, session, owner.channel_key, made, now)
        return _detail(session, made, secret)


def change(
    gateway: Gateway, callback_id: int, wanted: CallbackWanted, application: str | None = None
) -> CallbackDetail:
    """Put other values in their place; another URL has to be verified anew.

    Raises NotFound, InvalidRequest as `add` does, Conflict for a URL that the application has already, and where
    `application` is named and is not the one it belongs to.
    """
    _check_url(wanted.url)
    now = gateway.clock.now()
    with gateway.database.write() as session:
        before = _found(session, callback_id)
        if application not in {None, before.application}:
            raise Conflict(f"This URL belongs to {before.application}; make another one for {application}.")
        if wanted.url != before.url:
            _check_new(store.of_application(session, before.application_id), wanted.url)
        store.change(session, callback_id, url=wanted.url, types=wanted.types, enabled=wanted.enabled, now=now)
        if wanted.url != before.url:
            store.set_state(session, callback_id, CallbackState.UNVERIFIED, "", now)
        if wanted.default:
            store.make_default(session, before.application_id, callback_id)
        return _detail(session, callback_id)


def make_default(gateway: Gateway, callback_id: int) -> CallbackDetail:
    """Have the receipts of messages that name no URL go there. Raises NotFound."""
    with gateway.database.write() as session:
        store.make_default(session, _found(session, callback_id).application_id, callback_id)
        return _detail(session, callback_id)


def replace_secret(gateway: Gateway, callback_id: int) -> CallbackDetail:
    """A new secret, shown this once; the one before signs too for 24 hours. Raises NotFound."""
    with gateway.database.write() as session:
        callback = _found(session, callback_id)
        secret = _new_secret(gateway, session, callback.channel_key, callback_id, gateway.clock.now())
        return _detail(session, callback_id, secret)


def remove(gateway: Gateway, callback_id: int) -> None:
    """Forget a URL with all that was and is to be posted to it.

    Raises NotFound, and Conflict for the default one while there are others.
    """
    with gateway.database.write() as session:
        callback = _found(session, callback_id)
        store.change(
            session, callback_id, url=callback.url, types=callback.types, enabled=False, now=gateway.clock.now()
        )
        if callback.is_default and len(store.of_application(session, callback.application_id)) > 1:
            raise Conflict(
                "The default URL can't be removed while there are others; make another the default first."
            )
    posting.forget_all(gateway, callback_id)
    with gateway.database.write() as session:
        store.remove(session, callback_id)


def show(gateway: Gateway, callback_id: int) -> CallbackDetail:
    """The URL with this number. Raises NotFound."""
    with gateway.database.read() as session:
        return _detail(session, callback_id)


def list_all(
    gateway: Gateway, application: str | None = None, cursor: str | None = None, limit: int = PAGE
) -> Page[KeptCallback]:
    """URLs by number, of one application where it is named. Raises InvalidRequest as all lists do."""
    check_limit(limit)
    with gateway.database.read() as session:
        found = store.page(session, application, after=after_id(cursor), limit=limit + 1)
    return page_of(found, limit, lambda callback: str(callback.id))


def attempts(
    gateway: Gateway, callback_id: int, state: str | None = None, cursor: str | None = None, limit: int = PAGE
) -> Page[Attempt]:
    """The tries of a URL's posts, the newest first; of posts that are open, delivered or dead where one is named.

    Raises NotFound, and InvalidRequest as all lists do.
    """
    check_limit(limit)
    before = None if cursor is None else after_id(cursor)
    with gateway.database.read() as session:
        _found(session, callback_id)
        found = callback_attempts.page(session, callback_id, state=state, before=before, limit=limit + 1)
    return page_of(found, limit, lambda attempt: str(attempt.id))


def verify(gateway: Gateway, callback_id: int) -> CallbackDetail:
    """Ask a URL to give back a random text; from then on receipts are posted there.

    Raises NotFound, and Conflict where it doesn't; a URL that had been verified before stays so.
    """
    with gateway.database.read() as session:
        callback = _found(session, callback_id)
        keys = store.keys(session, callback_id)
    fault = _asked(gateway, callback, keys.master_secret)
    if fault:
        raise Conflict(f"{callback.url} could not be verified: {fault}.")
    now = gateway.clock.now()
    with gateway.database.write() as session:
        if _found(session, callback_id).url != callback.url:
            raise Conflict("The URL was changed while it was being verified; verify it again.")
        store.set_state(session, callback_id, CallbackState.VERIFIED, "", now)
        callback_batches.hasten(session, callback_id, now)
        log.info("a callback URL was verified", action="callback_verified", callback=callback_id)
        return _detail(session, callback_id)


def replay(gateway: Gateway, callback_id: int, chosen: Chosen) -> int:
    """Have posts made again, under the same `webhook-id`; how many. Those under way are left alone.

    Raises NotFound, also where the post that is named isn't one of this URL's, and Conflict for a URL that is not
    verified.
    """
    with gateway.database.read() as session:
        if _found(session, callback_id).state is not CallbackState.VERIFIED:
            raise Conflict("This URL is not verified; verify it first.")
    now = gateway.clock.now()
    total = after = 0
    while True:
        with gateway.database.write() as session:
            reopened = callback_batches.reopen(
                session, callback_id, chosen, now, after=after, limit=REOPENED_AT_ONCE
            )
            store.wake(session, callback_id)
        total += len(reopened)
        if len(reopened) < REOPENED_AT_ONCE:
            break
        after = reopened[-1]
    named = chosen.webhook_id or chosen.batch
    if named and not total:
        raise unknown("post to this URL that could be made again with the number", named)
    return total


def _asked(gateway: Gateway, callback: KeptCallback, sealed: bytes) -> str:
    """What a URL answers wrongly when asked to give back a random text; empty where it is right."""
    echo = secrets.token_hex(16)
    url = f"{callback.url}{'&' if urlsplit(callback.url).query else '?'}echostr={echo}"
    try:
        answer = gateway.receivers.get(url, {"Authorization": basic(gateway, callback, sealed)})
    except SealBroken as error:
        return str(error)
    except NoAnswer as error:
        return f"{error.reason}, {_HINTS.get(error.reason, 'no answer came')}"
    if not is_success(answer.status):
        return f"it answered {answer.status}, and must answer 200"
    if answer.body.strip() != echo.encode():
        return f"it must answer the value of echostr and nothing else, not {shown(answer.body)[:80]!r}"
    return ""


_HINTS = {
    "address_refused": "it leads into a private, loopback or otherwise closed network; list that in "
    "UMS_ALLOWED_NETWORKS if it is meant",
    "invalid_url": "it can't be called",
}


def _new_secret(gateway: Gateway, session: Session, channel_key: str, callback_id: int, now: float) -> str:
    secret = secret_of(secrets.token_bytes(SECRET_BYTES))
    sealed = gateway.sealer.seal(secret, place(channel_key, callback_id))
    store.replace_secret(session, callback_id, sealed, now + BOTH_SIGN, now)
    return secret


def _detail(session: Session, callback_id: int, secret: str | None = None) -> CallbackDetail:
    callback = _found(session, callback_id)
    return CallbackDetail(callback=callback, posts=callback_batches.counts(session, callback_id), secret=secret)


def _found(session: Session, callback_id: int) -> KeptCallback:
    callback = store.by_id(session, callback_id)
    if callback is None:
        raise unknown(THING, callback_id)
    return callback


def _check_url(url: str) -> None:
    fault = url_fault(url)
    if fault:
        raise InvalidRequest(f"url: It {fault}.", errors={"url": [fault]})


def _check_room(others: list[KeptCallback], url: str) -> None:
    if len(others) >= MOST_URLS:
        raise Conflict(f"This application has {MOST_URLS} callback URLs, which is the most; remove one first.")
    _check_new(others, url)


def _check_new(others: list[KeptCallback], url: str) -> None:
    if url in {other.url for other in others}:
        raise Conflict(f"This application has the callback URL {url} already; change that one.")
