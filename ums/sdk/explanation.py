"""What a reason or a provider's number means, told to the people who look after a channel."""

from __future__ import annotations

from dataclasses import dataclass

from ums.domain.outcome import SendError

__all__ = ["Explanation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One reason in plain words, in English and Chinese.

    `provider_code` is the provider's number, or None where the reason comes without one. `raises` is the
    `SendError` it leads to (None for a reason that only receipts give); `hint` says what to do about it.
    `when` names the operation, where the same number means something else elsewhere (`""`: everywhere).
    """

    reason: str
    provider_code: int | None
    raises: type[SendError] | None
    text: str
    text_zh: str
    hint: str
    hint_zh: str
    when: str = ""
