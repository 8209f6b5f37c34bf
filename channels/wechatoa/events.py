"""The event by which the platform tells what became of a template message."""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels._wechat.codes import FREQUENCY_LIMIT, SYSTEM_FAILED, UNDELIVERED, USER_BLOCK, legible
from channels._wechat.push import Event, required
from channels._wechat.receipts import event_id, message_number
from ums.sdk.receipts import DeliveryStatus, Receipt

TEMPLATE_FINISHED = "TEMPLATESENDJOBFINISH"

RESULTS: Mapping[str, tuple[DeliveryStatus, str]] = {
    "success": (DeliveryStatus.DELIVERED, ""),
    "failed:user block": (DeliveryStatus.REJECTED, USER_BLOCK),
    "failed:system failed": (DeliveryStatus.FAILED, SYSTEM_FAILED),
    "failed:freq limit": (DeliveryStatus.FAILED, FREQUENCY_LIMIT),
}
"""The results on record; any other is a failure of a kind nobody has documented."""


def template_receipts(event: Event) -> tuple[Receipt, ...]:
    """The one receipt in a `TEMPLATESENDJOBFINISH`."""
    words = required(event.members, "Status")
    result = normalised(words)
    status, reason = RESULTS.get(result, (DeliveryStatus.FAILED, UNDELIVERED))
    number = message_number(event.members)
    receipt = Receipt(
        event_id=event_id(event, number, result),
        provider_id=number,
        address=event.address,
        status=status,
        reason=reason,
        words=legible(words),
    )
    return (receipt,)


def normalised(status: str) -> str:
    """The result without the blanks that come and go around its colon."""
    return re.sub(r"\s*:\s*", ":", " ".join(status.split()).lower())
