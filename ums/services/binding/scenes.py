"""Pictures to scan: made for a userid, whose scene is a ticket that serves once and says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from ums.domain.bind_ticket import LIFETIME, Purpose, Ticket
from ums.domain.commands import Caller
from ums.domain.outcome import SendError
from ums.domain.sender import Granted
from ums.sdk.people import HasScenes, Scene
from ums.services.accounts import Account
from ums.services.binding import signing
from ums.services.binding.refusing import check_in_use, unanswered
from ums.services.binding.tickets import check_userid, granted, open_account, wrong
from ums.services.gateway import Gateway
from ums.store import bind_tickets

SHORTEST_LIFE, LONGEST_LIFE = 60, 30 * 86400
"""Seconds that a picture may be asked for; its provider may allow fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture's address, what it says, and for how many seconds it serves."""

    picture_url: str = field(repr=False)
    url: str = field(repr=False)
    seconds: int


def draw(
    gateway: Gateway, caller: Caller, userid: str, *, channel: str | None = None, seconds: float = LIFETIME
) -> Drawn:
    """A picture whose scan binds whoever scans it first to `userid`.

    Raises NotFound for a channel that isn't granted; InvalidRequest for a userid that is none, a channel without
    pictures, none where several have some, and a time that is longer than its provider allows; Conflict and
    Unavailable as `refusing.unanswered`.
    """
    assert caller.application_id is not None  # noqa: S101 - only applications are let in
    check_userid(userid)
    account = _account(gateway, caller, channel)
    text, digest = signing.issue(gateway, Purpose.SCENE)
    scene = _made(gateway, account, text, seconds)
    ticket = Ticket(
        purpose=Purpose.SCENE,
        application_id=caller.application_id,
        channel_id=account.id,
        expires_at=gateway.clock.now() + scene.lifetime,
        userid=userid,
    )
    with gateway.database.write() as session:
        bind_tickets.add(session, digest, ticket)
    return Drawn(picture_url=scene.picture_url, url=scene.content, seconds=int(scene.lifetime))


def _account(gateway: Gateway, caller: Caller, code: str | None) -> Account:
    return open_account(gateway, _only(gateway, caller) if code is None else granted(caller, code))


def _only(gateway: Gateway, caller: Caller) -> Granted:
    """The caller's channel that has pictures. Raises InvalidRequest where it isn't just one."""
    assert caller.sender is not None  # noqa: S101 - only applications are let in
    found = [one for one in caller.sender.granted if isinstance(gateway.registry.by_type.get(one.type), HasScenes)]
    if len(found) != 1:
        have = "several channels have" if found else "no channel of this application has"
        raise wrong("channel", f"is missing; {have} pictures to scan")
    return found[0]


def _made(gateway: Gateway, account: Account, text: str, seconds: float) -> Scene:
    plugin = account.plugin
    if not isinstance(plugin, HasScenes):
        raise wrong("channel", f"channels of the type {account.type} have no pictures to scan")
    if seconds > plugin.longest_scene_life:
        longest = f"{plugin.longest_scene_life:.0f}"
        raise wrong("expires_in", f"must be at most {longest} on this channel, not {seconds:.0f}")
    check_in_use(account)
    try:
        exchange = plugin.scene(account.settings, text, seconds)
        return gateway.provider.run(plugin, account.settings, exchange)
    except SendError as error:
        raise unanswered(gateway, account, "channel", error) from error
