"""The calls received: listed, counted, forgotten."""

from __future__ import annotations

from itertools import islice

from sandbox.calls import GROUPS, Wanted
from sandbox.control.fields import Unfit
from sandbox.control.order import Order
from sandbox.state import State

Shown = dict[str, object]
FILTERS = ("path", "openid", "appid", "errcode", "since")


async def list_calls(state: State, order: Order) -> Shown:
    """A page of the calls that fit the query, oldest first."""
    order.known_query(*FILTERS, "limit", "offset")
    calls, wanted, offset = state.world.calls, _wanted(order), order.whole("offset", 0)
    page = islice(calls.select(wanted), offset, offset + order.whole("limit", 100))
    shown = [call.shown() for call in page]
    return {
        "calls": shown,
        "total": sum(1 for _ in calls.select(wanted)),
        "forgotten": calls.forgotten,
    }


async def count_calls(state: State, order: Order) -> Shown:
    """How many calls fit the query, and how many of each openid, errcode, path or appid."""
    order.known_query(*FILTERS, "group")
    group = order.query.get("group", "")
    if group and group not in GROUPS:
        raise Unfit(f"query: group must be one of {', '.join(GROUPS)}, not {group!r}")
    calls, wanted = state.world.calls, _wanted(order)
    if not group:
        return {
            "count": sum(1 for _ in calls.select(wanted)),
            "groups": {},
            "forgotten": calls.forgotten,
        }
    groups = calls.grouped(wanted, group)
    return {"count": groups.total(), "groups": dict(groups), "forgotten": calls.forgotten}


async def forget_calls(state: State, order: Order) -> Shown:
    """Forgets every call."""
    return {"removed": state.world.calls.clear()}


def _wanted(order: Order) -> Wanted:
    text = order.query.get("errcode", "")
    if text and not text.lstrip("-").isdecimal():
        raise Unfit(f"query: errcode must be a whole number, not {text!r}")
    return Wanted(
        order.query.get("path", ""),
        order.query.get("openid", ""),
        order.query.get("appid", ""),
        int(text) if text else None,
        order.seconds("since"),
    )
