"""What operators look at in the ledger of credits: how a channel's templates stand, who runs out, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ums.domain.channel import Channel
from ums.domain.credit import Balance, Movement, TemplateCredits
from ums.domain.errors import InvalidRequest, NotFound
from ums.domain.local_day import local_day
from ums.domain.message import DAY
from ums.domain.shown import shown
from ums.domain.wire import CHANNEL_TYPES, EVERYONE
from ums.sdk.plugin import HasCredits
from ums.services.accounts import found
from ums.services.credits import MANY, SAVED_DAYS
from ums.services.gateway import Gateway
from ums.store import channels, credit_overview, credits, reach, templates
from ums.store.credits import Named, Wanted
from ums.store.db import Session

FARTHEST = 100_000
"""The last balance that a page can begin at."""
PAGE = 50
CHANGES = 100
"""Changes of one address that are shown: its last."""
TEMPLATES = 100
"""Balances of one address that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How a channel's templates stand, what they are called, and how many calls its ledger saved in thirty days."""

    templates: tuple[TemplateCredits, ...]
    titles: Mapping[str, str]
    saved_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowest:
    """Balances with the fewest credits first, and where the next page begins (None: there is none)."""

    balances: tuple[Balance, ...]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a balance, and the message that it was for."""

    movement: Movement
    msgid: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCredits:
    """What is known of one address: its balance for each template, and its last changes, the newest first."""

    address: str
    userid: str | None
    balances: tuple[Balance, ...]
    changes: tuple[Change, ...]

    def of(self, template_id: str) -> AddressCredits:
        """What of it is about one template."""
        return replace(
            self,
            balances=tuple(each for each in self.balances if each.template_id == template_id),
            changes=tuple(each for each in self.changes if each.movement.template_id == template_id),
        )


def overview(gateway: Gateway, code: str, template: str = "") -> Overview:
    """The credits of a channel by template; of one template, where it is named.

    Raises NotFound for a channel that there isn't, and InvalidRequest for a type without credits.
    """
    since = local_day(gateway.clock.now() - SAVED_DAYS * DAY, gateway.settings.quota_timezone).date
    with gateway.database.read() as session:
        channel = _channel(session, gateway, code)
        return Overview(
            templates=credit_overview.by_template(session, channel.id, template),
            titles=_titles(session, channel),
            saved_calls=credits.saved_calls(session, channel.id, since),
        )


def lowest(
    gateway: Gateway, code: str, *, template: str = "", at_most: int = MANY, start: int = 0, limit: int = PAGE
) -> Lowest:
    """Who runs out: balances with at most so many credits, the lowest first, from the one numbered `start`.

    Raises as `overview` does.
    """
    with gateway.database.read() as session:
        channel = _channel(session, gateway, code)
        wanted = Wanted(channel.id, template, "", at_most)
        rows = credit_overview.lowest(session, wanted, _named(channel), start, limit + 1)
    following = start + limit
    more = len(rows) > limit and following <= FARTHEST
    return Lowest(balances=tuple(rows[:limit]), next=following if more else None)


def of_user(gateway: Gateway, code: str, whose: str) -> tuple[AddressCredits, ...]:
    """What is known of a user, by his userid or an address of the channel's: of each address that he has on it.

    Raises as `overview` does, and NotFound where that is nobody.
    """
    with gateway.database.read() as session:
        channel = _channel(session, gateway, code)
        return tuple(
            _of_address(session, channel, address) for address in _addresses(session, gateway, channel, whose)
        )


def titles(gateway: Gateway, code: str) -> Mapping[str, str]:
    """What a channel's templates are called, by their ids. Raises as `overview` does."""
    with gateway.database.read() as session:
        return _titles(session, _channel(session, gateway, code))


def _titles(session: Session, channel: Channel) -> dict[str, str]:
    listed = templates.of_channel(session, channel.id)
    return {view.template.template_id: view.template.title for view in listed}


def knows(gateway: Gateway, userid: str) -> bool:
    """Whether there is such a user."""
    with gateway.database.read() as session:
        return bool(reach.of_userids(session, [userid], {}))


def _channel(session: Session, gateway: Gateway, code: str) -> Channel:
    channel = found(channels.by_code(session, code), code)
    if not isinstance(gateway.registry.by_type.get(channel.type), HasCredits):
        raise InvalidRequest(f"Channels of the type {channel.type!r} have no credits.")
    return channel


def _named(channel: Channel) -> Named:
    return Named(CHANNEL_TYPES[channel.type].property.wire, channel.code, EVERYONE)


def _addresses(session: Session, gateway: Gateway, channel: Channel, whose: str) -> list[str]:
    places = {channel.type: (CHANNEL_TYPES[channel.type].property.wire, (channel.code, EVERYONE))}
    bound = reach.of_userids(session, [whose], places).get(whose)
    if bound is None and gateway.registry[channel.type].address.pattern.fullmatch(whose):
        return [whose]
    if bound is None:
        raise NotFound(f"There is no user {shown(whose)}, and no {channel.type} address looks like that.")
    if not bound.get(channel.type):
        raise NotFound(f"{shown(whose)} has no address in use on {channel.code}.")
    return bound[channel.type]


def _of_address(session: Session, channel: Channel, address: str) -> AddressCredits:
    wanted = Wanted(channel.id, "", address, MANY)
    known = credits.balances(session, wanted, _named(channel), ("", ""), TEMPLATES)
    moved = credit_overview.newest_changes(session, channel.id, address, CHANGES)
    return AddressCredits(
        address=address,
        userid=known[0].userid if known else None,
        balances=tuple(known),
        changes=tuple(Change(movement=movement, msgid=msgid) for movement, msgid in moved),
    )
