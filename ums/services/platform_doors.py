"""What is pushed to the third-party platform's two addresses: its own news, and its accounts' pushes.

Each push is judged by its signature before anything is looked up or done for it; it is kept before it is answered,
and what takes the provider's answer is done after that (`ums.services.consents`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ums.domain.authorisation import ACCOUNT, newer
from ums.domain.errors import Conflict, NotAllowed, NotFound, Unavailable
from ums.logs import get_logger
from ums.provider.platform_desk import ticket_place
from ums.sdk.hook import HookRefused, HookReply, HookRequest
from ums.sdk.platform import NewsKind, PlatformNews
from ums.services import consents, hooks
from ums.services.gateway import Gateway
from ums.services.hooks import Through, Wrapping
from ums.services.third_party import settings_in_use
from ums.store import authorisations, platforms
from ums.store.db import Session

log = get_logger(__name__)

NOT_BELIEVED = "This push can't be believed; nothing was changed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An account's channel and how its pushes are judged, as the database last told."""

    code: str
    through: Through


def take_news(gateway: Gateway, method: str, query: Mapping[str, str], body: bytes) -> str:
    """Take a push to the platform itself: what to answer.

    Raises NotFound where there is no platform, NotAllowed for a push that is forged, stale or unreadable, and
    Unavailable where it can't be kept; all change nothing.
    """
    settings = _settings(gateway)
    request = HookRequest(method=method, query=query, body=body, now=gateway.clock.now())
    try:
        reply = gateway.provider.platform.platform.receive(settings, request)
    except HookRefused as refusal:
        log.warning("a push was refused", action="hook_refused", channel="platform", cause=str(refusal))
        raise NotAllowed(NOT_BELIEVED) from refusal
    with gateway.database.write() as session:
        _keep(gateway, session, reply.news, request.now)
    return reply.body


def take_push(
    gateway: Gateway, account: str, method: str, query: Mapping[str, str], body: bytes, wrapping: Wrapping
) -> HookReply:
    """Take a push for one of the platform's accounts as its channel's own address would; raises as `hooks.receive`.

    The account stands in the path alone: that the push is meant for it, its channel's plugin finds out.
    """
    settings = _settings(gateway)
    request = HookRequest(method=method, query=query, body=body, now=gateway.clock.now())
    try:
        gateway.provider.platform.platform.verify(settings, request)
    except HookRefused as refusal:
        log.warning("a push was refused", action="hook_refused", channel="platform", cause=str(refusal))
        raise NotAllowed(NOT_BELIEVED) from refusal
    door = _door(gateway, account, settings)
    return hooks.receive(gateway, door.code, method, query, body, wrapping, door.through)


def _settings(gateway: Gateway) -> object:
    """The platform's settings; where the database doesn't tell, as it last did."""
    try:
        gateway.last_platform[""] = settings_in_use(gateway)
    except Unavailable:
        if "" not in gateway.last_platform:
            raise
    except Conflict as problem:
        raise NotFound(problem.message) from problem
    return gateway.last_platform[""]


def _door(gateway: Gateway, account: str, settings: object) -> Door:
    """The account's door; where the database doesn't tell, as it last did. Raises NotFound."""
    if not ACCOUNT.fullmatch(account):
        raise NotFound("That is no account.")
    try:
        with gateway.database.read() as session:
            found = authorisations.channel_code(session, account)
    except Unavailable:
        known = gateway.last_platform.get(account)
        if not isinstance(known, Door):
            raise
        return known
    if found is None:
        raise NotFound(f"The account {account!r} has no channel here.")
    door = Door(code=found[0], through=Through(platform=settings, account=account, address=found[1]))
    gateway.last_platform[account] = door
    return door


def _keep(gateway: Gateway, session: Session, news: PlatformNews, now: float) -> None:
    """Keep what a believed push tells, once."""
    if news.kind is NewsKind.TICKET:
        key = gateway.provider.platform.platform.key
        platforms.put_ticket(session, key, gateway.sealer.seal(news.secret, ticket_place(key)), news.at)
        return
    code = gateway.sealer.seal(news.secret, consents.code_place(news.account)) if news.secret else None
    is_new = platforms.add_event(
        session,
        event_id=news.event_id,
        kind=news.kind.value,
        account=news.account,
        at=news.at,
        received_at=now,
        code=code,
    )
    if not is_new:
        return
    log.info(
        "an authorisation has changed", action="authorisation_changed", kind=news.kind.value, account=news.account
    )
    if news.kind is NewsKind.UNAUTHORISED and newer(authorisations.find(session, news.account), news.at):
        consents.withdraw(gateway, session, news.account, news.at)
