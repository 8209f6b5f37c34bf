"""Pages about messages: the newest, how far one has come and why, and its deliveries one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ums.console import bars, explaining
from ums.console.auth import needs_operator
from ums.console.bars import Bar
from ums.console.context import current_gateway
from ums.console.explaining import Told
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import MessageStatus
from ums.domain.views import ChannelView, DeliveryView, MessageProgress, ReasonCount
from ums.registry import AnyPlugin
from ums.services import channels, messages

pages = Blueprint("messages", __name__, url_prefix="/messages")

PAGE = 50
MOST_CHANNELS = 1000
ENDED = frozenset({MessageStatus.DONE, MessageStatus.CANCELLED, MessageStatus.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A line of the table of reasons."""

    count: ReasonCount
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One delivery, its reason in plain words."""

    delivery: DeliveryView
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a message has come: as a whole, on each channel, and why what failed did."""

    message: MessageProgress
    whole: Bar
    bars: tuple[Bar, ...]
    whys: tuple[Why, ...]
    channels: Mapping[str, ChannelView]
    ended: bool


@pages.get("")
@needs_operator
def list_() -> ResponseReturnValue:
    """The newest messages first."""
    found = messages.recent(current_gateway(), limit=PAGE)
    return render_template("console/messages.html", lines=[(item, bars.whole(item)) for item in found], most=PAGE)


@pages.get("/<msgid>")
@needs_operator
def show(msgid: str) -> ResponseReturnValue:
    """How far a message has come; the script looks again every second until it is done."""
    return render_template("console/message.html", shown=_progress(msgid))


@pages.get("/<msgid>/progress")
@needs_operator
def progress(msgid: str) -> ResponseReturnValue:
    """The part of that page which changes."""
    return render_template("console/progress.html", shown=_progress(msgid))


@pages.get("/<msgid>/deliveries")
@needs_operator
def deliveries(msgid: str) -> ResponseReturnValue:
    """A message's deliveries, one page of them; `status` and `channel` choose some."""
    gateway = current_gateway()
    status, channel = request.args.get("status") or None, request.args.get("channel") or None
    cursor = request.args.get("cursor") or None
    page = messages.deliveries(gateway, None, msgid, status=status, channel=channel, cursor=cursor, limit=PAGE)
    known = _channels()
    return render_template(
        "console/deliveries.html",
        message=messages.progress(gateway, None, msgid),
        lines=[Line(delivery=item, told=_told(known, item)) for item in page.items],
        next=page.next,
        cursor=cursor,
        status=status,
        channel=channel,
        statuses=tuple(DeliveryStatus),
    )


def _progress(msgid: str) -> Progress:
    gateway = current_gateway()
    message = messages.progress(gateway, None, msgid)
    reasons = messages.reasons(gateway, None, msgid)
    known = _channels()
    return Progress(
        message=message,
        whole=bars.whole(message, reasons),
        bars=bars.by_channel(message, reasons),
        whys=tuple(Why(count=item, told=_why(known, item)) for item in reasons if item.reason),
        channels=known,
        ended=message.status in ENDED,
    )


def _channels() -> dict[str, ChannelView]:
    found = channels.list_for(current_gateway(), None, limit=MOST_CHANNELS).items
    return {view.code: view for view in found}


def _why(known: Mapping[str, ChannelView], item: ReasonCount) -> tuple[Told, ...]:
    if item.status is DeliveryStatus.UNREACHABLE:
        return explaining.unreachable(item.reason)
    return (explaining.reason(_plugin(known, item.channel), item.reason),)


def _told(known: Mapping[str, ChannelView], item: DeliveryView) -> tuple[Told, ...]:
    if item.status is DeliveryStatus.UNREACHABLE:
        return explaining.unreachable(item.reason)
    if not item.reason:
        return ()
    plugin = _plugin(known, item.channel)
    return (explaining.reason(plugin, item.reason, item.provider_code, item.provider_message),)


def _plugin(known: Mapping[str, ChannelView], code: str | None) -> AnyPlugin | None:
    channel = known.get(code or "")
    return current_gateway().registry.by_type.get(channel.type) if channel else None
