"""Latency and faults."""

from __future__ import annotations

from dataclasses import asdict

from sandbox.control.fields import Fields, Unfit
from sandbox.control.order import Missing, Order
from sandbox.faults import BEHAVIOURS, Fault
from sandbox.latencies import Latency
from sandbox.state import State

Shown = dict[str, object]


async def put_latency(state: State, order: Order) -> Shown:
    """Sets how long answers take: in general, for an account, for a path, or for both."""
    fields = order.fields
    if not fields.has("ms"):
        raise fields.refuse("ms", "is required: milliseconds before an answer")
    latency = Latency(
        ms=fields.amount("ms", 0, most=3_600_000),
        jitter_ms=fields.amount("jitter_ms", 0, most=3_600_000),
        appid=fields.text("appid", ""),
        path=fields.text("path", ""),
    )
    fields.end()
    state.world.latencies.put(latency)
    return await get_latency(state, order)


async def get_latency(state: State, order: Order) -> Shown:
    """All latencies set."""
    return {"latencies": [asdict(latency) for latency in state.world.latencies.listed.values()]}


async def add_fault(state: State, order: Order) -> Shown:
    """Makes calls go wrong; the answer carries the ``id`` of the fault."""
    fields = order.fields
    behaviour = fields.choice("behaviour", ("", *BEHAVIOURS), "")
    errcode = fields.whole("errcode", None, least=-(2**31))
    fault = Fault(
        appid=fields.text("appid", ""),
        path=fields.text("path", ""),
        openid=fields.text("openid", ""),
        errcode=errcode,
        errmsg=fields.text("errmsg", ""),
        http_status=_status(fields),
        behaviour=behaviour,
        accepts=fields.flag("accepted", errcode is None and BEHAVIOURS.get(behaviour, False)),
        share=fields.amount("share", 1.0, most=1.0),
        times=fields.whole("times", None),
        seconds=fields.amount("seconds", 30.0, most=3600),
    )
    fields.end()
    if fault.errcode is None and not behaviour and not fields.has("http_status"):
        raise Unfit("give an errcode, an http_status or a behaviour: else the fault does nothing")
    return _shown(state.world.faults.add(fault))


async def list_faults(state: State, order: Order) -> Shown:
    """All faults, with how many calls matched and how many were struck."""
    return {"faults": [_shown(fault) for fault in state.world.faults.listed]}


async def remove_faults(state: State, order: Order) -> Shown:
    """Ends one fault (``id``) or all of them."""
    order.known_query("id")
    if "id" not in order.query:
        return {"ended": state.world.faults.remove()}
    ended = state.world.faults.remove(order.whole("id", 0))
    if not ended:
        raise Missing(f"no fault {order.query['id']}")
    return {"ended": ended}


def _status(fields: Fields) -> int:
    status = fields.whole("http_status", 200, least=200) or 200
    if status > 599:
        raise fields.refuse("http_status", "must be from 200 to 599")
    return status


def _shown(fault: Fault) -> Shown:
    members: Shown = asdict(fault)
    members["accepted"] = members.pop("accepts")
    return members
