"""What the suite finds where an answer and the description disagree."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests import described
from tests.api.site import Site, open_site, serving
from tests.described import Answer, Description, Document
from ums.api import description

CHANNELS: Document = {"code": 0, "channels": [], "next": None}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    opened = open_site(tmp_path_factory.mktemp("site"))
    yield opened
    opened.gateway.close()


def told(site: Site, body: Document, *, status: int = 200, path: str | None = "/v1/channel", **changes: str) -> str:
    """What is found wrong with such an answer to GET at `path`."""
    headers = {"X-Request-Id": "1", "Retry-After": changes.pop("retry_after", "1")}
    answer = Answer(
        status=status,
        headers={name: text for name, text in headers.items() if name != changes.get("without")},
        media=changes.get("media", "application/json"),
        text=json.dumps(body),
    )
    return "; ".join(Description(description.document(site.app)).faults("GET", path, answer))


def test_a_good_answer_has_no_faults(site: Site) -> None:
    assert told(site, CHANNELS) == ""
    assert told(site, {**CHANNELS, "next": "abc"}) == ""
    assert told(site, {"code": 4040, "message": "There is nothing."}, status=404, path=None) == ""


def test_members_that_are_missing_new_or_of_another_type_are_found(site: Site) -> None:
    assert "'next' is a required property" in told(site, {"code": 0, "channels": []})
    assert "'more' was unexpected" in told(site, {**CHANNELS, "more": 1})
    assert "$.next: 1 is not of type 'string', 'null'" in told(site, {**CHANNELS, "next": 1})
    assert "$.code: 0 was expected" in told(site, {**CHANNELS, "code": 1})
    assert "$.channels[0]" in told(site, {**CHANNELS, "channels": [{"channel": "app1"}]})


def test_statuses_headers_and_types_are_compared_too(site: Site) -> None:
    refusal: Document = {"code": 5030, "message": "Later."}
    assert "418 is not described" in told(site, CHANNELS, status=418)
    assert "409 is not described" in told(site, refusal, status=409)
    assert "500 is not described" in told(site, refusal, status=500, path=None)
    assert told(site, refusal, status=503) == ""
    assert "Retry-After is 'soon'" in told(site, refusal, status=503, retry_after="soon")
    assert "X-Request-Id is missing" in told(site, CHANNELS, without="X-Request-Id")
    assert "it is text/html" in told(site, CHANNELS, media="text/html")


def test_an_answer_that_isnt_as_described_is_noted_whoever_asks(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.get("/v1/channel").status_code == 200
    assert described.faults == []
    monkeypatch.setitem(site.app.view_functions, "channels.list_", lambda: {"code": 0, "channels": []})
    assert site.get("/v1/channel").status_code == 200
    with serving(site) as address:
        assert requests.get(f"{address}/v1/channel", timeout=30).status_code == 200
    found, described.faults[:] = list(described.faults), []
    assert found == ["GET /v1/channel answered 200: $: 'next' is a required property"] * 2
