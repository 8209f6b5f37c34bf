"""The platform's error codes, sorted by who must act.

One table in seven files (`access`, `recipient`, `people`, `contents`, `library`, `quotas`, `platform`), and
`unnumbered` for what comes without a number. Sources: the platform's pages on tokens, template messages,
subscription messages, logins, third-party platforms and the template library; and, for numbers that are not on
those pages, what users of the platform report.
"""

from __future__ import annotations

import ipaddress
import re

from channels._wechat.codes import access, contents, library, people, platform, quotas, recipient
from channels._wechat.codes.people import DATA_EXPIRED, DATA_REFUSED
from channels._wechat.codes.platform import (
    AUTHORISATION_MISSING,
    AUTHORISATION_WITHDRAWN,
    REFRESH_TOKEN_INVALID,
    TICKET_MISSING,
    TICKET_OLD,
)
from channels._wechat.codes.row import Operation, Row
from channels._wechat.codes.unnumbered import (
    FREQUENCY_LIMIT,
    NUMBERLESS,
    RECEIPTS,
    SLOW_DOWN,
    SYSTEM_FAILED,
    TURNED_AWAY,
    UNDELIVERED,
    UNKNOWN,
    UNREADABLE,
    UNREADABLE_READ,
    USER_BLOCK,
    unknown,
)
from ums.sdk.errors import BadAddress, BadChannel, BadContent, SendError
from ums.sdk.explanation import Explanation

__all__ = [
    "AUTHORISATION_MISSING",
    "AUTHORISATION_WITHDRAWN",
    "DATA_EXPIRED",
    "DATA_REFUSED",
    "EXPLANATIONS",
    "FREQUENCY_LIMIT",
    "REFRESH_TOKEN_INVALID",
    "ROWS",
    "SYSTEM_FAILED",
    "TICKET_MISSING",
    "TICKET_OLD",
    "UNDELIVERED",
    "USER_BLOCK",
    "WORDS_KEPT",
    "Operation",
    "explain",
    "known_reason",
    "legible",
    "no_answer",
    "refusal",
    "refused_field",
    "refused_ip",
    "unreadable",
]

ROWS: tuple[Row, ...] = (
    *access.ROWS,
    *recipient.ROWS,
    *people.ROWS,
    *contents.ROWS,
    *library.ROWS,
    *quotas.ROWS,
    *platform.ROWS,
)

WORDS_KEPT = 512
"""Characters of the platform's words that are kept."""

_TABLE = {(row.code, row.when): row for row in ROWS}
_FIELD = re.compile(r"\bdata\.([^\s.]+)")
_IP = re.compile(r"invalid ip ([0-9A-Fa-f.:]+)")
_SECRET = re.compile(r"(access_token|secret)=[^&\s\"'<>]+")
_ILLEGIBLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")

_ALL_ROWS = (*ROWS, *people.NUMBERLESS, *platform.NUMBERLESS, *NUMBERLESS, *UNKNOWN)

EXPLANATIONS: tuple[Explanation, ...] = (
    *(row.explanation() for row in _ALL_ROWS),
    *RECEIPTS,
)
"""Every reason and number, for the console and the documentation."""


def refusal(code: int, words: str, operation: Operation) -> SendError:
    """The error for a number other than 0, with the platform's words as they came."""
    kept = legible(words)
    row = _row(code, operation) or unknown(operation)
    error = row.error(code, kept)
    if operation.grants and isinstance(error, BadContent | BadAddress | BadChannel):
        # Without a token nothing can be sent, whatever the number would mean elsewhere.
        return BadChannel(row.reason, provider_code=code, provider_message=kept)
    if isinstance(error, BadContent) and error.field is None:
        error.field = refused_field(kept)
    return error


def unreadable(operation: Operation, words: str) -> SendError:
    """The error for an answer that says nothing intelligible."""
    return (UNREADABLE if operation.sends else UNREADABLE_READ).error(None, legible(words))


def no_answer(status: int, words: str) -> SendError:
    """The error for an HTTP status by which a server refuses a request it has not acted on."""
    row = SLOW_DOWN if status == 429 else TURNED_AWAY
    return row.error(None, legible(words))


def known_reason(code: int) -> str | None:
    """The stable word for a number, where the table has it."""
    row = _TABLE.get((code, None))
    return row.reason if row else None


def explain(reason: str, code: int | None, words: str) -> Explanation | None:
    """The explanation of a delivery's reason; the address refused stands in the hint, where it is known."""
    word = reason.partition(":")[0]
    rows = [row for row in _ALL_ROWS if row.reason == word]
    best = next((row for row in rows if row.code == code), rows[0] if rows else None)
    if best is not None:
        return best.explanation(refused_ip(words))
    return next((receipt for receipt in RECEIPTS if receipt.reason == word), None)


def refused_field(words: str) -> str | None:
    """The template's key that 47003 names (`argument invalid! data.thing1.value invalid` → `thing1`)."""
    found = _FIELD.search(words)
    return found[1] if found else None


def refused_ip(words: str) -> str | None:
    """The address that 40164 names (`invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist`)."""
    found = _IP.search(words)
    try:
        return str(ipaddress.ip_address(found[1])) if found else None
    except ValueError:
        return None


def legible(words: str) -> str:
    """The platform's words, fit to be stored and shown: no secrets, no control characters, not too long."""
    return _ILLEGIBLE.sub("\N{REPLACEMENT CHARACTER}", _SECRET.sub(r"\1=…", words))[:WORDS_KEPT]


def _row(code: int, operation: Operation) -> Row | None:
    return _TABLE.get((code, operation)) or _TABLE.get((code, None))
