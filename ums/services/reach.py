"""Whether a user can be reached: looked at before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from ums.domain.commands import Caller
from ums.domain.credit import NO_CREDIT, CreditPlace
from ums.domain.errors import Conflict
from ums.domain.routing import Obstacle, Route, obstacle
from ums.domain.sender import Granted, Sender
from ums.domain.views import ChannelReach, ChannelState, Reach
from ums.domain.wire import CHANNEL_TYPES, bind_ids
from ums.registry import Registry
from ums.sdk.plugin import HasCredits, HasFollowers
from ums.services import users
from ums.services.accounts import found, load
from ums.services.credits import is_counted, tries_unknown
from ums.services.gateway import Gateway
from ums.store import channels, credits, templates
from ums.store import reach as store
from ums.store.db import Session
from ums.store.reach import Followed

TEMPLATE_UNKNOWN = "template_unknown"
"""The channel's template list, as last refreshed, doesn't hold the template that was asked about."""


def reach(gateway: Gateway, caller: Caller, userid: str, template: str | None = None) -> Reach:
    """On which of an application's channels a user can be reached, and why not on the others.

    With `template`, also whether the channel's list has it and the user has a credit for it left; who doesn't
    follow is reached by templates that need no follower. Raises NotFound where there is no such user, or the
    application may see nothing of him.
    """
    sender = caller.sender
    assert sender is not None  # noqa: S101 - needs_channel_key
    users.show(gateway, caller, userid)
    names = {channel: CHANNEL_TYPES[channel.type].property for channel in sender.granted}
    places = {
        channel.type: (name.wire, bind_ids(name, channel.code, sender.channel_key))
        for channel, name in names.items()
    }
    with gateway.database.read() as session:
        followed = _followed(session, sender, gateway.registry, template)
        bound = store.of_userids(session, [userid], places, followed).get(userid, {})
        reasons = {
            channel: _obstacle(channel, bound.get(channel.type), gateway.registry)
            or _template_fault(session, channel, template)
            or _credit_fault(session, gateway, channel, bound.get(channel.type), template)
            for channel in sender.granted
        }
    return Reach(
        userid=userid,
        channels=tuple(
            ChannelReach(code=channel.code, type=channel.type, reachable=not reason, reason=reason)
            for channel, reason in reasons.items()
        ),
    )


def _obstacle(channel: Granted, live: Sequence[str] | None, registry: Registry) -> str:
    """What keeps a message from the user on this channel now; empty where nothing does."""
    way = Route(
        type=channel.type,
        channel_id=channel.channel_id,
        code=channel.code,
        endpoint="",
        closed=channel.state is ChannelState.CLOSED or channel.type not in registry,
    )
    obstructed = obstacle(way, live)
    if obstructed is None and channel.state is ChannelState.PARKED:
        return Obstacle.CHANNEL_PARKED
    return obstructed or ""


def _followed(session: Session, sender: Sender, registry: Registry, template: str | None) -> Followed:
    """Of which properties only followers are reached: where no template is asked for, of all that have some."""
    followed: dict[str, int] = {}
    for channel in sender.granted:
        plugin = registry.by_type.get(channel.type)
        if isinstance(plugin, HasFollowers):
            listed = templates.listed(session, channel.channel_id, template) if template else None
            if listed is None or listed.kind in plugin.kinds_for_followers:
                followed[CHANNEL_TYPES[channel.type].property.wire] = channel.channel_id
    return followed


def _credit_fault(
    session: Session, gateway: Gateway, channel: Granted, live: Sequence[str] | None, template: str | None
) -> str:
    """Whether none of the user's addresses has a credit for the template, as far as is known and as it is set."""
    if template is None or not live:
        return ""
    places = [CreditPlace(channel.channel_id, address, template) for address in live]
    known = [credits.known(session, place) if is_counted(session, place) else None for place in places]
    if None in known and _tries_unknown(session, gateway, channel, template):
        return ""
    return "" if any(known) else NO_CREDIT


def _tries_unknown(session: Session, gateway: Gateway, channel: Granted, template: str) -> bool:
    """Whether the template is sent to those of whose credits nothing is known, or needs none."""
    plugin = gateway.registry.by_type.get(channel.type)
    listed = templates.listed(session, channel.channel_id, template)
    if not isinstance(plugin, HasCredits) or listed is None or listed.long_term:
        return True
    if listed.kind not in plugin.counted_kinds:
        return True
    try:
        return tries_unknown(load(gateway, found(channels.by_id(session, channel.channel_id), channel.code)))
    except Conflict:
        return True


def _template_fault(session: Session, channel: Granted, template: str | None) -> str:
    if template is None:
        return ""
    listed = templates.of_channel(session, channel.channel_id)
    return "" if any(view.template.template_id == template for view in listed) else TEMPLATE_UNKNOWN
