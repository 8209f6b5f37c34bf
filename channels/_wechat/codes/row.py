"""One row of the error-code table: a number of the platform, what it means, and who must act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from ums.sdk.errors import (
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
)
from ums.sdk.explanation import Explanation


class Operation(StrEnum):
    """What was being done when the number came; a few numbers mean something else elsewhere."""

    ACCESS = "access token"
    PLATFORM = "third-party platform"
    LIST = "template list"
    QUOTA = "quota"
    LOOK_UP = "rid"
    LOGIN = "login"
    PHONE = "phone number"
    PEOPLE = "people"
    TEMPLATE_MESSAGE = "template message"
    SUBSCRIPTION = "subscription message"
    CUSTOMER_SERVICE = "customer-service message"
    ONE_TIME = "one-time message"

    @property
    def sends(self) -> bool:
        """Whether a person may have received something."""
        return self in _SENDING

    @property
    def grants(self) -> bool:
        """Whether a token is asked for, without which nothing can be sent."""
        return self in (Operation.ACCESS, Operation.PLATFORM)

    @property
    def is_private(self) -> bool:
        """Whether the answer may hold a secret, or tell who somebody is."""
        return self.grants or self in (Operation.LOGIN, Operation.PHONE, Operation.PEOPLE)


# a tuple: members of an enumeration are hashed by a method of Python's
_SENDING = (
    Operation.SUBSCRIPTION,
    Operation.TEMPLATE_MESSAGE,
    Operation.CUSTOMER_SERVICE,
    Operation.ONE_TIME,
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a refusal, in English and Chinese. `{ip}` stands for the address refused."""

    hint: str
    hint_zh: str


@dataclass(frozen=True, slots=True)
class Row:
    """One number; `when` limits the row to one operation, `code` None is a reason without a number."""

    code: int | None
    reason: str
    makes: Callable[..., SendError]
    advice: Advice
    text: str
    text_zh: str
    when: Operation | None = None

    def error(self, code: int | None, words: str) -> SendError:
        """The error of this row with the provider's own number and words."""
        return self.makes(self.reason, provider_code=code, provider_message=words)

    def explanation(self, ip: str | None = None) -> Explanation:
        """The row in the gateway's terms; `ip` is the address refused, where it is known."""
        return Explanation(
            reason=self.reason,
            provider_code=self.code,
            raises=type(self.error(self.code, "")),
            text=self.text,
            text_zh=self.text_zh,
            hint=self.advice.hint.replace("{ip}", ip or "the gateway's outgoing address"),
            hint_zh=self.advice.hint_zh.replace(*(("{ip}", ip) if ip else (" {ip} ", "网关的出口地址"))),
            when=self.when.value if self.when else "",
        )


WAIT = Transient
NEXT_MINUTE = partial(Throttled, until=Resumption.NEXT_MINUTE)
NEXT_DAY = partial(Throttled, until=Resumption.NEXT_DAY)
CHANNEL = partial(BadChannel, scope=Fault.CHANNEL)
ENDPOINT = partial(BadChannel, scope=Fault.ENDPOINT)
ADDRESS = partial(BadAddress, scope=AddressFault.ADDRESS)
TEMPLATE = partial(BadAddress, scope=AddressFault.TEMPLATE)
FOLLOWER = partial(BadAddress, scope=AddressFault.FOLLOW)
WINDOW = partial(BadAddress, scope=AddressFault.WINDOW)
CONTENT = BadContent


def wait(seconds: float) -> Callable[..., SendError]:
    """A wait that the platform's own rule dictates."""
    return partial(Transient, after=seconds)


def content(field: str) -> Callable[..., SendError]:
    """The content is refused, and the number itself says which member is at fault."""
    return partial(BadContent, field=field)
