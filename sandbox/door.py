"""Where HTTP comes in: reads a call, has it decided, lets time pass, answers."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping

from aiohttp import web

from sandbox import pages, qr_calls, web_pages
from sandbox.control import Control
from sandbox.exchange import Asked
from sandbox.misbehaviour import misbehave, said
from sandbox.platform import Decision, decide
from sandbox.sealing import push_of
from sandbox.state import State
from sandbox.visits import Page, Visit
from sandbox.world import World

CONTROL = "/_sandbox"
PAGES: Mapping[str, Callable[[World, Visit], Page]] = {
    pages.DESKTOP: pages.visit,
    pages.MOBILE: pages.visit,
    web_pages.AUTHORISE: web_pages.visit,
    qr_calls.SHOW: qr_calls.show,
}


class Door:
    """The one handler of the server."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._control = Control(state)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.rel_url.raw_path
        if path == CONTROL or path.startswith(CONTROL + "/"):
            return await self._control.answer(request)
        if path in PAGES:
            return await self._page(request, path)
        decision = decide(self._state.world, await _asked(request))
        try:
            await self._let_time_pass(decision, path)
            if decision.fault is None:
                return said(decision.answer)
            return await misbehave(request, decision.fault, decision.answer)
        finally:
            decision.release()

    async def _page(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """A page of the platform's, for a browser."""
        form = None
        if request.method == "POST":
            given = await request.post()
            form = {name: tuple(str(value) for value in given.getall(name)) for name in given}
        query, referrer = request.query, request.headers.get("Referer", "")
        page = PAGES[path](self._state.world, Visit(path, query, referrer, form, time.time()))
        if page.component is not None and page.event is not None:
            account = page.component.account
            self._state.pushes.put(account, push_of(account, page.event))
        headers = {"Location": page.location} if page.location else {}
        headers["Content-Type"] = page.content_type
        return web.Response(body=page.body, status=page.status, headers=headers)

    async def _let_time_pass(self, decision: Decision, path: str) -> None:
        latency = self._state.world.latencies.seconds(decision.appid, path)
        if decision.answer.event is not None:
            await self._push(decision, latency)
        if latency:
            await asyncio.sleep(latency)

    async def _push(self, decision: Decision, latency: float) -> None:
        """Has the event pushed after the answer; under ``push_before_answer`` waits until it has arrived."""
        event, pushes = decision.answer.event, self._state.pushes
        if decision.account is None or event is None or decision.behaviour == "no_push":
            return
        account = self._state.world.listening(decision.account)
        if not account.callback:
            return
        push = push_of(account, event)
        if decision.behaviour == "push_before_answer":
            await asyncio.shield(pushes.put(account, push, 0.0))
            return
        for _ in range(2 if decision.behaviour == "push_twice" else 1):
            pushes.put(account, push, latency + pushes.pace.delay_ms / 1000)


async def _asked(request: web.BaseRequest) -> Asked:
    """The call as a value. Path and IP recur in every remembered call: each is kept once."""
    return Asked(
        request.method,
        sys.intern(request.rel_url.raw_path),
        request.query,
        await request.read(),
        sys.intern(request.remote or ""),
        time.time(),
    )
