"""The four kinds of message that an official account sends, told apart by `type`."""

from __future__ import annotations

from collections.abc import Mapping

from marshmallow import ValidationError, fields

TEMPLATE, NOTICE, CUSTOMER_SERVICE, ONE_TIME = range(4)

KINDS: Mapping[int, str] = {
    TEMPLATE: "template message",
    NOTICE: "subscription notice",
    CUSTOMER_SERVICE: "customer-service message",
    ONE_TIME: "one-time subscription message",
}


def kind_of(value: object) -> int | None:
    """The kind that a `type` names: 0 to 3, and nothing that merely looks like it."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value in KINDS else None


class MessageType(fields.Field[int]):
    """The `type` of a message."""

    def __init__(self) -> None:
        super().__init__(
            required=True,
            metadata={
                "label": "Type",
                "label_zh": "消息类型",
                "help": "0 is a template message, 1 a subscription notice, 2 a customer-service message, "
                "3 a one-time subscription message.",
                "help_zh": "0 为模板消息，1 为订阅通知，2 为客服消息，3 为一次性订阅消息。",
            },
        )

    def _deserialize(self, value: object, attr: str | None, data: object, **_: object) -> int:
        kind = kind_of(value)
        if kind is None:
            *others, last = (f"{number} ({name})" for number, name in KINDS.items())
            raise ValidationError(f"Must be {', '.join(others)} or {last}.")
        return kind
