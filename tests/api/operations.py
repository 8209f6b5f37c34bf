"""Every operation of the API as its description tells it, and calls of it, good ones and bad ones."""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.test import TestResponse

from tests.api.site import UNLIMITED, Site, open_site
from tests.described import described
from tests.factories import set_policy
from tests.fake_logins import sealed_by
from tests.fake_people import PeoplePlugin
from tests.fakes import FakeProvider
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.sdk.templates import NewTemplate
from ums.services import applications, channels, template_library, third_party

Headers = dict[str, str]

_numbers = itertools.count(1)

ACCOUNT: Json = {"account": "new", "secret": "right", "base_url": "http://127.0.0.1:9", "hook_token": "hook-token"}

BODIES: Mapping[str, Json] = {
    "POST /v1/user/opt": [{"userid": "wangwu", "set": {"app": {"app1": ["fake-wangwu"]}}}],
    "POST /v1/user/delete": ["zhangsan"],
    "POST /v1/sent": {"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}]},
    "POST /v1/sent/batch": [{"aud_userid": ["zhangsan"], "msg_app": [{"text": "Hello"}]}],
    "POST /v1/subscription": {"channel": "app1", "openid": "fake-zhangsan", "results": {"t1": "accept"}},
    "POST /v1/bind/{type}/{code}/login": {"code": "fake-wangwu/1", "userid": "wangwu"},
    "POST /v1/bind/{type}/{code}/decrypt": {"code": "fake-wangwu/2", **sealed_by("fake-wangwu")},
    "POST /v1/bind/qr": {"channel": "app1", "userid": "zhangsan"},
    "POST /v1/bind/ticket": {"channel": "oa1", "userid": "zhangsan"},
    "POST /v1/bind/unbind": {"channel": "oa1", "userid": "zhangsan"},
    "POST /v1/bind/jssdk": {"channel": "oa1", "url": "https://shop.example/page"},
    "POST /v1/broadcast": {"msg_app": [{"text": "Hello"}]},
    "POST /v1/lint": {"msg_app": [{"text": "Hello"}]},
    "POST /v1/template/sent": {"aud_userid": ["zhangsan"], "template_id": 1001},
    "POST /v1/template/broadcast": {"template_id": 1001},
    "PUT /v1/admin/applications/{application_id}": {"name": "Shop"},
    "POST /v1/admin/channels": {"channel": "new", "type": "app", "settings": ACCOUNT},
    "PUT /v1/admin/channels/{code}": {"name": "Parcels"},
    "POST /v1/admin/channels/{code}/replace": {"by": "app2"},
    "POST /v1/admin/channels/{code}/templates": {"tid": "parcel", "keywords": ["number"]},
    "PUT /v1/admin/channels/{code}/quotas/{endpoint}": {"daily_limit": 1000},
    "POST /v1/admin/channels/{code}/quotas/clear": {"endpoint": "message", "force": True},
    "POST /v1/admin/templates": {"name": "Hello", "variables": [], "channels": {"app": {"text": "Hello"}}},
    "POST /v1/admin/callbacks": {"application": "bank", "url": "http://127.0.0.1:9/receipts"},
    "PUT /v1/admin/callbacks/{callback_id}": {"url": "http://127.0.0.1:9/receipts"},
    "POST /v1/admin/callbacks/{callback_id}/replay": {"since": 0},
    "PUT /v1/admin/platform": {"settings": {"name": "shop", "secret": "right"}},
    "POST /v1/admin/platform/links": {"channel": "scanned1", "type": "wechatoa", "grants": []},
    "POST /v1/admin/words": {"word": "lottery"},
    "POST /v1/admin/segments": {"name": "VIPs", "filter": {"tag": ["vip"]}},
}
"""Good bodies for the tests' site, where the example of the description doesn't fit it."""


def _somebody(site: Site) -> str:
    userid = f"user{next(_numbers)}"
    site.post("/v1/user/opt", [{"userid": userid, "set": {"email": {"all": "fake-address"}}}])
    return userid


def new_callback(site: Site, url: str = "http://127.0.0.1:9/receipts") -> str:
    """The id of a callback URL of an application that has no other."""
    name = f"application {next(_numbers)}"
    applications.add(site.gateway, name)
    made = site.as_operator("POST", "/callbacks", {"application": name, "url": url})
    return str(made.get_json()["id"])


def new_channel(site: Site) -> str:
    """The code of a channel at the site's provider, which nobody sends on."""
    code = f"new{next(_numbers)}"
    url = channels.show(site.gateway, "app1").settings["base_url"]
    channels.add(site.gateway, code, "app", {"account": code, "secret": "right", "base_url": str(url)})
    return code


def _sent(site: Site) -> str:
    answer = site.send().get_json()
    assert "msgid" in answer, answer
    return str(answer["msgid"])


def _to_be_approved(site: Site) -> str:
    set_policy(site.gateway, Policy(needs_approval=True))
    msgid = site.send({"option": {"owner": "zhangsan"}}).get_json()["msgid"]
    set_policy(site.gateway, UNLIMITED)
    return str(msgid)


def _listed(site: Site) -> str:
    """The id of a template that the newest channel lists."""
    made = [view.code for view in channels.list_for(site.gateway, None).items if view.code.startswith("new")]
    code = max(made, key=lambda code: int(code.removeprefix("new") or 0))
    added = template_library.add(site.gateway, code, NewTemplate(kind="", tid="parcel", keywords=(), scene=""))
    return added.template_id


PLACES: Mapping[str, Callable[[Site], str]] = {
    "type": lambda _: "app",
    "userid": _somebody,
    "code": lambda _: "app1",
    "msgid": _sent,
    "/v1/admin/approvals/{msgid}": _to_be_approved,
    "/v1/admin/callbacks/{callback_id}": new_callback,
    "/v1/admin/channels/{code}": new_channel,
    "tid": lambda _: "parcel",
    "endpoint": lambda _: "message",
    "remote_id": _listed,
}
"""What is there for a name in a path, or for the path up to that name.

An id of something that `POST` to the path before it makes needs no entry.
"""

QUERIES: Mapping[str, str] = {
    "GET /v1/token": "?type=wechatoa",
    "GET /v1/subscription": "?channel=app1",
}
"""Good queries, where there is no good call without one."""
FORM = "multipart/form-data"
MEDIA = {FORM: f"{FORM}; boundary=x"}
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="type"\r\n\r\nattachment\r\n'
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHello\r\n--x--\r\n'
)
NAMES: Mapping[str, str] = {"name": " ", "word": " ", "channel": ""}
"""Members that stand once among all things of a kind, and what may stand between a word of them and a number."""


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
        return "".join(self._way)

    @property
    def callers(self) -> list[Json]:
        """Which roles of operators, or kinds of keys, may call; empty where all of them may."""
        return [caller for callers in self._way.values() if isinstance(callers, list) for caller in callers]

    @property
    def _way(self) -> dict[str, Json]:
        security = self.told["security"]
        assert isinstance(security, list)
        return {name: callers for way in security if isinstance(way, dict) for name, callers in way.items()}

    @property
    def media(self) -> str:
        """What its body is sent as; empty for an operation without one."""
        body = self.told.get("requestBody")
        content = body["content"] if isinstance(body, dict) else {}
        assert isinstance(content, dict)
        return next(iter(content), "")

    @property
    def needs_body(self) -> bool:
        body = self.told.get("requestBody")
        return isinstance(body, dict) and body.get("required") is True

    def body_schema(self, site: Site) -> dict[str, Json]:
        """What its body must be."""
        body = described(site.app).resolved(self.told["requestBody"])["content"]
        assert isinstance(body, dict)
        content = body[self.media]
        assert isinstance(content, dict)
        return described(site.app).resolved(content["schema"])

    def body(self) -> Json:
        """A good body, under a name that nothing has yet."""
        maker = f"POST {self.path.rpartition('/')[0]}" if self.method == "PUT" else self.name
        found = BODIES.get(self.name) or BODIES.get(maker) or self._example()
        new = (
            {name: f"{found[name]}{gap}{next(_numbers)}" for name, gap in NAMES.items() if name in found}
            if isinstance(found, dict) and self.guard == "operator"
            else {}
        )
        return {**found, **new} if isinstance(found, dict) else found

    def sent(self) -> bytes:
        """A good body as it is sent."""
        return FILE if self.media == FORM else json.dumps(self.body()).encode()

    def _example(self) -> Json:
        body = self.told.get("requestBody")
        assert isinstance(body, dict)
        content = body["content"]
        assert isinstance(content, dict)
        one = content[self.media]
        assert isinstance(one, dict)
        return one.get("example")


@contextmanager
def furnished_site(home: Path, *, max_body_bytes: int = 2**23) -> Iterator[Site]:
    """A site with a provider, its platform, a worker, a message template 1001, and a channel that gives tokens."""
    with FakeProvider() as provider:
        site = open_site(
            home,
            provider_url=provider.url,
            max_body_bytes=max_body_bytes,
            max_material_bytes=max_body_bytes,
            plugins=[PeoplePlugin("wechatoa")],
        )
        given = {"account": "oa1", "secret": "right", "base_url": provider.url}
        channels.add(site.gateway, "oa1", "wechatoa", given, ["shop"])
        template: Json = {"id": 1001, "name": "Greeting", "channels": {"email": {"text": "Hello"}}}
        assert site.as_operator("POST", "/templates", template).status_code == 200
        third_party.configure(site.gateway, {"name": "shop", "secret": "right"})
        yield site
        site.gateway.close()


def operations(site: Site) -> list[Operation]:
    """All of them."""
    found = described(site.app).operations()
    return [Operation(method=method, path=path, told=told) for method, path, told in found]


def credentials_of(site: Site, operation: Operation) -> Headers:
    """The right credentials, if it asks for any."""
    if operation.guard == "operator":
        return {"Authorization": f"Bearer {site.admin}"}
    if operation.guard == "credentials":
        pair = site.staff if operation.callers == ["AccessKey"] else site.shop
        return {"Authorization": f"Basic {b64encode(':'.join(pair).encode()).decode()}"}
    return {}


def place(site: Site, path: str) -> str:
    """The path with everything that it names there."""
    while "{" in path:
        before, _, rest = path.partition("{")
        name, _, after = rest.partition("}")
        finder = PLACES.get(f"{before}{{{name}}}") or PLACES.get(name)
        path = before + (finder(site) if finder is not None else _made(site, before, name)) + after
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
    good = operation.sent() if body is None and operation.media else body
    type_ = media or MEDIA.get(operation.media, operation.media)
    return site.http.open(
        path or f"{place(site, operation.path)}{QUERIES.get(operation.name, '')}",
        method=operation.method,
        data=good,
        content_type=(type_ or None) if good is not None else None,
        headers={**({} if strange else credentials_of(site, operation)), **(headers or {})},
    )


def _made(site: Site, before: str, name: str) -> str:
    """The id of something new of the list at `before`."""
    maker = next((each for each in operations(site) if each.name == f"POST {before.rstrip('/')}"), None)
    assert maker is not None, f"nothing makes a {name}: add it to PLACES in tests/api/operations.py"
    answer = call(site, maker)
    assert answer.status_code == 200, (maker.name, answer.get_json(), "add a good body to BODIES of this module")
    return str(answer.get_json()["id"])
