"""Every operation is brought to every status that its description tells of it.

Most statuses are provoked alike on every operation, so a new route needs nothing here. Where that doesn't do,
`CASES` has an entry of its own. A fault of ours (500) is provoked by taking away what every operation depends on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from tests.api import login_cases
from tests.api.operations import FORM, Operation, call, furnished_site, new_callback, nowhere, operations, place
from tests.api.site import Site, enlist, pair
from tests.receiver import receiving
from ums.api import context
from ums.api.form import WRAPPING
from ums.domain.bind_ticket import Purpose, Ticket
from ums.domain.commands import Json
from ums.domain.policy import Policy
from ums.services import applications, channels, operators, third_party
from ums.services.binding import results
from ums.store import channels as channel_store
from ums.store.models import ChannelRow, PlatformRow

LIMIT = 4096
"""Bytes of a body."""
STATUSES = (200, 400, 401, 403, 404, 409, 413, 415, 429, 500, 503)

Case = Callable[[Site, Operation], TestResponse]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with furnished_site(tmp_path, max_body_bytes=LIMIT) as opened:
        yield opened


def badly_asked(site: Site, operation: Operation) -> TestResponse:
    if operation.media:
        return call(site, operation, body=b"{")
    return call(site, operation, f"{place(site, operation.path)}?no_such_parameter=1")


def not_allowed(site: Site, operation: Operation) -> TestResponse:
    if operation.guard == "operator":
        token = operators.add(site.gateway, f"viewer of {operation.name}"[:64], "viewer", with_token=True).token
        return call(site, operation, headers={"Authorization": f"Bearer {token}"})
    path = place(site, operation.path)
    key, secret = site.bank
    applications.close(site.gateway, "bank")
    return site.http.open(path, method=operation.method, auth=(key, secret))


def in_conflict(site: Site, operation: Operation) -> TestResponse:
    """A name that is taken, or an idempotency key that was used for another body."""
    path = place(site, operation.path)
    headers = {"Idempotency-Key": operation.name}
    if "Idempotency-Key" in json.dumps(operation.told.get("parameters", [])):
        call(site, operation, path, headers=headers)
        body = operation.sent() + b" "
        return call(site, operation, path, body=body, headers=headers)
    body = operation.sent()
    maker = next(each for each in operations(site) if each.name == f"POST {operation.path.partition('/{')[0]}")
    assert call(site, maker, body=body).status_code == 200
    return call(site, operation, path, body=body)


def too_often(site: Site, operation: Operation) -> TestResponse:
    """A request is counted before it is asked which kind of key it comes with."""
    path = place(site, operation.path)
    made = applications.add(site.gateway, f"hasty {operation.name}", policy=Policy(rate_limit=1))
    first, second = (site.http.open(path, method=operation.method, auth=pair(made)) for _ in range(2))
    assert first.status_code != 429
    return second


def a_fault_of_ours(site: Site, operation: Operation) -> TestResponse:
    """What every operation depends upon isn't there."""
    path = place(site, operation.path)
    gateway = site.app.extensions.pop(context.EXTENSION)
    try:
        return call(site, operation, path)
    finally:
        site.app.extensions[context.EXTENSION] = gateway


def without_a_database(site: Site, operation: Operation) -> TestResponse:
    path = place(site, operation.path)
    tables = ("applications", "access_keys", "operators")
    with site.gateway.database.engine.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO gone_{table}")
    answer = call(site, operation, path)
    with site.gateway.database.engine.begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"ALTER TABLE gone_{table} RENAME TO {table}")
    return answer


def too_large(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, body=b" " * (LIMIT + (WRAPPING if operation.media == FORM else 0) + 1))


EVERYWHERE: Mapping[int, Case] = {
    200: call,
    400: badly_asked,
    401: lambda site, operation: call(site, operation, strange=True),
    403: not_allowed,
    404: lambda site, operation: call(site, operation, nowhere(site, operation.path)),
    409: in_conflict,
    413: too_large,
    415: lambda site, operation: call(site, operation, media="text/plain"),
    429: too_often,
    500: a_fault_of_ours,
    503: without_a_database,
}
"""How each status is provoked on an operation that isn't among `CASES`."""


def refused_by_the_provider(site: Site, operation: Operation) -> TestResponse:
    for code in ("app1", "oa1"):
        channels.change(site.gateway, code, {"secret": "wrong"})
    return call(site, operation)


def without_a_worker(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation)


def with_a_worker(site: Site, operation: Operation) -> TestResponse:
    enlist(site)
    return call(site, operation)


def done_before(site: Site, operation: Operation) -> TestResponse:
    path = place(site, operation.path)
    assert call(site, operation, path).status_code == 200
    return call(site, operation, path)


def of_another_application(site: Site, operation: Operation) -> TestResponse:
    body = json.dumps({"application": "bank", "url": "http://127.0.0.1:9/receipts"}).encode()
    return call(site, operation, body=body)


def of_nobody(site: Site, operation: Operation) -> TestResponse:
    body = json.dumps({"application": "nobody", "url": "http://127.0.0.1:9/receipts"}).encode()
    return call(site, operation, body=body)


def the_default_url(site: Site, operation: Operation) -> TestResponse:
    for path in ("a", "b"):
        url: Json = {"application": "shop", "url": f"http://127.0.0.1:9/{path}"}
        assert site.as_operator("POST", "/callbacks", url).status_code == 200
    first = site.as_operator("GET", "/callbacks?application=shop").get_json()["callbacks"][0]["id"]
    return call(site, operation, f"/v1/admin/callbacks/{first}")


def where_somebody_listens(site: Site, operation: Operation) -> TestResponse:
    """`verify`; and what takes a verified URL."""
    with receiving() as receiver:
        path = f"/v1/admin/callbacks/{new_callback(site, receiver.url)}"
        verified = site.as_operator("POST", f"{path.removeprefix('/v1/admin')}/verify")
        return verified if operation.path.endswith("/verify") else call(site, operation, f"{path}/replay")


def whose_name_to_be_kept_is_taken(site: Site, operation: Operation) -> TestResponse:
    path = place(site, operation.path)
    id_ = int(path.rpartition("/")[2])
    applications.add(site.gateway, f"{applications.show(site.gateway, id_).name} (removed {id_})")
    return call(site, operation, path)


def the_last_admin(site: Site, operation: Operation) -> TestResponse:
    boss = operators.by_name(site.gateway, "boss")
    return call(site, operation, f"/v1/admin/operators/{boss.id}", body=b'{"role": "viewer"}')


def whose_secrets_do_not_open(site: Site, operation: Operation) -> TestResponse:
    path = place(site, operation.path)
    with site.gateway.database.engine.begin() as connection:
        broken = update(ChannelRow).where(ChannelRow.code == path.split("/")[4])
        connection.execute(broken.values(sealed_settings=b"\0"))
    return call(site, operation, path)


def beside_a_channel_of_its_type(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, body=b'{"grants": ["shop"]}')


def by_another_account(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, body=b'{"by": "app2", "bindings": true}')


def with_a_result(site: Site, operation: Operation, userid: str = "newcomer") -> TestResponse:
    """Somebody came by the application's link, and is nobody's yet."""
    with site.gateway.database.write() as session:
        channel = channel_store.by_code(session, "oa1")
        assert channel is not None
        ticket = Ticket(purpose=Purpose.BIND, application_id=1, channel_id=channel.id, expires_at=0.0)
        text = results.give(site.gateway, session, ticket, "fake-newcomer", "")
    return call(site, operation, body=json.dumps(completing(operation, text, userid)).encode())


def completing(operation: Operation, text: str, userid: str) -> Json:
    return {"result": text, "userid": userid} if operation.path.endswith("/complete") else {"result": text}


def of_somebody_elses(site: Site, operation: Operation) -> TestResponse:
    """The same, who has become another user's in the meantime."""
    user: Json = {"userid": "owner", "set": {"wechatoa": {"oa1": ["fake-newcomer"]}}}
    assert site.post("/v1/user/opt", [user]).status_code == 200
    return with_a_result(site, operation)


def without_a_login_page(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, body=b'{"channel": "oa1"}')


def on_a_channel_of_others(site: Site, operation: Operation) -> TestResponse:
    body = {**cast("dict[str, Json]", operation.body()), "channel": "app2"}
    return call(site, operation, body=json.dumps(body).encode())


def to_a_channel_of_others(site: Site, operation: Operation) -> TestResponse:
    body = {"channel": "app2", "userid": "zhangsan", "results": {"t1": "accept"}}
    return call(site, operation, body=json.dumps(body).encode())


def of_a_user_of_the_channel(site: Site, operation: Operation) -> TestResponse:
    user: Json = {"userid": "someone", "set": {"app": {"app1": ["fake-someone"]}}}
    assert site.post("/v1/user/opt", [user]).status_code == 200
    return call(site, operation, f"{operation.path}?channel=app1&userid=someone&template=t1")


def of_a_channel_of_others(site: Site, operation: Operation) -> TestResponse:
    return call(site, operation, f"{operation.path}?channel=app2&userid=zhangsan&template=t1")


def named_by_a_message_to_come(site: Site, operation: Operation) -> TestResponse:
    path = place(site, operation.path)
    kind, _, id_ = path.removeprefix("/v1/admin/").partition("/")
    ahead: dict[str, Json] = {"send_at": int(site.clock.now()) + 60}
    changes: dict[str, dict[str, Json]] = {
        "segments": {"aud_segment": [id_], "option": ahead},
        "blacklists": {"option": {**ahead, "black_id": int(id_)}},
        "whitelists": {"option": {**ahead, "white_id": int(id_)}},
    }
    assert site.send(changes[kind]).status_code == 200
    return call(site, operation, path)


def with_a_queue(site: Site, operation: Operation) -> TestResponse:
    assert site.send().status_code == 200
    return call(site, operation, "/v1/admin/channels/app1")


def without_a_platform(site: Site, operation: Operation) -> TestResponse:
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM platforms")
    return call(site, operation)


def of_a_platform_whose_secrets_do_not_open(site: Site, operation: Operation) -> TestResponse:
    third_party.configure(site.gateway, {"name": "shop", "secret": "right"})
    with site.gateway.database.engine.begin() as connection:
        connection.execute(update(PlatformRow).values(sealed_settings=b"\0"))
    answer = call(site, operation)
    third_party.configure(site.gateway, {"name": "shop", "secret": "right"})
    return answer


CASES: Mapping[str, Case] = {
    "GET /v1/admin/platform 404": without_a_platform,
    "POST /v1/admin/platform/test 404": without_a_platform,
    "POST /v1/admin/platform/tickets 404": without_a_platform,
    "POST /v1/admin/platform/links 404": without_a_platform,
    "POST /v1/admin/platform/test 409": of_a_platform_whose_secrets_do_not_open,
    "POST /v1/admin/platform/tickets 409": of_a_platform_whose_secrets_do_not_open,
    "POST /v1/admin/platform/links 409": of_a_platform_whose_secrets_do_not_open,
    "DELETE /v1/admin/applications/{application_id} 409": whose_name_to_be_kept_is_taken,
    "PUT /v1/admin/operators/{operator_id} 409": the_last_admin,
    "DELETE /v1/admin/operators/{operator_id} 409": the_last_admin,
    "GET /v1/admin/channels/{code} 409": whose_secrets_do_not_open,
    "PUT /v1/admin/channels/{code} 409": beside_a_channel_of_its_type,
    "DELETE /v1/admin/channels/{code} 409": with_a_queue,
    "POST /v1/admin/channels/{code}/pause 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/close 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/resume 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/test 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/replace 409": by_another_account,
    "GET /v1/admin/channels/{code}/library/categories 409": whose_secrets_do_not_open,
    "GET /v1/admin/channels/{code}/library/titles 409": whose_secrets_do_not_open,
    "GET /v1/admin/channels/{code}/library/titles/{tid}/keywords 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/templates 409": whose_secrets_do_not_open,
    "DELETE /v1/admin/channels/{code}/templates/{remote_id} 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/renew-token 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/quotas/refresh 409": whose_secrets_do_not_open,
    "POST /v1/admin/channels/{code}/quotas/clear 409": whose_secrets_do_not_open,
    "DELETE /v1/admin/segments/{segment_id} 409": named_by_a_message_to_come,
    "DELETE /v1/admin/blacklists/{list_id} 409": named_by_a_message_to_come,
    "DELETE /v1/admin/whitelists/{list_id} 409": named_by_a_message_to_come,
    "POST /v1/admin/callbacks 404": of_nobody,
    "GET /v1/subscription/history 200": of_a_user_of_the_channel,
    "POST /v1/bind/ticket 404": on_a_channel_of_others,
    "POST /v1/bind/ticket 409": without_a_login_page,
    "POST /v1/bind/result 200": with_a_result,
    "POST /v1/bind/result 404": call,
    "POST /v1/bind/complete 200": with_a_result,
    "POST /v1/bind/complete 404": call,
    "POST /v1/bind/complete 409": of_somebody_elses,
    "POST /v1/bind/unbind 404": on_a_channel_of_others,
    "POST /v1/bind/jssdk 404": on_a_channel_of_others,
    "POST /v1/bind/jssdk 409": refused_by_the_provider,
    "POST /v1/subscription 404": to_a_channel_of_others,
    "GET /v1/subscription 404": of_a_channel_of_others,
    "GET /v1/subscription/history 404": of_a_channel_of_others,
    "PUT /v1/admin/callbacks/{callback_id} 409": of_another_application,
    "DELETE /v1/admin/callbacks/{callback_id} 409": the_default_url,
    "POST /v1/admin/callbacks/{callback_id}/verify 200": where_somebody_listens,
    "POST /v1/admin/callbacks/{callback_id}/verify 409": call,
    "POST /v1/admin/callbacks/{callback_id}/replay 200": where_somebody_listens,
    "POST /v1/admin/callbacks/{callback_id}/replay 409": call,
    "POST /v1/retract/{msgid} 400": done_before,
    "POST /v1/admin/approvals/{msgid}/approve 409": done_before,
    "POST /v1/admin/approvals/{msgid}/refuse 409": done_before,
    "GET /readyz 200": with_a_worker,
    "GET /readyz 503": without_a_worker,
    "GET /v1/token 409": refused_by_the_provider,
    "POST /v1/channel/{code}/template/refresh 409": refused_by_the_provider,
    **login_cases.CASES,
}
"""By method, path and status."""

WITHOUT_FAULT = {"GET /healthz"}
"""What depends on nothing that could fail."""


@pytest.mark.parametrize("status", STATUSES)
def test_every_operation_gives_this_answer_where_its_description_has_it(site: Site, status: int) -> None:
    missed: list[str] = []
    for operation in operations(site):
        if status not in operation.statuses or (status == 500 and operation.name in WITHOUT_FAULT):
            continue
        case = CASES.get(f"{operation.name} {status}", EVERYWHERE[status])
        answer = case(site, operation)
        if answer.status_code != status:
            missed.append(
                f"{operation.name} {status}: got {answer.status_code} {answer.get_data(as_text=True)[:200]}"
            )
    assert missed == [], (
        "Give CASES in tests/api/test_every_answer.py an entry for each of these that provokes the status "
        "(or, for 200, BODIES or PLACES in tests/api/operations.py a good body or path); if it can't occur, the "
        "route's decorators say too much: see ums/api/answers.py.\n" + "\n".join(missed)
    )


def test_no_other_status_is_described(site: Site) -> None:
    told: dict[int, Json] = {
        status: operation.name for operation in operations(site) for status in operation.statuses
    }
    assert {status: name for status, name in told.items() if status not in STATUSES} == {}, (
        "Add the status to STATUSES, and a way to provoke it to EVERYWHERE, in tests/api/test_every_answer.py."
    )
