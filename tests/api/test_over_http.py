"""The same over real connections, where bodies come in pieces and callers at the same time."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urlsplit

import pytest
import requests

from tests.api.site import Site, open_site, serving
from ums.app import create_app

LIMIT = 100_000
SECONDS = 30.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    site = open_site(tmp_path_factory.mktemp("served"), max_body_bytes=LIMIT)
    with serving(site) as address:
        yield site, address
    site.gateway.close()


def message(text: str = "Hello") -> dict[str, object]:
    return {"aud_userid": ["zhangsan"], "msg_app": [{"text": text}]}


def sent_at_once(site: Site, address: str, bodies: list[dict[str, object]], key: str) -> list[requests.Response]:
    def send(body: dict[str, object]) -> requests.Response:
        return requests.post(
            f"{address}/v1/sent", json=body, auth=site.shop, headers={"Idempotency-Key": key}, timeout=SECONDS
        )

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def messages_stored(site: Site) -> int:
    with site.gateway.database.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one())


def test_fifty_sends_at_once_with_one_key_are_one_message(served: tuple[Site, str]) -> None:
    site, address = served
    before = messages_stored(site)
    answers = sent_at_once(site, address, [message()] * 50, "one of fifty")
    assert {answer.status_code for answer in answers} <= {200, 409}
    answers = [*sent_at_once(site, address, [message()], "one of fifty"), *answers]
    assert len({answer.json()["msgid"] for answer in answers if answer.ok}) == 1
    assert messages_stored(site) == before + 1


@pytest.mark.parametrize(("path", "body"), [("/v1/sent", message()), ("/v1/sent/batch", [message()])])
def test_a_repeat_while_the_first_is_worked_on_is_told_when_to_come_back(
    served: tuple[Site, str], path: str, body: object
) -> None:
    site, address = served

    def send() -> requests.Response:
        headers = {"Idempotency-Key": f"twice {path}"}
        return requests.post(f"{address}{path}", json=body, auth=site.shop, headers=headers, timeout=SECONDS)

    before = messages_stored(site)
    with ThreadPoolExecutor(2) as pool:
        with site.gateway.database.write() as session:
            session.connection()  # begins the transaction, which keeps the first request waiting
            both = [pool.submit(send), pool.submit(send)]
            turned_away = next(as_completed(both)).result()
        first = next(one.result() for one in both if one.result() is not turned_away)
    assert (turned_away.status_code, turned_away.json()["code"]) == (409, 4090)
    assert turned_away.headers["Retry-After"] == "1"
    assert first.status_code == 200
    assert send().json() == first.json()
    assert messages_stored(site) == before + 1


def test_of_different_bodies_under_one_key_only_the_first_is_sent(served: tuple[Site, str]) -> None:
    site, address = served
    before = messages_stored(site)
    answers = sent_at_once(site, address, [message(f"Hello {index}") for index in range(20)], "one of twenty")
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 19]
    assert {answer.json()["code"] for answer in answers} == {0, 4090}
    assert messages_stored(site) == before + 1


def test_many_at_once_lose_nothing(served: tuple[Site, str]) -> None:
    site, address = served
    before = messages_stored(site)

    def send(index: int) -> str:
        answer = requests.post(f"{address}/v1/sent", json=message(f"{index}"), auth=site.shop, timeout=SECONDS)
        return str(answer.json()["msgid"])

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(send, range(100)))) == 100
    assert messages_stored(site) == before + 100


def in_chunks(served: tuple[Site, str], path: str, chunks: list[bytes]) -> tuple[int, dict[str, object]]:
    site, address = served
    answer = requests.post(
        f"{address}{path}",
        data=iter(chunks),
        headers={"Content-Type": "application/json"},
        auth=site.shop,
        timeout=SECONDS,
    )
    return answer.status_code, answer.json()


def test_a_body_in_chunks_is_read_like_any_other(served: tuple[Site, str]) -> None:
    text = json.dumps([{"userid": "in-chunks"}]).encode()
    status, body = in_chunks(served, "/v1/user/opt", [text[:5], text[5:]])
    assert (status, body["code"]) == (200, 0)


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 200_000])
def test_a_body_in_chunks_that_is_too_large_is_413(served: tuple[Site, str], size: int) -> None:
    piece = 10_000
    status, body = in_chunks(served, "/v1/sent", [b" " * piece] * (size // piece) + [b" " * (size % piece)])
    assert (status, body["code"]) == (413, 4130)


@pytest.mark.parametrize("size", [LIMIT + 1, 2**40])
def test_a_body_announced_as_too_large_is_413_before_it_is_sent(served: tuple[Site, str], size: int) -> None:
    site, address = served
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    connection.putrequest("POST", "/v1/sent")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(size))
    connection.putheader("Authorization", f"Basic {base64.b64encode(':'.join(site.shop).encode()).decode()}")
    connection.endheaders()
    if size == LIMIT + 1:
        connection.send(b" " * size)
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (413, 4130)
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, 4040), ("GET", "/v1/sent", 405, 4050), ("POST", "/v1/sent", 401, 4005)],
)
def test_errors_have_one_shape_over_the_wire_too(
    served: tuple[Site, str], method: str, path: str, status: int, code: int
) -> None:
    answer = requests.request(method, served[1] + path, timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/json"


def test_a_second_web_process_knows_the_keys_of_the_first(served: tuple[Site, str]) -> None:
    site, address = served
    first = sent_at_once(site, address, [message()], "shared")[0]
    second = create_app(site.gateway.settings, site.gateway.registry, site.clock)
    headers = {"Content-Type": "application/json", "Idempotency-Key": "shared"}
    answer = second.test_client().post("/v1/sent", data=first.request.body, headers=headers, auth=site.shop)
    second.extensions["ums"].close()
    assert answer.get_json() == first.json()
