"""Providers' pushes: open to all, believed only when the plugin believes them."""

from __future__ import annotations

import json

import pytest

from tests.api.site import Site, told


def push(status: str) -> bytes:
    return json.dumps(
        {"event_id": "e1", "provider_id": "p1", "address": "fake-zhangsan", "status": status}
    ).encode()


def test_a_provider_that_checks_the_address_gets_its_own_words_back(shared_site: Site) -> None:
    answer = shared_site.http.get("/hooks/app1?signature=hook-token&echo=hello")
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "hello")
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_push_is_answered_once_it_is_stored(shared_site: Site) -> None:
    answer = shared_site.http.post("/hooks/app1?signature=hook-token", data=push("delivered"))
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")


@pytest.mark.parametrize("query", ["", "?signature=", "?signature=wrong", "?signature=hook-token%00"])
def test_a_forged_push_is_403(shared_site: Site, query: str) -> None:
    assert told(shared_site.http.post(f"/hooks/app1{query}", data=push("delivered")))[:2] == (403, 4030)
    assert told(shared_site.http.get(f"/hooks/app1{query}"))[:2] == (403, 4030)


@pytest.mark.parametrize("code", ["nothing", "%00", "x" * 500])
def test_a_channel_that_is_not_there_is_404(shared_site: Site, code: str) -> None:
    assert told(shared_site.http.post(f"/hooks/{code}?signature=hook-token"))[:2] == (404, 4040)


def test_a_push_over_64_kib_is_413_before_it_is_judged(shared_site: Site) -> None:
    answer = shared_site.http.post("/hooks/app1?signature=hook-token", data=b"x" * (64 * 1024 + 1))
    assert told(answer)[:2] == (413, 4130)
    assert told(shared_site.http.post("/hooks/app1", data=b"x" * (64 * 1024)))[:2] == (403, 4030)
