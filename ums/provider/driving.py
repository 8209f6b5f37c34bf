"""What runs an exchange outside the sending loop, and the tokens it asks for, whatever carries the calls."""

from __future__ import annotations

from threading import Lock
from typing import Protocol, TypeVar

from ums.sdk.call import Call, Exchange

T = TypeVar("T")


class TokenSource(Protocol):
    """One channel's access token."""

    def get(self) -> str:
        """A token that should be good. Raises SendError where none can be had."""

    def expire(self, value: str) -> None:
        """The provider refused `value`: never hand it out again, if it is still the one kept."""


class Driver(Protocol):
    """Runs exchanges, one call after the other; shared by all threads of a process."""

    def run(self, exchange: Exchange[T], *, token: TokenSource | None = None) -> T:
        """Run the exchange to its end and return its result. Raises what the exchange raises."""

    def close(self) -> None:
        """Close kept-alive connections."""


class LateDriver:
    """`RequestsDriver`, loaded with the first call: many processes make none, and `requests` takes long to load."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: Driver | None = None

    def run(self, exchange: Exchange[T], *, token: TokenSource | None = None) -> T:
        """As `RequestsDriver.run`."""
        return self._driver().run(exchange, token=token)

    def close(self) -> None:
        """Close kept-alive connections, if there are any."""
        if self._made is not None:
            self._made.close()

    def _driver(self) -> Driver:
        with self._lock:
            if self._made is None:
                from ums.provider.requests_driver import RequestsDriver  # only here, for what it costs to load

                self._made = RequestsDriver()
            return self._made


def token_for(call: Call, source: TokenSource | None, used: str | None) -> str | None:
    """The token for a call, if it asks for one; `used` is the one that the call before it had. Raises SendError."""
    if not call.token:
        return used
    if source is None:
        raise TypeError("the exchange asks for an access token, but its plugin has none (HasToken)")
    if call.renew and used is not None:
        source.expire(used)
    return source.get()
