"""An outcome as a short line of JSON, for the flight recorder, and back."""

from __future__ import annotations

import json

from ums.domain.outcome import (
    ACCEPTED,
    DEFECT,
    Accepted,
    AddressFault,
    BadAddress,
    BadChannel,
    BadContent,
    Fault,
    Resumption,
    SendError,
    Throttled,
    Transient,
    Uncertain,
    kind,
)

_TAKEN = b'{"kind":"%b","id":"%%b"}' % ACCEPTED.encode()
WORDS = 120
"""Characters of the provider's words that are kept: at four bytes each they still fit a slot."""


class RecordedDefect(Exception):
    """A defect of ours, read back from the recorder."""


def to_text(outcome: Accepted | Exception, room: int) -> bytes:
    """The outcome in at most `room` bytes."""
    if isinstance(outcome, Accepted) and (outcome.provider_id or "").isdecimal():
        # nearly all of them, and a tenth of the work; the same line as below
        return _TAKEN % str(outcome.provider_id).encode()
    word = kind(outcome)
    if isinstance(outcome, Accepted):
        record: dict[str, object] = {"kind": word, "id": outcome.provider_id}
    elif isinstance(outcome, SendError):
        record = {
            "kind": word,
            "reason": outcome.reason[:WORDS],
            "code": outcome.provider_code,
            "words": outcome.provider_message[:WORDS],
            "more": _more(outcome),
        }
    else:
        record = {"kind": word, "reason": type(outcome).__name__}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    return text if len(text) <= room else json.dumps({**record, "words": ""}).encode()[:room]


def _more(error: SendError) -> str | float | None:
    """What the class of an error carries besides its reason."""
    if isinstance(error, Transient):
        return error.after
    if isinstance(error, Throttled):
        return error.until.value
    if isinstance(error, BadChannel | BadAddress):
        return error.scope.value
    if isinstance(error, BadContent):
        return error.field and error.field[:WORDS]
    return None


def from_text(text: bytes) -> Accepted | Exception:
    """The outcome that `to_text` wrote; Uncertain where the line can't be read."""
    try:
        record = json.loads(text)
    except ValueError:
        return Uncertain("answer_lost")
    if record["kind"] == ACCEPTED:
        return Accepted(provider_id=record["id"])
    if record["kind"] == DEFECT:
        return RecordedDefect(record["reason"])
    return _error(record["kind"], record["reason"], record["code"], record["words"], record["more"])


def _error(word: str, reason: str, code: int | None, words: str, more: str | float | None) -> SendError:
    match word:
        case "transient":
            after = more if isinstance(more, int | float) else None
            return Transient(reason, after=after, provider_code=code, provider_message=words)
        case "throttled":
            return Throttled(reason, until=Resumption(str(more)), provider_code=code, provider_message=words)
        case "bad_channel":
            return BadChannel(reason, scope=Fault(str(more)), provider_code=code, provider_message=words)
        case "bad_address":
            return BadAddress(reason, scope=AddressFault(str(more)), provider_code=code, provider_message=words)
        case "bad_content":
            field = more if isinstance(more, str) else None
            return BadContent(reason, field=field, provider_code=code, provider_message=words)
    return Uncertain(reason, provider_code=code, provider_message=words)
