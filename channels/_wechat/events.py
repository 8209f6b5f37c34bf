"""What the platform tells besides receipts: every event is kept, whatever it is; what people write is not."""

from __future__ import annotations

import hashlib
import json
import re

from channels._wechat.codes import legible
from channels._wechat.push import LONGEST_ADDRESS, Event
from ums.sdk.call import Json
from ums.sdk.hook import Cause, CreditChange, Follow, Opening, ProviderEvent, Trigger

ALLOWING = {
    "subscribe_msg_popup_event": ("accept", Cause.ALLOWED),
    "subscribe_msg_change_event": ("reject", Cause.SWITCHED_OFF),
}
"""The events that change what may be sent to a person: the status that does, and what it means.

Who refuses in a pop-up keeps what he allowed before; a change that accepts doesn't say of how many messages.
"""
FOLLOWING = {"subscribe": True, "unsubscribe": False}
"""The events by which an official account learns who follows."""
WITHDRAWING = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
"""The events after which a person's data must be deleted; `user_info_modified` asks for nothing."""
TRIGGERS = {
    "CLICK": Trigger.MENU,
    "scancode_push": Trigger.MENU,
    "scancode_waitmsg": Trigger.MENU,
    "subscribe": Trigger.FOLLOW,
    "SCAN": Trigger.SCAN,
    "user_enter_tempsession": Trigger.ENTER,
}
"""The events after which a person may be written to for a while; so may who has written himself."""
LONGEST_TEMPLATE = 255
UNNAMED = "unknown"
"""The kind of a push that doesn't say what it is."""
LONGEST_KIND = 64
_MOMENT = re.compile(r"[0-9]{1,12}")


def told(event: Event, now: float) -> tuple[ProviderEvent, ...]:
    """The event that a push carries; none where it is what a person wrote, which is not for the gateway.

    Its details are the push's members: numbers are text, and `List` is an array of the items.
    """
    if event.is_letter:
        return ()
    details = _details(event)
    at, person = moment(event, now), _person(event)
    told = ProviderEvent(
        kind=legible(event.name or event.members.get("InfoType", "") or UNNAMED)[:LONGEST_KIND],
        address=person,
        event_id=_digest(details),
        at=at,
        details=details,
        credits=_credits(event),
        follow=Follow(person, FOLLOWING[event.name], at) if event.name in FOLLOWING and person else None,
        erases=event.name in WITHDRAWING and bool(person),
    )
    return (told,)


def moment(event: Event, now: float) -> float:
    """When it happened, by the platform's clock; now where the push doesn't say."""
    told = event.members.get("CreateTime", "").strip()
    return float(told) if _MOMENT.fullmatch(told) else now


def opened_windows(event: Event, now: float) -> tuple[Opening, ...]:
    """The window that a person has opened by what he did, if he did."""
    trigger = Trigger.MESSAGE if event.is_letter else TRIGGERS.get(event.name)
    person = _person(event)
    return (Opening(person, trigger, moment(event, now)),) if trigger and person else ()


def _credits(event: Event) -> tuple[CreditChange, ...]:
    """What a person has allowed, once more for each template, or switched off."""
    choice, cause = ALLOWING.get(event.name, ("", Cause.ALLOWED))
    return tuple(
        CreditChange(event.address, template_id, cause)
        for item in event.items
        if item.get("SubscribeStatusString") == choice
        and (template_id := item.get("TemplateId", "").strip()[:LONGEST_TEMPLATE])
    )


def _person(event: Event) -> str:
    """Whom an event is about: those about a withdrawn consent come from the platform, and name him beside."""
    return (event.members.get("OpenID") or event.members.get("FromUserName", "")).strip()[:LONGEST_ADDRESS]


def _details(event: Event) -> dict[str, Json]:
    items: list[Json] = [dict(item) for item in event.items]
    return {**event.members, **event.others, **({"List": items} if items else {})}


def _digest(details: dict[str, Json]) -> str:
    """The same for every repeat: two events of one person in one second differ in something."""
    return hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()
