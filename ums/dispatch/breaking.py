"""Channels whose calls keep failing are called no more, but for one delivery at a time that tries them.

All sending processes share each channel's breaker, which is decided in the transaction that settles the calls. As
long as no call fails there is nothing to be written, and nothing to be read but what is read anyhow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ums.dispatch.job import Result
from ums.dispatch.repeating import TOO_LATE
from ums.dispatch.results import Results
from ums.domain import breaker
from ums.domain.breaker import Breaker, Tally
from ums.domain.outcome import SendError, Transient, Uncertain
from ums.domain.rehearsal import TEST_ENDPOINT
from ums.logs import get_logger
from ums.provider.tokens import DATABASE_BUSY
from ums.store import breakers, routes
from ums.store.db import Session
from ums.store.endpoints import EndpointState
from ums.store.outbox import Claimed
from ums.store.routes import ChannelInUse

log = get_logger(__name__)

OURS = frozenset({DATABASE_BUSY, TOO_LATE})
"""Failures that say nothing of a provider."""


class _News(NamedTuple):
    """What became of a channel's breaker; to be told once it is committed."""

    channel: ChannelInUse
    before: Breaker | None
    after: Breaker | None


class Breakers:
    """The breakers as one sending process sees them."""

    def __init__(self) -> None:
        self._troubled: set[int] = set()
        """Channels of which something was remembered when they were last looked at."""
        self._tried: set[int] = set()
        """Those that are tried by something claimed in this transaction."""
        self._news: list[_News] = []

    def notice(self, endpoints: Iterable[EndpointState]) -> None:
        """Note which channels have failed of late, by any process's account."""
        self._troubled.update(one.channel_id for one in endpoints if one.troubled)

    def settle(self, session: Session, results: Results, now: float) -> None:
        """Count what became of the calls where any failed, or some did of late; begins each transaction."""
        self._news.clear()
        self._tried.clear()
        concerned = self._troubled | {
            one.result.claimed.channel_id for one in results.others if _may_have_failed(one.result)
        }
        if not concerned:
            return
        of_channels: defaultdict[int, list[Result]] = defaultdict(list)
        for one in results.each:
            claimed = one.claimed
            if claimed.channel_id in concerned and claimed.endpoint != TEST_ENDPOINT:
                of_channels[claimed.channel_id].append(one)
        for channel_id, of_channel in of_channels.items():
            self._settle(session, channel_id, of_channel, now)

    def _settle(self, session: Session, channel_id: int, results: Sequence[Result], now: float) -> None:
        before = breakers.of_channel(session, channel_id)
        channel = routes.channel_in_use(session, channel_id)
        # what was refused by other settings says nothing of these
        valid = [one for one in results if one.channel_version in {0, channel.version}]
        if before is None or before.opened_at is None:
            after = breaker.noted(before, _tally(valid), now)
        else:
            probe = next((one for one in results if one.claimed.id == before.probe_id), None)
            if probe is None:
                return
            has_failed = _failed(probe)
            after = breaker.tried(before, has_failed, _reason(probe), now)
            if has_failed and after is not None and after.probe_at is not None:
                breakers.uncounted(session, probe.claimed.id, after.probe_at)
        if after is not None or before is not None:
            breakers.keep(session, channel_id, after)
            self._news.append(_News(channel, before, after))

    def allowed(self, endpoint: EndpointState, calls: int) -> int:
        """How many of `calls` may be made: one, where the channel is only tried, and not while that one is made."""
        if not endpoint.broken:
            return calls
        return 0 if endpoint.channel_id in self._tried else min(calls, 1)

    def claimed(self, session: Session, endpoint: EndpointState, taken: Sequence[Claimed], now: float) -> None:
        """Note that a channel is tried by what was just taken."""
        if not endpoint.broken or not taken:
            return
        self._tried.add(endpoint.channel_id)
        before = breakers.of_channel(session, endpoint.channel_id)
        if before is not None:
            after = breaker.trying(before, taken[0].id, now)
            breakers.keep(session, endpoint.channel_id, after)
            self._news.append(_News(routes.channel_in_use(session, endpoint.channel_id), before, after))

    def tell(self) -> None:
        """Say what has become of breakers, now that it is committed."""
        for channel, before, after in self._news:
            if after is None:
                self._troubled.discard(channel.id)
            else:
                self._troubled.add(channel.id)
            _tell(channel.code, before, after)
        self._news.clear()


def _tell(code: str, before: Breaker | None, after: Breaker | None) -> None:
    was_open = before is not None and before.opened_at is not None
    is_open = after is not None and after.opened_at is not None
    if is_open and not was_open and after is not None:
        log.error(
            "a channel's calls keep failing: from now on single ones try it",
            action="breaker_opened",
            channel=code,
            reason=after.reason,
        )
    elif was_open and not is_open:
        log.info("a channel's calls are answered again", action="breaker_closed", channel=code)
    elif is_open and after is not None and after.probe_id is not None and not after.probes:
        log.info("a channel whose calls failed is tried", action="breaker_half_open", channel=code)


def _may_have_failed(result: Result) -> bool:
    return isinstance(result.outcome, Transient | Uncertain) and bool(_failed(result))


def _failed(result: Result) -> bool | None:
    if _reason(result) in OURS:
        return None
    return breaker.failed(result.outcome, called=result.called_at is not None)


def _reason(result: Result) -> str:
    return result.outcome.reason if isinstance(result.outcome, SendError) else ""


def _tally(results: Sequence[Result]) -> Tally:
    found = [(has_failed, _reason(one)) for one in results if (has_failed := _failed(one)) is not None]
    reasons = [reason for has_failed, reason in found if has_failed]
    return Tally(calls=len(found), failed=len(reasons), reason=reasons[-1] if reasons else "")
