"""A fake channel whose provider says who people are, by codes that a test has given them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator, Mapping
from typing import Any

from tests.fakes import AuthorisedPlugin, FakeSettings
from ums.sdk.call import Call, Exchange, Json, Reply
from ums.sdk.errors import BadContent, SendError
from ums.sdk.people import HasPageTickets, HasWebLogin, Person
from ums.sdk.tokens import Token


class PeoplePlugin(AuthorisedPlugin, HasWebLogin[FakeSettings], HasPageTickets[FakeSettings]):
    """Its people come with codes: `codes` says who, or what the provider has against one; each serves once."""

    def __init__(self, key: str = "wechatoa", *, openly: bool = False) -> None:
        super().__init__(key)
        self.codes: dict[str, Person | SendError] = {}
        self.openly = openly
        self.asked: list[str] = []
        self.page_tickets = 0
        self.platforms: list[Any] = []
        self._lock = threading.Lock()

    def asks_openly(self, settings: FakeSettings) -> bool:
        return self.openly

    def login_url(
        self, settings: FakeSettings, back: str, state: str, *, openly: bool, platform: Any = None
    ) -> str:
        self.platforms.append(platform)
        return f"https://fake.example/{'ask' if openly else 'silent'}?back={back}&state={state}"

    def identify(
        self, settings: FakeSettings, code: str, *, openly: bool, platform: Any = None
    ) -> Exchange[Person]:
        return self._identified(code)

    def page_ticket(self, settings: FakeSettings) -> Exchange[Token]:
        self.page_tickets += 1
        body = yield Call("GET", f"{settings.base_url}/quota/message", token=True, repeatable=True)
        assert body.body
        return Token(value=f"page-ticket-{self.page_tickets}", lifetime=7200.0)

    def page_signature(
        self, settings: FakeSettings, ticket: str, url: str, nonce: str, at: int
    ) -> Mapping[str, Json]:
        signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={at}&url={url}"
        signature = hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        return {"appId": settings.account, "timestamp": at, "nonceStr": nonce, "signature": signature}

    def _identified(self, code: str) -> Generator[Call, Reply, Person]:
        yield from ()
        with self._lock:
            self.asked.append(code)
            answer = self.codes.pop(code, None) or BadContent("code_used")
        if isinstance(answer, SendError):
            raise answer
        return answer
