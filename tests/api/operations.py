"""Every operation of the API as its description tells it, and calls of it, good ones and bad ones."""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.test import TestResponse

from tests.api.site import Site
from tests.described import described
from ums.domain.commands import Json

Headers = dict[str, str]

_numbers = itertools.count(1)

BODIES: Mapping[str, Json] = {
    "POST /v1/user/opt": [{"userid": "wangwu", "set": {"app": {"app1": ["fake-wangwu"]}}}],
    "POST /v1/user/delete": ["zhangsan"],
    "POST /v1/sent": {"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}]},
    "POST /v1/sent/batch": [{"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}]}],
    "POST /v1/broadcast": {"msg_app": [{"text": "Hello"}]},
}
"""Good bodies for the tests' site, where the example of the description doesn't fit it."""


def _somebody(site: Site) -> str:
    userid = f"user{next(_numbers)}"
    site.post("/v1/user/opt", [{"userid": userid, "set": {"email": {"all": "fake-address"}}}])
    return userid


PLACES: Mapping[str, Callable[[Site], str]] = {
    "userid": _somebody,
    "code": lambda _: "app1",
    "msgid": lambda site: str(site.send().get_json()["msgid"]),
}
"""What is there for a name in a path; an id of something that `POST` to the path before it makes needs no entry."""

STAFF = {"POST /v1/user/delete"}
"""What only the AccessKey may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the description."""

    method: str
    path: str
    told: dict[str, Json]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def statuses(self) -> list[int]:
        responses = self.told["responses"]
        assert isinstance(responses, dict)
        return sorted(map(int, responses))

    @property
    def guard(self) -> str:
        """`operator`, `credentials`, or `` where anybody may call."""
        security = self.told.get("security", [{"credentials": []}])
        assert isinstance(security, list)
        return "".join(name for way in security if isinstance(way, dict) for name in way)

    @property
    def media(self) -> str:
        """What its body is sent as; empty for an operation without one."""
        body = self.told.get("requestBody")
        content = body["content"] if isinstance(body, dict) else {}
        assert isinstance(content, dict)
        return next(iter(content), "")

    def body(self) -> Json:
        """A good body, under a name that nothing has yet."""
        found = BODIES.get(self.name, self._example())
        if isinstance(found, dict) and "name" in found:
            return {**found, "name": f"{found['name']} {next(_numbers)}"}
        return found

    def _example(self) -> Json:
        body = self.told.get("requestBody")
        assert isinstance(body, dict)
        content = body["content"]
        assert isinstance(content, dict)
        one = content[self.media]
        assert isinstance(one, dict)
        return one.get("example")


def operations(site: Site) -> list[Operation]:
    """All of them."""
    found = described(site.app).operations()
    return [Operation(method=method, path=path, told=told) for method, path, told in found]


def credentials_of(site: Site, operation: Operation) -> Headers:
    """The right credentials, if it asks for any."""
    if operation.guard == "operator":
        return {"Authorization": f"Bearer {site.admin}"}
    if operation.guard == "credentials":
        pair = site.staff if operation.name in STAFF else site.shop
        return {"Authorization": f"Basic {b64encode(':'.join(pair).encode()).decode()}"}
    return {}


def place(site: Site, path: str) -> str:
    """The path with everything that it names there."""
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        path = before + (PLACES[name](site) if name in PLACES else _made(site, before, name)) + after
    return path


def nowhere(site: Site, path: str) -> str:
    """The path with nothing there that it names last."""
    before, _, rest = path.rpartition("{")
    return place(site, before) + "999999" + rest.partition("}")[2]


def call(
    site: Site,
    operation: Operation,
    path: str | None = None,
    *,
    body: bytes | None = None,
    headers: Headers | None = None,
    strange: bool = False,
    media: str | None = None,
) -> TestResponse:
    """A good call, but for what is given; a `strange` one comes without credentials."""
    good = json.dumps(operation.body()).encode() if body is None and operation.media else body
    return site.http.open(
        path or place(site, operation.path),
        method=operation.method,
        data=good,
        content_type=(media or operation.media or None) if good is not None else None,
        headers={**({} if strange else credentials_of(site, operation)), **(headers or {})},
    )


def _made(site: Site, before: str, name: str) -> str:
    """The id of something new of the list at `before`."""
    maker = next((each for each in operations(site) if each.name == f"POST {before.rstrip('/')}"), None)
    assert maker is not None, f"nothing makes a {name}: add it to PLACES in tests/api/operations.py"
    answer = call(site, maker)
    assert answer.status_code == 200, (maker.name, answer.get_json(), "add a good body to BODIES of this module")
    return str(answer.get_json()["id"])
