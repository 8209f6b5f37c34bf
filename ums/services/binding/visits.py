"""Visits: a browser goes from a ticket's link to the provider's page and comes back with a code.

Nothing is done for a browser that comes back without the state that it was given, and only in the browser that was
given it. The provider is asked with no transaction open; then one transaction uses the ticket up and binds. What
came of it is kept for that browser, sealed, so that a reload shows it again and changes nothing.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from ums.domain.bind_ticket import LIFETIME, Purpose
from ums.domain.errors import Conflict, NotAllowed
from ums.domain.json import written
from ums.domain.outcome import BadChannel, BadContent, SendError
from ums.domain.visit import MAY_TRY_AGAIN, Ending, Outcome, outcome_item, outcome_of
from ums.logs import get_logger
from ums.sdk.people import HasWebLogin, Person
from ums.services.accounts import account_by_id, explained, found
from ums.services.binding import joining, signing, tickets
from ums.services.binding.asked import ask, base_of, platform_of
from ums.services.binding.finishing import Errand, Futile, finish
from ums.services.gateway import Gateway
from ums.services.probing import park
from ums.store import bind_tickets, channels
from ums.store.bind_tickets import KeptVisit

log = get_logger(__name__)

FOREIGN = "This page belongs to another browser, or its time is up. Open the link again that you were given."
LONGEST_CODE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A link that may be used, and whether it stands for a login in the provider's app as well."""

    errand: Errand
    is_companion: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SentOff:
    """The provider's page, to which the browser goes."""

    url: str = field(repr=False)


def offered(gateway: Gateway, code: str, text: str) -> Offered:
    """What a link offers. Raises NotAllowed for one that is forged, used or too old."""
    digest, ticket = tickets.usable(gateway, Purpose.BIND, text)
    errand = _errand(gateway, digest)
    if errand.account.code != code or not isinstance(errand.account.plugin, HasWebLogin):
        raise NotAllowed(tickets.OVER)
    return Offered(errand=errand, is_companion=ticket.companion is not None)


def set_out(gateway: Gateway, errand: Errand, browser: str, *, openly: bool | None = None) -> SentOff:
    """Send a browser, known by a digest, to the provider's page; `openly` None: as the channel is set up.

    Raises Conflict where the third-party platform that acts for the account can't be used.
    """
    account, plugin = errand.account, errand.account.plugin
    assert isinstance(plugin, HasWebLogin)  # noqa: S101 - tickets are made for no others
    is_open = plugin.asks_openly(account.settings) if openly is None else openly
    try:
        platform = platform_of(gateway, account)
    except BadChannel as error:
        raise Conflict(error.provider_message) from error
    state, digest = signing.issue(gateway, Purpose.STATE)
    back = f"{base_of(gateway, account)}/bind/{account.code}/callback"
    url = plugin.login_url(account.settings, back, state, openly=is_open, platform=platform)
    with gateway.database.write() as session:
        bind_tickets.begin_visit(
            session,
            digest,
            ticket=errand.digest,
            browser=browser,
            openly=is_open,
            expires_at=gateway.clock.now() + LIFETIME,
        )
    return SentOff(url=url)


def come_back(gateway: Gateway, code: str, state: str, browser: str, told: str) -> Outcome | SentOff | None:
    """A browser came back to a channel's address, `told` a code by the provider, or nothing.

    None where it came back before: see `shown`. Raises NotAllowed for a state that is forged.
    """
    digest = _state(gateway, state)
    with gateway.database.write() as session:
        visit = bind_tickets.take_visit(session, digest, browser, gateway.clock.now())
    if visit is None:
        return None
    errand = _errand(gateway, visit.ticket)
    if errand.account.code != code:
        raise NotAllowed(FOREIGN)
    if not told and visit.openly:
        return set_out(gateway, errand, browser, openly=False)
    outcome = _ended(gateway, digest, errand, told, openly=visit.openly)
    log.info("a visit ended", action="visit_ended", channel=code, ending=outcome.ending.value)
    return outcome


def shown(gateway: Gateway, state: str, browser: str) -> Outcome | None:
    """What a browser's visit has come to; None while it is under way. Raises NotAllowed in another browser."""
    digest = _state(gateway, state)
    visit = _visit(gateway, digest, browser)
    return None if visit.outcome is None else _opened(gateway, digest, str(visit.outcome["sealed"]))


def again(gateway: Gateway, state: str, browser: str) -> SentOff:
    """Once more to the provider's page, after a visit that left its ticket as it was. Raises NotAllowed."""
    outcome = shown(gateway, state, browser)
    visit = _visit(gateway, _state(gateway, state), browser)
    if outcome is None or outcome.ending not in MAY_TRY_AGAIN:
        raise NotAllowed(tickets.OVER)
    return set_out(gateway, _errand(gateway, visit.ticket), browser)


def _ended(gateway: Gateway, digest: str, errand: Errand, told: str, *, openly: bool) -> Outcome:
    if not told:
        return _closed(gateway, digest, errand.ended(Ending.REFUSED))
    if not _is_fresh(gateway, errand):
        return _closed(gateway, digest, errand.ended(Ending.OVER))
    person = _asked(gateway, errand, told, openly=openly)
    if isinstance(person, Ending):
        return _closed(gateway, digest, errand.ended(person))
    if person.is_virtual:
        return _closed(gateway, digest, errand.ended(Ending.VIRTUAL))
    return _finished(gateway, digest, errand, person)


def _asked(gateway: Gateway, errand: Errand, told: str, *, openly: bool) -> Person | Ending:
    """Who came, by what the provider says of the code; how the visit ends where it says nothing."""
    account, plugin = errand.account, errand.account.plugin
    assert isinstance(plugin, HasWebLogin)  # noqa: S101 - tickets are made for no others
    if len(told) > LONGEST_CODE:
        return Ending.STALE
    try:
        return ask(
            gateway,
            account,
            lambda platform: plugin.identify(account.settings, told, openly=openly, platform=platform),
        )
    except BadContent:
        return Ending.STALE
    except SendError as error:
        park(gateway, account, error)
        log.warning(
            "a provider didn't say who came",
            action="identify_failed",
            channel=account.code,
            cause=explained(plugin, error),
        )
        return Ending.TROUBLE


def _finished(gateway: Gateway, digest: str, errand: Errand, person: Person) -> Outcome:
    try:
        with gateway.database.write() as session:
            outcome = finish(gateway, session, errand, person)
            bind_tickets.close_visit(session, digest, _sealed(gateway, digest, outcome))
    except Futile as futile:
        # what the provider said is worth keeping, whatever comes of the ticket
        with gateway.database.write() as session:
            joining.meet(gateway, session, errand.account.id, person)
        return _closed(gateway, digest, errand.ended(futile.ending))
    return outcome


def _closed(gateway: Gateway, digest: str, outcome: Outcome) -> Outcome:
    with gateway.database.write() as session:
        bind_tickets.close_visit(session, digest, _sealed(gateway, digest, outcome))
    return outcome


def _errand(gateway: Gateway, digest: str) -> Errand:
    with gateway.database.read() as session:
        ticket = bind_tickets.kept(session, digest)
        if ticket is None:
            raise NotAllowed(tickets.OVER)
        channel = found(channels.by_id(session, ticket.channel_id), ticket.channel_id)
    account = account_by_id(gateway, ticket.channel_id)
    return Errand(account=account, name=channel.name, digest=digest, ticket=ticket)


def _is_fresh(gateway: Gateway, errand: Errand) -> bool:
    """Whether the ticket can still be used: else the provider needn't be asked."""
    with gateway.database.read() as session:
        return bind_tickets.find(session, errand.digest, gateway.clock.now()) is not None


def _visit(gateway: Gateway, digest: str, browser: str) -> KeptVisit:
    with gateway.database.read() as session:
        visit = bind_tickets.visit(session, digest, browser, gateway.clock.now())
    if visit is None or not visit.is_back:
        raise NotAllowed(FOREIGN)
    return visit


def _state(gateway: Gateway, state: str) -> str:
    """Under what a visit is kept. Raises NotAllowed for a state that we haven't given, without looking."""
    digest = signing.checked(gateway, Purpose.STATE, state)
    if digest is None:
        raise NotAllowed(FOREIGN)
    return digest


def _sealed(gateway: Gateway, digest: str, outcome: Outcome) -> dict[str, str]:
    sealed = gateway.sealer.seal(written(outcome_item(outcome)), _place(digest))
    return {"sealed": base64.b64encode(sealed).decode()}


def _opened(gateway: Gateway, digest: str, sealed: str) -> Outcome:
    return outcome_of(json.loads(gateway.sealer.open(base64.b64decode(sealed), _place(digest))))


def _place(digest: str) -> str:
    return f"bind_visits:{digest}"
