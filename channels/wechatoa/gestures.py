"""What people do at an official account that the gateway may answer: scan a picture, tap a button, write a word.

Only buttons and words that an operator has named count; whatever else people write is nobody's.
"""

from __future__ import annotations

from channels._wechat.account import OPENID
from channels._wechat.events import moment
from channels._wechat.push import Event
from channels.wechatoa.settings import OfficialAccountSettings
from ums.sdk.people import Gesture, GestureKind

BY_SCAN = "qrscene_"
"""Before the scene of a picture by whose scan somebody has begun to follow; who follows already comes without."""
LONGEST = 128
"""Characters of a scene or a key."""


def gesture_of(account: OfficialAccountSettings, event: Event, now: float) -> Gesture | None:
    """What somebody has done, if it is of that kind, and if an answer would find its way."""
    kind, text = _done(account, event)
    address = event.members.get("FromUserName", "").strip()
    if not 0 < len(text) <= LONGEST or not OPENID.fullmatch(address) or not event.members.get("ToUserName"):
        return None
    return Gesture(kind=kind, address=address, text=text, at=moment(event, now))


def _done(account: OfficialAccountSettings, event: Event) -> tuple[GestureKind, str]:
    key = event.members.get("EventKey", "").strip()
    match event.name:
        case "SCAN":
            return GestureKind.SCAN, key
        case "subscribe" if key.startswith(BY_SCAN):
            return GestureKind.SCAN, key.removeprefix(BY_SCAN)
        case "CLICK" if key in account.bind_keys:
            return GestureKind.MENU, key
        case _:
            return GestureKind.WORD, _word(account, event)


def _word(account: OfficialAccountSettings, event: Event) -> str:
    """The operator's word that somebody has written, in capitals or not; empty where it is none."""
    if not event.is_letter or event.members.get("MsgType") != "text":
        return ""
    written = event.members.get("Content", "").strip().casefold()
    return next((word for word in account.bind_words if word.casefold() == written), "")
