"""What an application is told of its messages, and when a failing URL is tried again.

The receipt types are the hosted UMS's (its page "callback"); the schedule is that of Standard Webhooks 1.0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import IntEnum, StrEnum
from urllib.parse import urlsplit

from ums.domain.commands import Json
from ums.domain.delivery import DeliveryStatus
from ums.domain.message import DAY

MOST_URLS = 5
"""Callback URLs that one application may have."""
MOST_ITEMS = 100
"""Receipts in one post."""
GATHERING = 10.0
"""Seconds after which receipts are posted, however few have gathered."""
LONGEST_URL = 1024


class ReceiptType(IntEnum):
    """What an item says, as its `type` on the wire."""

    TARGET_VALID = 0
    TARGET_INVALID = 1
    ACCEPTED = 2
    NOT_ACCEPTED = 3
    DELIVERED = 4
    NOT_DELIVERED = 5
    CLICKED = 6
    RETRACTED = 7
    NOT_RETRACTED = 8


FAULTS = frozenset(
    {ReceiptType.TARGET_INVALID, ReceiptType.NOT_ACCEPTED, ReceiptType.NOT_DELIVERED, ReceiptType.NOT_RETRACTED}
)
"""The types whose items carry an `error`."""


class CallbackState(StrEnum):
    """Whether a URL may be posted to."""

    UNVERIFIED = "unverified"
    """It has not shown yet that it expects receipts."""
    VERIFIED = "verified"
    DISABLED = "disabled"
    """It answered 410, or failed for five days; verify it again to go on."""


class BatchState(StrEnum):
    """Where a post stands."""

    OPEN = "open"
    """To be tried, or tried again."""
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after 72 hours; kept, and posted again when an operator says so."""


_LOST = frozenset({DeliveryStatus.REJECTED, DeliveryStatus.FAILED})
_AT_ONCE: Mapping[DeliveryStatus, ReceiptType] = {
    DeliveryStatus.ACCEPTED: ReceiptType.ACCEPTED,
    DeliveryStatus.DELIVERED: ReceiptType.DELIVERED,
    DeliveryStatus.CLICKED: ReceiptType.CLICKED,
    DeliveryStatus.UNCONFIRMED: ReceiptType.NOT_ACCEPTED,
    DeliveryStatus.EXPIRED: ReceiptType.NOT_ACCEPTED,
    DeliveryStatus.UNREACHABLE: ReceiptType.NOT_ACCEPTED,
}


def receipt_type(before: DeliveryStatus | None, after: DeliveryStatus) -> ReceiptType | None:
    """What is told of a delivery's move, None where it is nobody's business; `before` None: it was just made."""
    if before is None:
        return ReceiptType.TARGET_INVALID if after is DeliveryStatus.UNREACHABLE else ReceiptType.TARGET_VALID
    if after is before:
        return None
    if after in _LOST:
        return ReceiptType.NOT_DELIVERED if before is DeliveryStatus.ACCEPTED else ReceiptType.NOT_ACCEPTED
    return _AT_ONCE.get(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing to tell of one delivery. `sent_time` is unix seconds, `sender` the channel type's number."""

    type: ReceiptType
    msgid: str
    userid: str
    sender: int
    address: str
    status: DeliveryStatus
    reason: str
    provider_code: int | None
    provider_message: str
    sent_time: float
    params: Mapping[str, Json]


def item(event: Event, channel_key: str) -> dict[str, Json]:
    """The event as it stands in the body of a post."""
    handed_over = event.type >= ReceiptType.ACCEPTED or not event.userid
    return {
        "type": int(event.type),
        "channelkey": channel_key,
        "msgid": event.msgid,
        "userid": event.userid,
        **({"sender_id": event.address} if event.address and handed_over else {}),
        "sender": event.sender,
        "sent_time": int(event.sent_time),
        **({"error": _error(event)} if event.type in FAULTS else {}),
        "params": dict(event.params),
    }


UNKNOWN_USER = "unknown_user"
DEFECT = "defect"


class OwnError(IntEnum):
    """`error.code` where no provider has given a number."""

    UNKNOWN_USER = 991001
    UNREACHABLE = 991002
    EXPIRED = 991003
    UNCONFIRMED = 991004
    REFUSED = 991005
    LOST = 991006
    DEFECT = 991007
    TOO_LATE = 991008


OWN_WORDS: Mapping[OwnError, str] = {
    OwnError.UNKNOWN_USER: "no such user has been uploaded",
    OwnError.UNREACHABLE: "no channel reaches this user",
    OwnError.EXPIRED: "not handed to the provider within its time to live",
    OwnError.UNCONFIRMED: "the provider may have taken it, but its answer was lost",
    OwnError.REFUSED: "the provider refused it",
    OwnError.LOST: "the provider lost it",
    OwnError.DEFECT: "the gateway could not send it",
    OwnError.TOO_LATE: "it had been handed to the provider",
}


def _error(event: Event) -> dict[str, Json]:
    if event.provider_code is not None:
        return {"code": event.provider_code, "message": event.provider_message or event.reason}
    code = own_error(event)
    why = ": ".join(filter(None, (event.reason, event.provider_message)))
    return {"code": int(code), "message": f"{OWN_WORDS[code]} ({why})" if why else OWN_WORDS[code]}


def own_error(event: Event) -> OwnError:
    """The gateway's number for what went wrong."""
    if event.type is ReceiptType.TARGET_INVALID:
        return OwnError.UNKNOWN_USER if event.reason == UNKNOWN_USER else OwnError.UNREACHABLE
    if event.type is ReceiptType.NOT_RETRACTED:
        return OwnError.TOO_LATE
    if event.reason == DEFECT:
        return OwnError.DEFECT
    known = {
        DeliveryStatus.EXPIRED: OwnError.EXPIRED,
        DeliveryStatus.UNCONFIRMED: OwnError.UNCONFIRMED,
        DeliveryStatus.REJECTED: OwnError.REFUSED,
        DeliveryStatus.UNREACHABLE: OwnError.UNREACHABLE,
    }
    return known.get(event.status, OwnError.LOST)


def url_fault(url: str) -> str:
    """What is wrong with a callback URL, as the end of a sentence; empty where nothing is."""
    if not 1 <= len(url) <= LONGEST_URL or not url.isprintable() or " " in url:
        return f"must be 1 to {LONGEST_URL} printable characters without spaces"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"is no URL: {error}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "must begin with http:// or https:// and name a host"
    if "@" in parts.netloc or parts.fragment or "\\" in url:
        return "must hold no user name, no # and no backslash"
    return ""


SCHEDULE: Sequence[float] = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000)
"""Seconds between the first try and the second, the second and the third, …"""
SPREAD = 0.1
"""Each wait is stretched or shortened by up to this share."""
GIVEN_UP = 3 * DAY
"""Seconds from the first try until a post is dead."""
DISABLED_AFTER = 5 * DAY
"""Seconds of nothing but failures until a URL is disabled."""
PROBE_EVERY = 240.0
"""Seconds at most that a failing URL rests between two tries, whichever post is tried."""
LONGEST_REST = DAY
"""Seconds that a `Retry-After` may ask for."""

GONE = 410
ASKS_TO_WAIT = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry:
    """When a post is tried again (None: never by itself), and until when its URL is left alone."""

    due: float | None
    rests_until: float


def next_try(tries: int, now: float, *, jitter: float, retry_after: float = 0.0) -> NextTry:
    """What follows from a failure that was a post's try number `tries`; `jitter` is random in [0, 1)."""
    asked = now + min(retry_after, LONGEST_REST)
    if tries > len(SCHEDULE):
        return NextTry(due=None, rests_until=max(now + PROBE_EVERY, asked))
    due = now + SCHEDULE[tries - 1] * (1 - SPREAD + 2 * SPREAD * jitter)
    return NextTry(due=max(due, asked), rests_until=max(min(due, now + PROBE_EVERY), asked))


def wait_asked(status: int | None, retry_after: str, now: float) -> float:
    """Seconds that a receiver asks to be left alone: its `Retry-After`, in seconds or as a date; 0 for none."""
    text = retry_after.strip()
    if status not in ASKS_TO_WAIT or not text:
        return 0.0
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return 0.0


def is_success(status: int | None) -> bool:
    """Whether a receiver has taken a post; a redirection is a failure, for it is never followed."""
    return status is not None and 200 <= status < 300
