"""Handing pushes on to those who took them before: the receivers that operators name for a channel.

Of what people write the answer is waited for, by a few requests at a time. Everything else is handed on by threads
of this process, each channel by its own, so that a receiver that is slow or gone holds up nobody else, and no push.
What waits stands in memory: after five minutes the signature of a push is stale, so keeping it longer is of no use.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from ums.logs import get_logger
from ums.provider.receivers import Answer, NoAnswer, Receivers

log = get_logger(__name__)

ANSWER_SECONDS = 4.0
"""How long an answer to a person is waited for; the platform waits for five seconds."""
CALL_SECONDS = 5.0
"""How long any other call may take."""
AT_ONCE = 8
"""Calls for one channel at a time."""
MOST_WAITING = 5000
MOST_BYTES = 16 * 1024 * 1024
"""Of one channel's pushes that wait."""
TRIES = 4
PAUSES = (1.0, 5.0, 30.0)
"""Seconds for which a receiver is left alone after it has failed once, twice, and each time from then on."""
NEVER_CALLED = frozenset({"invalid_url", "address_refused"})
"""Why there is no use in calling again."""
MARK = "X-Ums-Forwarded"
"""The header by which a gateway knows a push that has been handed on, and hands it on no further."""


@dataclass(slots=True, kw_only=True)
class Forwarded:
    """A push as it came, and where it goes: a URL that holds its query."""

    channel: str
    url: str
    content_type: str
    body: bytes
    tries: int = 0


@dataclass(slots=True)
class _Line:
    """One channel's pushes that wait, and how its receiver does."""

    waiting: deque[Forwarded] = field(default_factory=deque)
    bytes: int = 0
    workers: int = 0
    failures: int = 0
    rests_until: float = 0.0
    lost: int = 0

    def has_room(self, one: Forwarded) -> bool:
        return len(self.waiting) < MOST_WAITING and self.bytes + len(one.body) <= MOST_BYTES


class Forwarder:
    """Hands pushes on. One is shared by all threads of a process; `most_asked` of them may wait for an answer."""

    def __init__(self, receivers: Receivers, *, most_asked: int) -> None:
        self._receivers = receivers
        self._places = threading.BoundedSemaphore(most_asked)
        self._changed = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._is_closed = False

    def ask(self, one: Forwarded) -> Answer | None:
        """Hand on and wait for the answer: None where none comes in time.

        Where too many wait already, or the receiver fails just now, it is handed on without waiting.
        """
        if self._rests(one.channel) or not self._places.acquire(blocking=False):
            self.tell(one)
            return None
        try:
            return self._call(one, ANSWER_SECONDS)
        except NoAnswer as fault:
            log.warning(
                "no answer to a person came", action="forward_unanswered", channel=one.channel, cause=fault.reason
            )
            return None
        finally:
            self._places.release()

    def tell(self, one: Forwarded) -> None:
        """Have it handed on; returns at once. Where too many wait already it is lost, which the log tells."""
        with self._changed:
            line = self._lines.setdefault(one.channel, _Line())
            if self._is_closed or not line.has_room(one):
                self._lose(line, one, "too many wait")
                return
            line.waiting.append(one)
            line.bytes += len(one.body)
            self._changed.notify_all()
            if line.workers < min(AT_ONCE, len(line.waiting)):
                line.workers += 1
                threading.Thread(target=self._work, args=(line,), name="ums-forwarder", daemon=True).start()

    def close(self, grace: float = 2.0) -> None:
        """Take no more, and leave behind what isn't handed on within `grace` seconds."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not any(line.workers for line in self._lines.values()), grace)
            left = sum(len(line.waiting) for line in self._lines.values())
        if left:
            log.warning("pushes were not handed on", action="forwards_left", pushes=left)

    def _work(self, line: _Line) -> None:
        while (one := self._next(line)) is not None:
            fault, is_final = self._fault(one)
            with self._changed:
                if fault:
                    self._note_failure(line, one, fault, is_final=is_final)
                else:
                    self._note_success(line, one)

    def _next(self, line: _Line) -> Forwarded | None:
        """The next push, once the receiver has rested; None when there is nothing left to do."""
        with self._changed:
            while line.waiting and not (self._is_closed and line.failures):
                rest = line.rests_until - time.monotonic()
                if rest <= 0:
                    one = line.waiting.popleft()
                    line.bytes -= len(one.body)
                    return one
                self._changed.wait(rest)
            line.workers -= 1
            self._changed.notify_all()
            return None

    def _fault(self, one: Forwarded) -> tuple[str, bool]:
        """What went wrong with handing it on, if anything, and whether there is no use in trying again."""
        try:
            status = self._call(one, CALL_SECONDS).status
        except NoAnswer as fault:
            return fault.reason, fault.reason in NEVER_CALLED
        except Exception:
            log.exception("a push could not be handed on", action="forward_failed", channel=one.channel)
            return "defect", True
        if 200 <= status < 300:
            return "", False
        return f"status {status}", status < 500 and status != 429

    def _note_failure(self, line: _Line, one: Forwarded, fault: str, *, is_final: bool) -> None:
        one.tries += 1
        now = time.monotonic()
        if not is_final and now >= line.rests_until:  # not for each of those under way at that moment
            line.rests_until = now + PAUSES[min(line.failures, len(PAUSES) - 1)]
            line.failures += 1
        if is_final or one.tries >= TRIES:
            self._lose(line, one, fault)
        else:
            line.waiting.appendleft(one)
            line.bytes += len(one.body)

    def _note_success(self, line: _Line, one: Forwarded) -> None:
        if line.lost:
            log.warning("pushes are handed on again", action="forward_resumed", channel=one.channel, lost=line.lost)
        line.lost = line.failures = 0

    def _lose(self, line: _Line, one: Forwarded, cause: str) -> None:
        line.lost += 1
        if line.lost == 1:
            log.warning("a push was not handed on", action="forward_lost", channel=one.channel, cause=cause)

    def _rests(self, channel: str) -> bool:
        with self._changed:
            line = self._lines.get(channel)
            return line is not None and line.rests_until > time.monotonic()

    def _call(self, one: Forwarded, seconds: float) -> Answer:
        headers = {"Content-Type": one.content_type, MARK: "1"}
        return self._receivers.post(one.url, headers, one.body, seconds=seconds)
