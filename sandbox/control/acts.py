"""What people do at the platform: it changes the account's state, and is pushed to its callback."""

from __future__ import annotations

import time

from sandbox.accounts import Account, User
from sandbox.control.fields import Fields
from sandbox.control.order import Order, account_named
from sandbox.control.receipts import members_of, shown_outcome
from sandbox.events import Event, Item, letter
from sandbox.pushes import Outcome
from sandbox.sealing import Push, push_of
from sandbox.state import State
from sandbox.windows import ACTS

Shown = dict[str, object]
LARGEST_SCENE = 10_000
WORDS = {"message": ("content", "Content"), "menu": ("key", "EventKey")}


async def act(state: State, order: Order) -> Shown:
    """Have a person do something; tells how its push ended unless ``wait`` is false."""
    fields = order.fields
    account = account_named(state, fields.text("appid"))
    openid, does = fields.text("openid"), fields.choice("act", tuple(ACTS), "")
    if not openid:
        raise fields.refuse("openid", "must not be empty")
    at = fields.amount("at", time.time(), most=1e11)
    more = {**members_of(fields.members("fields")), **_words(fields, does)}
    consent = _consent(fields) if does == "consent" else None
    scanned = _scanned(state, account, fields, at) if does == "scan" else None
    wait = fields.flag("wait", True)
    fields.end()
    if scanned is not None:
        does, told_of = _scan(account, openid, *scanned)
        more |= told_of
    _change(account, openid, does, at)
    if consent is not None:
        account.consents.add((openid, *consent))
    told = None
    listening = state.world.listening(account)
    if does != "consent" and listening.callback:
        ending = state.pushes.put(listening, _push(listening, openid, does, at, more), 0.0)
        told = await ending if wait else None
    return {"left": account.windows.left(openid, time.time()), "push": _shown(told)}


def _words(fields: Fields, does: str) -> Item:
    """What is written, or the key of the menu that is tapped, where it isn't said among the ``fields``."""
    member, name = WORDS.get(does, ("", ""))
    return {name: fields.text(member)} if member and fields.gives(member) else {}


def _scanned(state: State, account: Account, fields: Fields, at: float) -> tuple[str, str] | None:
    """The ticket and the scene of the QR code; None where it is one without."""
    ticket = fields.text("ticket", "")
    if not ticket:
        return None
    code = state.world.qr_codes.find(ticket, at)
    if code is None or code.appid != account.appid:
        raise fields.refuse("ticket", "is unknown, expired, or another account's")
    return ticket, code.scene


def _scan(account: Account, openid: str, ticket: str, scene: str) -> tuple[str, Item]:
    """Who follows has scanned; who doesn't follows from now on."""
    user = account.users.get(openid)
    if not account.known_users_only if user is None else user.following:
        return "scan", {"EventKey": scene, "Ticket": ticket}
    account.users.setdefault(openid, User()).scene = scene
    return "follow", {"EventKey": f"qrscene_{scene}", "Ticket": ticket}


def _change(account: Account, openid: str, does: str, at: float) -> None:
    if does in {"follow", "unfollow"}:
        user = account.users.setdefault(openid, User())
        user.following = does == "follow"
    if does == "unfollow":
        account.windows.close(openid)
    account.windows.open(openid, does, at)


def _push(account: Account, openid: str, does: str, at: float, more: Item) -> Push:
    if does == "message":
        words = {"MsgType": "text", "Content": "Hello", "MsgId": str(time.time_ns()), **more}
        return Push(openid, letter(openid, account.appid, int(at), words), "xml")
    return push_of(account, Event(openid, ACTS[does].event, int(at), more))


def _consent(fields: Fields) -> tuple[str, int]:
    scene = fields.whole("scene", 0) or 0
    if scene > LARGEST_SCENE:
        raise fields.refuse("scene", f"must be at most {LARGEST_SCENE}")
    return fields.text("template_id"), scene


def _shown(outcome: Outcome | None) -> Shown | None:
    if outcome is None:
        return None
    shown = shown_outcome(outcome)
    del shown["attempts"]
    return shown
