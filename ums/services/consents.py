"""What becomes of an account's consent: kept with its refresh token, judged, and acted upon by its channel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ums.domain.authorisation import (
    ACCOUNT,
    Authorisation,
    AuthorisationState,
    Remark,
    Weight,
    newer,
)
from ums.domain.channel import Channel
from ums.domain.errors import Conflict, Problem
from ums.domain.message import DAY
from ums.domain.outcome import BadChannel, SendError
from ums.domain.views import ChannelState
from ums.logs import get_logger
from ums.provider.platform_desk import authorisation_place
from ums.registry import AnyPlugin
from ums.sdk.platform import AuthorisedAccount, Granted, HasPlatform, NewsKind
from ums.sdk.plugin import HasToken
from ums.services.accounts import Account, account_by_id, explained, load
from ums.services.gateway import Gateway
from ums.services.third_party import refusal, settings_in_use
from ums.store import authorisations, channels, platforms, tokens
from ums.store.db import Session
from ums.store.platforms import DueEvent
from ums.store.sealing import SealBroken

log = get_logger(__name__)

BATCH = 20
"""Events that are looked into at one tick."""
AGAIN = 60.0
"""Seconds until an event that could not be looked into is tried again."""
MOST_TRIES = 30
SKEW = 300.0
"""Seconds that the provider's clock may be off ours; a push that is further off isn't believed at all."""
CONSENTS = {NewsKind.AUTHORISED, NewsKind.UPDATED}
EVENTS_KEPT = 90 * DAY
CODE_LIFE = 600.0
"""Seconds for which the provider lets a code be used, as it says when it gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an account has granted, and its token where it came along just now."""

    account: str
    permissions: frozenset[int]
    granted: Granted | None = None


def redeem(gateway: Gateway, code: str, at: float) -> Consent:
    """What a code stands for, asked of the provider once: it comes by the return page and by a push.

    The refresh token is kept before this returns. Raises Conflict and Unavailable as `third_party.refusal`.
    """
    known = _redeemed(gateway, code, at)
    if known is not None:
        confirm(gateway, known.account, at)
        return known
    desk = gateway.provider.platform
    try:
        granted = desk.run(desk.platform.redeem(settings_in_use(gateway), code))
    except SendError as error:
        known = _redeemed(gateway, code, at)
        if known is not None:
            return known
        raise refusal(gateway, "What was authorised could not be asked for.", error) from error
    if not ACCOUNT.fullmatch(granted.account):
        raise Conflict("The provider names an account that can't be one.")
    return keep(gateway, granted, code, at)


def keep(gateway: Gateway, granted: Granted, code: str, at: float) -> Consent:
    """Keep what was granted in the place of what was kept of the account."""
    sealed = gateway.sealer.seal(granted.refresh_token, authorisation_place(granted.account))
    with gateway.database.write() as session:
        before = authorisations.find(session, granted.account, locked=True) or _blank(granted.account)
        permissions = before.permissions if granted.permissions is None else sorted(granted.permissions)
        authorisations.put(
            session,
            replace(
                before,
                state=AuthorisationState.GRANTED,
                permissions=tuple(permissions),
                refresh_token=sealed,
                redeemed=digest(code),
                at=max(at, before.at),
            ),
        )
    return Consent(account=granted.account, permissions=frozenset(permissions), granted=granted)


def spend(gateway: Gateway, code: str) -> None:
    """Let a code that has been redeemed serve no other link. Raises Conflict where it has served one."""
    with gateway.database.write() as session:
        if not authorisations.change_code(session, digest(code), _spent(code)):
            raise Conflict("This authorisation has been used for another link; authorise anew from this one.")


def confirm(gateway: Gateway, account: str, at: float) -> None:
    """The authorisation stands, whatever came before; a refresh token that is missing is asked for when needed."""
    with gateway.database.write() as session:
        kept = authorisations.find(session, account, locked=True) or _blank(account)
        if newer(kept, at):
            authorisations.put(session, replace(kept, state=AuthorisationState.GRANTED, at=at))


def describe(gateway: Gateway, account: str) -> AuthorisedAccount:
    """What the provider says of an account, kept with its authorisation. Raises as `redeem`."""
    desk = gateway.provider.platform
    try:
        described = desk.run(desk.platform.describe(settings_in_use(gateway), account))
    except SendError as error:
        raise refusal(gateway, "The account could not be asked for.", error) from error
    with gateway.database.write() as session:
        kept = authorisations.find(session, account, locked=True)
        if kept is not None:
            facts = dict(described.facts)
            authorisations.put(session, replace(kept, name=described.name, address=described.address, facts=facts))
    return described


def settle(gateway: Gateway, channel_id: int, consent: Consent, remarks: Sequence[Remark]) -> None:
    """Let a channel act upon its account's consent: its pushes, its token, and what can't be sent.

    What was parked or blocked for want of something is tried again, but for what the remarks say is still missing.
    """
    account = account_by_id(gateway, channel_id)
    if consent.granted is not None and isinstance(account.plugin, HasToken):
        gateway.provider.keep_token(account.plugin, account.settings, consent.granted.token)
    with gateway.database.write() as session:
        authorisations.attach(session, consent.account, channel_id)
        channel = channels.by_id(session, channel_id)
        if channel is None or channel.state not in {ChannelState.READY, ChannelState.PARKED}:
            return
        channels.resume(session, channel_id)
        for remark in remarks:
            if remark.weight is Weight.ENDPOINT:
                channels.block_endpoint(session, channel_id, remark.endpoint, remark.text)
            elif remark.weight is not Weight.NOTE:
                channels.park(session, channel_id, remark.text, gateway.clock.now())


def tie(session: Session, plugin: AnyPlugin, settings: Mapping[str, str], channel_id: int) -> None:
    """Let an account's pushes go to a channel whose settings, as an operator entered them, say that it is its."""
    if not isinstance(plugin, HasPlatform):
        return
    made = plugin.settings_schema().load(settings)
    if plugin.is_authorised(made):
        authorisations.attach(session, plugin.account_of(made), channel_id)


def withdraw(gateway: Gateway, session: Session, account: str, at: float) -> None:
    """The account has taken its authorisation back: its tokens are void, its channel is parked."""
    kept = authorisations.find(session, account, locked=True) or _blank(account)
    void = replace(kept, state=AuthorisationState.WITHDRAWN, refresh_token=None, redeemed="", at=at)
    authorisations.put(session, void)
    channel = None if kept.channel_id is None else channels.by_id(session, kept.channel_id)
    tied = None if channel is None else _tied(gateway, channel, account)
    if tied is not None and isinstance(tied.plugin, HasPlatform):
        reason = explained(tied.plugin, BadChannel(tied.plugin.withdrawn))
        channels.park(session, tied.id, reason, gateway.clock.now())
        if isinstance(tied.plugin, HasToken):
            tokens.drop(session, tied.plugin.token_key(tied.settings))


def look(gateway: Gateway) -> None:
    """Look into the pushed consents that are due. Safe when two processes do it: each is claimed first."""
    now = gateway.clock.now()
    with gateway.database.read() as session:
        due = platforms.due_events(session, now, BATCH)
    for event in due:
        with gateway.database.write() as session:
            is_ours = platforms.claim_event(session, event, now + AGAIN)
        if is_ours:
            _look_into(gateway, event)


def forget(gateway: Gateway) -> None:
    """Drop the links and events that have been kept long enough."""
    now = gateway.clock.now()
    with gateway.database.write() as session:
        authorisations.forget_links(session, now - DAY)
        platforms.forget_events(session, now - EVENTS_KEPT)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def code_place(account: str) -> str:
    """Where the sealed codes of an account's events stand."""
    return f"platform_events:{account}"


def _look_into(gateway: Gateway, event: DueEvent) -> None:
    """Ask what was granted; put off what passes, and give up on what the provider refuses."""
    try:
        _take_up(gateway, event)
    except Problem as problem:
        is_over = isinstance(problem, Conflict) or event.tries + 1 >= MOST_TRIES
        log.warning(
            "an authorisation could not be asked for",
            action="authorisation_given_up" if is_over else "authorisation_put_off",
            account=event.account,
            cause=problem.message,
        )
        if not is_over:
            return
        # Its code has been used or is too old; that it was authorised is true all the same.
        if event.kind in CONSENTS:
            confirm(gateway, event.account, event.at)
    with gateway.database.write() as session:
        platforms.close_event(session, event.id)


def _take_up(gateway: Gateway, event: DueEvent) -> None:
    with gateway.database.read() as session:
        kept = authorisations.find(session, event.account)
    if event.kind not in CONSENTS or event.code is None or not newer(kept, event.at):
        return
    try:
        code = gateway.sealer.open(event.code, code_place(event.account))
    except SealBroken as error:
        raise Conflict(str(error)) from error
    consent = redeem(gateway, code, event.at)
    described = describe(gateway, consent.account)
    with gateway.database.read() as session:
        now_kept = authorisations.find(session, consent.account)
        channel_id = None if now_kept is None else now_kept.channel_id
        channel = None if channel_id is None else channels.by_id(session, channel_id)
    tied = None if channel is None else _tied(gateway, channel, consent.account)
    if tied is not None and isinstance(tied.plugin, HasPlatform):
        settle(gateway, tied.id, consent, tied.plugin.remarks(described, consent.permissions))


def _tied(gateway: Gateway, channel: Channel, account: str) -> Account | None:
    """The channel's account, where it is this one and the platform acts for it."""
    try:
        found = load(gateway, channel)
    except Conflict:
        return None
    plugin = found.plugin
    if not isinstance(plugin, HasPlatform) or not plugin.is_authorised(found.settings):
        return None
    return found if plugin.account_of(found.settings) == account else None


def _spent(code: str) -> str:
    """What is kept in the place of a code's digest once it has served a link."""
    return digest(f"spent\n{code}")


def _redeemed(gateway: Gateway, code: str, at: float) -> Consent | None:
    """What a code has brought already, while it lives: it is no key to the account for whoever finds it later."""
    with gateway.database.read() as session:
        found = authorisations.by_code(session, (digest(code), _spent(code)))
    if found is None or found.at < at - CODE_LIFE:
        return None
    return Consent(account=found.account, permissions=frozenset(found.permissions))


def _blank(account: str) -> Authorisation:
    return Authorisation(
        account=account,
        state=AuthorisationState.GRANTED,
        name="",
        address="",
        facts={},
        permissions=(),
        refresh_token=None,
        channel_id=None,
        redeemed="",
        at=0.0,
    )
