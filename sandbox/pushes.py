"""Delivering event pushes to the accounts' callbacks, in the background.

A push that is not answered within five seconds with 200 and ``success``, nothing, or a message to who has written
is tried again, three times in all, as the platform does.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from asyncio import Future
from dataclasses import asdict, dataclass

import aiohttp
from yarl import URL

from sandbox.accounts import Account
from sandbox.replies import Reply, reply_in
from sandbox.sealing import Push, sealed, signed_query

WORKERS = 16
ATTEMPTS = 3
MOST_PENDING = 200_000
ANSWER_BYTES = 16 * 1024
HANDLED = (b"", b"success")


@dataclass(slots=True, kw_only=True)
class Pace:
    """Milliseconds: from the answer to the push, between two attempts, and for one attempt at most."""

    delay_ms: float = 20.0
    retry_delay_ms: float = 500.0
    timeout_ms: float = 5000.0


@dataclass(slots=True, kw_only=True)
class Counts:
    """``sent`` counts pushes tried at least once, ``attempts`` every try; ``dropped`` never got a place."""

    sent: int = 0
    attempts: int = 0
    acknowledged: int = 0
    failed: int = 0
    pending: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the last attempt of a push ended; ``http_status`` is 0 where there was no answer.

    ``reply`` is the message that the answer carries, opened; None where there is none.
    """

    acknowledged: bool
    attempts: int
    http_status: int
    answer: str
    reply: Reply | None = None


@dataclass(slots=True, kw_only=True)
class Job:
    """One push on its way."""

    account: Account
    push: Push
    done: Future[Outcome | None]
    counts: Counts
    attempts: int = 0


class Pushes:
    """The queue and its workers. Everything here happens on one event loop."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.counts = Counts()
        self.last_failure = ""
        self._due: asyncio.Queue[Job] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=WORKERS * 2)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        self._workers = [asyncio.create_task(self._work()) for _ in range(WORKERS)]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def reset(self, pace: Pace) -> None:
        """Forgets the counts and every push still waiting."""
        self.pace, self.counts, self.last_failure = pace, Counts(), ""

    def put(self, account: Account, push: Push, delay: float | None = None) -> Future[Outcome | None]:
        """Takes a push that is due after ``delay`` seconds. The future tells how it ended.

        None is told where nothing is sent: the account has no callback, the queue is full, or the sandbox
        was reset meanwhile.
        """
        loop = asyncio.get_running_loop()
        done: Future[Outcome | None] = loop.create_future()
        if not account.callback:
            done.set_result(None)
        elif self.counts.pending >= MOST_PENDING:
            self.counts.dropped += 1
            done.set_result(None)
        else:
            self.counts.pending += 1
            job = Job(account=account, push=push, done=done, counts=self.counts)
            self._schedule(job, self.pace.delay_ms / 1000 if delay is None else delay)
        return done

    async def check(self, account: Account, echo: str) -> Outcome:
        """Asks the callback to prove itself: it must answer ``echostr`` verbatim."""
        query = signed_query(account, str(int(time.time())), str(secrets.randbelow(10**9)))
        status, answer = await self._call("GET", account, {**query, "echostr": echo}, b"")
        return Outcome(
            acknowledged=status == 200 and answer == echo.encode(),
            attempts=1,
            http_status=status,
            answer=answer.decode("utf-8", "replace"),
        )

    def shown(self) -> dict[str, object]:
        return {**asdict(self.counts), **asdict(self.pace), "last_failure": self.last_failure or None}

    def _schedule(self, job: Job, delay: float) -> None:
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._due.put_nowait, job)
        else:
            self._due.put_nowait(job)

    async def _work(self) -> None:
        while True:
            job = await self._due.get()
            if job.counts is self.counts:
                await self._attempt(job)
            else:
                self._finish(job, None)

    async def _attempt(self, job: Job) -> None:
        job.attempts += 1
        job.counts.attempts += 1
        job.counts.sent += job.attempts == 1
        moment, nonce = str(int(time.time())), str(secrets.randbelow(10**9))
        query, body = sealed(job.account, job.push, moment, nonce)
        status, answer = await self._call("POST", job.account, query, body)
        words = answer.decode("utf-8", "replace")
        plain = answer.strip() in HANDLED
        reply = reply_in(job.account, job.push, words) if status == 200 and not plain else None
        handled = status == 200 and (plain or reply is not None)
        if not handled and job.attempts < ATTEMPTS:
            self._schedule(job, self.pace.retry_delay_ms / 1000)
            return
        outcome = Outcome(
            acknowledged=handled, attempts=job.attempts, http_status=status, answer=words, reply=reply
        )
        self._finish(job, outcome)

    def _finish(self, job: Job, outcome: Outcome | None) -> None:
        job.counts.pending -= 1
        if outcome is not None and outcome.acknowledged:
            job.counts.acknowledged += 1
        elif outcome is not None:
            job.counts.failed += 1
            self.last_failure = f"{job.account.callback}: {outcome.http_status} {outcome.answer[:200]}"
        if not job.done.done():
            job.done.set_result(outcome)

    async def _call(self, method: str, account: Account, query: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """One HTTP call: its status and the beginning of its answer, or 0 and what went wrong."""
        if self._session is None:
            raise RuntimeError("the pushes were not started: call start() first")
        try:
            async with self._session.request(
                method,
                URL(account.callback).update_query(query),
                data=body or None,
                headers={"Content-Type": "text/xml"},
                timeout=aiohttp.ClientTimeout(total=self.pace.timeout_ms / 1000),
                allow_redirects=False,
            ) as response:
                return response.status, await _beginning(response)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return 0, (str(error) or type(error).__name__).encode()


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    answer = b""
    async for chunk in response.content.iter_chunked(ANSWER_BYTES):
        answer += chunk
        if len(answer) >= ANSWER_BYTES:
            break
    return answer[:ANSWER_BYTES]
