"""Pushes: an event of one's own, a callback check, counts and pace."""

from __future__ import annotations

import secrets
import time
from asyncio import Future
from dataclasses import asdict, replace

from sandbox.accounts import MINI_PROGRAM, Account
from sandbox.control.fields import Fields, Unfit
from sandbox.control.order import Order, account_named
from sandbox.events import Event, Item, Value
from sandbox.pushes import Outcome
from sandbox.sealing import Push, push_of
from sandbox.state import State

Shown = dict[str, object]


async def push_event(state: State, order: Order) -> Shown:
    """Pushes an event at once; tells how it ended unless ``wait`` is false. Changes nothing else."""
    fields = order.fields
    account = _with_callback(state, fields)
    push = _push(account, fields)
    wait = fields.flag("wait", True)
    fields.end()
    ending = state.pushes.put(account, push, 0.0)
    return shown_outcome(await ending) if wait else {"queued": _on_its_way(ending)}


async def check_callback(state: State, order: Order) -> Shown:
    """Sends the GET with ``echostr`` by which the platform checks a callback URL."""
    fields = order.fields
    account = _with_callback(state, fields)
    fields.end()
    return shown_outcome(await state.pushes.check(account, str(secrets.randbelow(10**19))))


async def get_pushes(state: State, order: Order) -> Shown:
    """How many pushes were sent, acknowledged, given up and are pending; and their pace."""
    return state.pushes.shown()


async def put_pushes(state: State, order: Order) -> Shown:
    """Sets the pace of pushes, in milliseconds."""
    fields, pace = order.fields, state.pushes.pace
    changed = replace(
        pace,
        delay_ms=fields.amount("delay_ms", pace.delay_ms, most=3_600_000),
        retry_delay_ms=fields.amount("retry_delay_ms", pace.retry_delay_ms, most=3_600_000),
        timeout_ms=fields.amount("timeout_ms", pace.timeout_ms, most=60_000),
    )
    fields.end()
    state.pushes.pace = changed
    return state.pushes.shown()


def _with_callback(state: State, fields: Fields) -> Account:
    account = state.world.listening(account_named(state, fields.text("appid")))
    if not account.callback:
        raise Unfit(f"account {account.appid!r} has no callback: put one first")
    return account


def _push(account: Account, fields: Fields) -> Push:
    natural = account.push_format if account.kind == MINI_PROGRAM else "xml"
    form = fields.choice("form", ("xml", "json"), "xml" if account.seal_appid else natural)
    openid, raw = fields.text("openid", ""), fields.text("raw", "")
    if raw:
        return Push(openid, {}, form, raw)
    event = Event(
        openid,
        fields.text("event"),
        int(time.time()),
        members_of(fields.members("fields")),
        tuple(members_of(item.whole_object()) for item in fields.objects("items")) if fields.has("items") else (),
        form,
    )
    return push_of(account, event)


def members_of(given: dict[str, object]) -> Item:
    """JSON members, with their types known."""
    return {name: _value(value) for name, value in given.items()}


def _value(value: object) -> Value:
    """The same JSON value, with its type known."""
    if isinstance(value, dict):
        return {str(name): _value(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_value(entry) for entry in value]
    return value if isinstance(value, str | int | float) else None


def _on_its_way(ending: Future[Outcome | None]) -> bool:
    return not ending.done()


def shown_outcome(outcome: Outcome | None) -> Shown:
    """How a push ended, as JSON."""
    if outcome is None:
        return {"acknowledged": False, "attempts": 0, "http_status": 0, "answer": "not sent", "reply": None}
    return asdict(outcome)
