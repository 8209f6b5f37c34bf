"""What it means when a call brings no answer that can be read.

Whether the request may have arrived decides. As long as no byte of it left, it surely wasn't taken
(`Transient`). Once it left, a read may simply be repeated (`Transient` too), but a send is `Uncertain`.

===================  ==============================================================================
reason               the request surely never left
===================  ==============================================================================
dns_failed           the host's name has no address, or nobody can be asked
connection_refused   nobody listens there
connect_timeout      no connection, or no answer of the name server, within the call's time
tls_failed           no secure connection: certificate, host name, or a server that speaks no TLS
not_connected        no connection for another reason (no route, too many open files, …)
proxy_unreachable    the channel's proxy can't be connected to, or doesn't answer in time
proxy_failed         the proxy could not reach the provider, or broke off before there was a way to it
proxy_refused        the proxy doesn't let us through: 401, 403 or 407; the operator's to mend, as `BadChannel`
===================  ==============================================================================

===================  ==============================================================================
reason               the request left, or may have
===================  ==============================================================================
answer_timeout       no whole answer within the call's time
connection_lost      the connection ended before the answer began
answer_cut           the connection ended, or the answer broke off, before it was whole
answer_malformed     what came is no HTTP, or is encoded in a way nobody asked for
answer_too_large     the answer is larger than 1 MiB
===================  ==============================================================================

An address that can't be called at all is the operator's to mend: `BadChannel("invalid_url")`.
"""

from __future__ import annotations

from ums.sdk.call import Call
from ums.sdk.errors import BadChannel, SendError, Transient, Uncertain

LONGEST_WORDS = 200
"""Characters kept of what the operating system or OpenSSL said."""


class Unreadable(Exception):
    """An answer came, but can't be used; `reason` is one of the table's second half."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def not_sent(reason: str, error: BaseException | None = None) -> SendError:
    """The request never left."""
    return Transient(reason, provider_message=_words(error))


PROXY_REFUSES = frozenset({401, 403, 407})
"""What a proxy says to those it doesn't know, and about places it doesn't lead to."""


def not_led(status: int) -> SendError:
    """A proxy answered for itself, with this HTTP status."""
    if status in PROXY_REFUSES:
        return BadChannel(
            "proxy_refused",
            provider_message=f"The proxy answered HTTP {status}; see the channel's proxy, its user and password.",
        )
    return Transient("proxy_failed", provider_message=f"The proxy answered HTTP {status}.")


def not_through(call: Call, reason: str, error: BaseException | None = None) -> SendError:
    """The request never left, and why: where there is a proxy, connecting was a matter between us and it."""
    if call.proxy is None or reason in {"tls_failed", "proxy_failed"}:
        return not_sent(reason, error)
    return not_sent("proxy_unreachable", error)


def lost(call: Call, reason: str, error: BaseException | None = None) -> SendError:
    """The request left, or may have; whether it was taken is known only where that doesn't matter."""
    kind = Transient if call.repeatable else Uncertain
    return kind(reason, provider_message=_words(error))


def invalid_url() -> SendError:
    """The address isn't one that can be called."""
    return BadChannel("invalid_url", provider_message="The channel's base_url can't be called; correct it.")


def _words(error: BaseException | None) -> str:
    # Only the system's own words: those of HTTP libraries quote URLs, and URLs carry access tokens.
    return (error.strerror or "")[:LONGEST_WORDS] if isinstance(error, OSError) else ""
