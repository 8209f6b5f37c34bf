"""A phone with one browser, which walks from a link over the fake provider's page and back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api.site import Site
from tests.fake_people import PeoplePlugin
from ums.domain.commands import Json
from ums.sdk.errors import SendError
from ums.sdk.people import Person
from ums.services import users
from ums.services.binding import sessions
from ums.store import binding_changes, channels

OPENID = "fake-openid-of-zhangsan-0001"
UNION = "union-of-zhangsan-0000000001"
CODE = "code1"


@dataclass
class Town:
    """A site whose channel oa1 has a web login; mp1 is the mini program beside it."""

    site: Site
    people: PeoplePlugin

    def ticket(self, **wanted: Json) -> TestResponse:
        return self.site.post("/v1/bind/ticket", {"channel": "oa1", **wanted})

    def link(self, **wanted: Json) -> str:
        """The path of a new link."""
        answer = self.ticket(**wanted)
        assert answer.status_code == 200, answer.get_json()
        parts = urlsplit(answer.get_json()["url"])
        return f"{parts.path}?{parts.query}"

    def knows(self, code: str = CODE, openid: str = OPENID, union: str = "", *, is_virtual: bool = False) -> None:
        self.people.codes[code] = Person(address=openid, union=union, is_virtual=is_virtual)

    def fails(self, error: SendError, code: str = CODE) -> None:
        self.people.codes[code] = error

    def login(self, openid: str = "fake-mini-0001", code: str = "mp1") -> str:
        """The session of somebody who has logged in in the mini program."""
        with self.site.gateway.database.write() as session:
            channel = channels.by_code(session, code)
            assert channel is not None
            return sessions.begin(self.site.gateway, session, channel.id, openid, "session-key")

    def bound(self, userid: str) -> dict[str, str]:
        """What a user has, by channel."""
        with self.site.gateway.database.read():
            shown = users.show(self.site.gateway, None, userid)
        return {one.bind_id: one.value for one in shown.bindings}

    def upload(self, userid: str, openid: str = OPENID) -> None:
        user: Json = {"userid": userid, "set": {"wechatoa": {"oa1": [openid]}}}
        assert self.site.post("/v1/user/opt", [user]).status_code == 200

    def history(self, userid: str) -> list[tuple[str, bool, str]]:
        with self.site.gateway.database.read() as session:
            kept = binding_changes.page(session, userid, before=None, limit=100)
        return [(one.change.bind_id, one.change.bound, one.change.cause.value) for one in kept]


@dataclass
class Phone:
    """One browser, its cookies its own; `agent` is what it says of itself."""

    town: Town
    agent: str = "MicroMessenger"
    language: str = "en"
    http: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.town.site.http

    def get(self, path: str) -> TestResponse:
        return self.http.get(path, headers={"User-Agent": self.agent, "Accept-Language": self.language})

    def post(self, path: str, **form: str) -> TestResponse:
        return self.http.post(path, data=form, headers={"Accept-Language": self.language})

    def opens(self, link: str) -> str:
        """The state with which the provider's page leads back."""
        answer = self.get(link)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return state_in(answer)

    def returns(self, state: str, code: str = CODE, channel: str = "oa1") -> TestResponse:
        told = f"&code={code}" if code else ""
        return self.get(f"/bind/{channel}/callback?state={state}{told}")

    def walks(self, link: str, code: str = CODE) -> TestResponse:
        """The last answer of a whole walk."""
        back = self.returns(self.opens(link), code)
        return self.get(back.location) if back.status_code == 303 else back


def state_in(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.location or "").query)["state"][0]


def title(answer: TestResponse) -> str:
    found = re.search(r"<title>([^<]*)</title>", answer.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def link_to(answer: TestResponse, word: str) -> str:
    """Where the link with this word in its address leads."""
    found = re.search(rf'href="([^"]*{word}[^"]*)"', answer.get_data(as_text=True))
    assert found is not None, answer.get_data(as_text=True)
    return found.group(1).replace("&amp;", "&")


def fields_of(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.get_data(as_text=True)))


def result_in(answer: TestResponse) -> str:
    return parse_qs(urlsplit(answer.location or "").query)["result"][0]
