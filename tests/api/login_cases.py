"""What provokes the answers of logins inside an app, for `test_every_answer`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from werkzeug.test import TestResponse

from tests.api.operations import Operation, call, new_channel, nowhere, place
from tests.api.site import Site
from ums.domain.commands import Json
from ums.services import channels


def session_of(site: Site, address: str = "fake-zhangsan", code: str = "app1") -> str:
    """The session of a page that an address looks at, which shows no credentials."""
    answer = site.http.post(f"/v1/bind/app/{code}/login", json={"code": f"{address}/1"})
    assert answer.status_code == 200, answer.get_json()
    return str(answer.get_json()["session"])


def _with_a_wrong_secret(site: Site, operation: Operation) -> TestResponse:
    return site.http.post(place(site, operation.path), auth=(site.shop[0], "wrong"))


def _of_somebody_else(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, body=b'{"code": "fake-zhangsan/1", "userid": "lisi"}')


def _on_a_closed_channel(site: Site, operation: Operation) -> TestResponse:
    code = new_channel(site)
    channels.close(site.gateway, code)
    return call(site, operation, operation.path.format(type="app", code=code), strange=True)


def _of_a_phone(site: Site, operation: Operation, path: str, switch: str = "on") -> TestResponse:
    code = new_channel(site)
    channels.change(site.gateway, code, {"phone_numbers": switch})
    userid = _bound(site, code)
    body = {"session": session_of(site, f"fake-{userid}", code), "code": "fake-phone/2"}
    return call(site, operation, path.format(type="app", code=code), body=json.dumps(body).encode(), strange=True)


def _bound(site: Site, code: str) -> str:
    user: Json = {"userid": code, "set": {"app": {code: [f"fake-{code}"]}}}
    assert site.post("/v1/user/opt", [user], auth=site.staff).get_json()["data"]["fail"] == []
    return code


def _on_a_channel_that_is_closed(site: Site, operation: Operation) -> TestResponse:
    channels.close(site.gateway, "app1")
    answer = call(site, operation)
    channels.resume(site.gateway, "app1")
    return answer


PATH = "POST /v1/bind/{type}/{code}"
CASES: Mapping[str, Callable[[Site, Operation], TestResponse]] = {
    "POST /v1/subscription 401": _with_a_wrong_secret,
    "POST /v1/bind/qr 404": lambda site, operation: call(
        site, operation, body=b'{"userid": "zhangsan", "channel": "app2"}'
    ),
    "POST /v1/bind/qr 409": _on_a_channel_that_is_closed,
    f"{PATH}/login 401": _with_a_wrong_secret,
    f"{PATH}/decrypt 401": _with_a_wrong_secret,
    f"{PATH}/phone 401": _with_a_wrong_secret,
    f"{PATH}/login 409": _of_somebody_else,
    f"{PATH}/decrypt 409": _on_a_closed_channel,
    f"{PATH}/phone 200": lambda site, operation: _of_a_phone(site, operation, operation.path),
    f"{PATH}/phone 404": lambda site, operation: _of_a_phone(site, operation, nowhere(site, operation.path)),
    f"{PATH}/phone 409": lambda site, operation: _of_a_phone(site, operation, operation.path, switch="off"),
}
