"""A receipt: what a provider later says about a delivery it has accepted."""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.delivery import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One report about one message at the provider.

    `event_id` is the same for every repeat of the same report, so that a repeat changes nothing.
    `provider_id` is the number the provider gave when it accepted the message. `status` is one of
    delivered, clicked, rejected, failed. `reason` is the gateway's stable word for the last two (`""` else),
    `words` the provider's own.
    """

    event_id: str
    provider_id: str
    address: str
    status: DeliveryStatus
    reason: str = ""
    words: str = ""
    provider_code: int | None = None
