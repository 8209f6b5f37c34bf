"""What people do at the platform: it changes the account's state, and is pushed to its callback."""

from __future__ import annotations

import time

from sandbox.accounts import Account, User
from sandbox.control.fields import Fields
from sandbox.control.order import Order, account_named
from sandbox.control.receipts import members_of
from sandbox.events import Event, Item, letter
from sandbox.pushes import Outcome
from sandbox.sealing import Push, push_of
from sandbox.state import State
from sandbox.windows import ACTS

Shown = dict[str, object]
LARGEST_SCENE = 10_000


async def act(state: State, order: Order) -> Shown:
    """Have a person do something; tells how its push ended unless ``wait`` is false."""
    fields = order.fields
    account = account_named(state, fields.text("appid"))
    openid, does = fields.text("openid"), fields.choice("act", tuple(ACTS), "")
    if not openid:
        raise fields.refuse("openid", "must not be empty")
    at = fields.amount("at", time.time(), most=1e11)
    more = members_of(fields.members("fields"))
    consent = _consent(fields) if does == "consent" else None
    wait = fields.flag("wait", True)
    fields.end()
    _change(account, openid, does, at)
    if consent is not None:
        account.consents.add((openid, *consent))
    told = None
    listening = state.world.listening(account)
    if does != "consent" and listening.callback:
        ending = state.pushes.put(listening, _push(listening, openid, does, at, more), 0.0)
        told = await ending if wait else None
    return {"left": account.windows.left(openid, time.time()), "push": _shown(told)}


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
    return {"acknowledged": outcome.acknowledged, "http_status": outcome.http_status, "answer": outcome.answer}
