"""Whatever goes wrong, on whatever path: one shape, the right status and code, a sentence that helps."""

from __future__ import annotations

import pytest

from tests.api.site import Site, told


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1", 404, 4040),
        ("GET", "/v1/nothing", 404, 4040),
        ("POST", "/v1/sent/", 404, 4040),
        ("GET", "/v1/user/zhangsan/", 404, 4040),
        ("POST", "/v1//sent", 404, 4040),
        ("POST", "/v1/Sent", 404, 4040),
        ("GET", "/healthz/", 404, 4040),
        ("GET", "/hooks/", 404, 4040),
        ("POST", "/v1/sent/%00%ff/..%2f", 404, 4040),
        ("GET", "/v1/sent", 405, 4050),
        ("OPTIONS", "/v1/sent", 405, 4050),
        ("DELETE", "/v1/user/zhangsan", 405, 4050),
        ("PUT", "/hooks/app1", 405, 4050),
        ("POST", "/readyz", 405, 4050),
        ("BREW", "/healthz", 405, 4050),
    ],
)
def test_an_unknown_path_or_method_answers_json(
    shared_site: Site, method: str, path: str, status: int, code: int
) -> None:
    answer = shared_site.http.open(path, method=method)
    assert told(answer)[:2] == (status, code)
    assert (answer.headers.get("Allow") is not None) == (status == 405)


def test_a_refused_method_says_which_are_taken(shared_site: Site) -> None:
    answer = shared_site.http.get("/v1/sent")
    assert answer.headers["Allow"] == "POST"
    assert told(answer)[2] == "GET is not answered at /v1/sent; the path takes POST."


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "say so in Content-Type"),
        ({"Content-Type": "text/plain"}, "not as 'text/plain'"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "not as 'application/x-www-form-urlencoded'"),
        ({"Content-Type": "application/json; charset=gbk"}, "not in 'gbk'"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "'gzip' is not taken"),
        ({"Content-Type": "\x01;;;=,"}, "application/json"),
    ],
)
def test_a_body_that_is_not_announced_as_json_is_415(site: Site, headers: dict[str, str], said: str) -> None:
    answer = site.http.post("/v1/sent", data=b"{}", headers=headers, auth=site.shop)
    status, code, message = told(answer)
    assert (status, code) == (415, 4150)
    assert said in message


@pytest.mark.parametrize("media", ["application/json", "application/json; charset=UTF-8", "Application/JSON"])
def test_json_may_be_announced_with_its_charset(site: Site, media: str) -> None:
    answer = site.http.post(
        "/v1/user/opt", data=b'[{"userid":"a"}]', headers={"Content-Type": media}, auth=site.shop
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/v1/sent", "/v1/user/opt", "/v1/user/delete"])
def test_a_body_over_the_limit_is_413(site: Site, path: str) -> None:
    auth = site.staff if path.endswith("delete") else site.shop
    body = b'["' + b"x" * 4096 + b'"]'
    answer = site.http.post(path, data=body, headers={"Content-Type": "application/json"}, auth=auth)
    assert told(answer) == (413, 4130, "The body is larger than 4096 bytes, which is all that is taken here.")


def test_a_body_of_just_the_limit_is_read(site: Site) -> None:
    body = b'[{"userid": "a", "set": {}}' + b" " * (4096 - 28) + b"]"
    assert len(body) == 4096
    answer = site.http.post("/v1/user/opt", data=body, headers={"Content-Type": "application/json"}, auth=site.shop)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (rb'{"option": {"sendno": "\ud800"}}', "option.sendno"),
        (rb'{"msg_app": [{"text": "a\u0000b"}]}', "msg_app.0.text"),
        (b'{"rule_id": 123456789012345678901234567890}', "rule_id"),
    ],
)
def test_a_value_that_cannot_be_kept_is_400_and_named(site: Site, body: bytes, path: str) -> None:
    answer = site.http.post("/v1/sent", data=body, headers={"Content-Type": "application/json"}, auth=site.shop)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [path]


def test_a_defect_of_ours_shows_nothing_but_the_requests_number(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE channels SET state = 'nonsense'")
    answer = site.get("/v1/channel")
    status, code, message = told(answer)
    assert (status, code) == (500, 5000)
    number = answer.headers["X-Request-Id"]
    assert number in message
    assert "ChannelState" not in answer.get_data(as_text=True)
    log = capsys.readouterr().err
    assert f"request={number}" in log
    assert "request_failed" in log
    assert "Traceback" in log
    assert "ChannelState" in log


def test_a_database_that_cannot_be_read_is_503(site: Site) -> None:
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE applications RENAME TO gone")
    answer = site.get("/v1/channel")
    assert told(answer)[:2] == (503, 5030)
    assert answer.headers["Retry-After"] == "2"


@pytest.mark.parametrize("path", ["/healthz", "/v1/channel", "/v1/nothing"])
def test_no_answer_is_kept_by_anybody_or_guessed_at(shared_site: Site, path: str) -> None:
    headers = shared_site.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
