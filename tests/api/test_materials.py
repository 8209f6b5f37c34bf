"""Leaving files for mails to attach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
import requests
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.api.site import Pair, Site, open_site, serving, told
from ums.domain.errors import NotFound
from ums.domain.material import Material
from ums.services import applications, materials

LIMIT = 10_000
TOTAL = 25_000
BOUNDARY = "xyz"
MEDIA = f"multipart/form-data; boundary={BOUNDARY}"
SECONDS = 20


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    opened = open_site(tmp_path_factory.mktemp("site"), max_body_bytes=4096, max_material_bytes=LIMIT)
    yield opened
    opened.gateway.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """A site with nothing on its shelf, and room for little."""
    opened = open_site(tmp_path, max_material_bytes=LIMIT, max_materials_bytes=TOTAL)
    yield opened
    opened.gateway.close()


def leave(
    site: Site,
    data: bytes = b"%PDF",
    name: str = "may.pdf",
    media: str = "application/pdf",
    *,
    auth: Pair | None = None,
    fields: Mapping[str, str] | None = None,
) -> TestResponse:
    file = FileStorage(BytesIO(data), filename=name, content_type=media)
    # werkzeug's own boundary has a random length, at times over the 70 characters that RFC 2046 allows.
    _, body = encode_multipart({"type": "attachment", "file": file, **(fields or {})}, BOUNDARY)
    return raw(site, body, auth=auth)


def raw(site: Site, body: bytes, media: str = MEDIA, *, auth: Pair | None = None) -> TestResponse:
    return site.http.post("/v1/material", data=body, content_type=media, auth=auth or site.shop)


def part(name: str, value: str = "x", more: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'.encode()


def opened(site: Site, url: str) -> Material:
    return materials.open_material(site.gateway, url, applications.by_name(site.gateway, "shop").id)


def shelved(site: Site) -> list[Path]:
    return sorted((site.gateway.settings.home / "materials").glob("*"))


def test_it_is_kept_and_opens_to_the_sender_of_mail(site: Site) -> None:
    answer = leave(site)
    assert answer.status_code == 200
    assert answer.get_json().keys() == {"code", "url"}
    found = opened(site, answer.get_json()["url"])
    assert found == Material(file_name="may.pdf", content_type="application/pdf", data=b"%PDF")


def test_nobody_can_download_it(site: Site) -> None:
    url = leave(site).get_json()["url"]
    path = url.removeprefix(site.gateway.settings.address)
    for auth in (site.shop, site.bank, site.staff):
        assert told(site.get(path, auth=auth))[:2] == (404, 4040)
    assert told(site.http.get(path))[:2] == (404, 4040)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("账单.pdf", "账单.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\u202efdp.exe", "afdp.exe"),
        (f"{'x' * 300}.pdf", f"{'x' * 251}.pdf"),
        ("..", "attachment"),
    ],
)
def test_its_name_is_kept_without_what_could_do_harm(site: Site, given: str, kept: str) -> None:
    assert opened(site, leave(site, name=given).get_json()["url"]).file_name == kept


def test_a_type_that_could_break_a_header_is_not_kept(site: Site) -> None:
    assert opened(site, leave(site, media="pdf").get_json()["url"]).content_type == "application/octet-stream"


@pytest.mark.parametrize(("hours", "seconds"), [("1", 3600), ("168", 168 * 3600), (None, 24 * 3600)])
def test_it_is_kept_for_its_time_to_live(site: Site, hours: str | None, seconds: int) -> None:
    url = leave(site, fields={} if hours is None else {"time_to_live": hours}).get_json()["url"]
    site.clock.advance(seconds - 1)
    assert opened(site, url).data == b"%PDF"
    site.clock.advance(1)
    with pytest.raises(NotFound, match="no such material"):
        opened(site, url)


@pytest.mark.parametrize("hours", ["169", "0", "-1", "1.5", "", "1e2", " 24", "９"])
def test_any_other_time_to_live_is_refused_with_the_range(site: Site, hours: str) -> None:
    before = shelved(site)
    answer = leave(site, fields={"time_to_live": hours})
    assert told(answer)[:2] == (400, 4004)
    assert "from 1 to 168" in answer.get_json()["errors"]["time_to_live"][0]
    assert shelved(site) == before


@pytest.mark.parametrize(
    ("field", "changes"),
    [("type", {"type": "image"}), ("owner", {"owner": "boss"})],
)
def test_fields_that_are_wrong_are_named(site: Site, field: str, changes: dict[str, str]) -> None:
    answer = leave(site, fields=changes)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [field]


FILE = part("file", more='; filename="a.txt"')
TYPE = part("type", "attachment")
END = f"--{BOUNDARY}--\r\n".encode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (TYPE + END, "file"),
        (TYPE + FILE + FILE + END, "file"),
        (TYPE + part("file") + END, "file"),
        (TYPE + part("file", more='; filename=""') + END, "file"),
        (TYPE + FILE + part("other", more='; filename="b.txt"') + END, "other"),
        (TYPE + TYPE + FILE + END, "type"),
        (FILE + END, "type"),
    ],
)
def test_a_form_has_each_field_once_and_one_file(site: Site, body: bytes, field: str) -> None:
    before = shelved(site)
    answer = raw(site, body)
    assert told(answer)[:2] == (400, 4004)
    assert list(answer.get_json()["errors"]) == [field]
    assert shelved(site) == before


@pytest.mark.parametrize("body", [b"", b"no form at all", TYPE + FILE, (TYPE + FILE)[:40], b"\xff\xfe" * 20])
def test_a_form_that_breaks_off_is_400(site: Site, body: bytes) -> None:
    assert told(raw(site, body))[:2] == (400, 4004)


@pytest.mark.parametrize(
    "media", ["multipart/form-data", "multipart/form-data; boundary=", f"{MEDIA[:-3]}{'y' * 71}"]
)
def test_a_form_without_a_usable_boundary_is_400(site: Site, media: str) -> None:
    assert told(raw(site, TYPE + FILE + END, media))[:2] == (400, 4004)


@pytest.mark.parametrize("media", ["application/json", "application/x-www-form-urlencoded", "", "multipart/mixed"])
def test_anything_but_a_form_is_415(site: Site, media: str) -> None:
    assert told(raw(site, TYPE + FILE + END, media))[:2] == (415, 4150)


def test_a_file_of_the_limit_is_kept_and_one_byte_more_is_413(fresh: Site) -> None:
    assert leave(fresh, b"x" * LIMIT).status_code == 200
    assert told(leave(fresh, b"x" * (LIMIT + 1)))[:2] == (413, 4130)
    assert len(shelved(fresh)) == 1


@pytest.mark.parametrize(
    "body",
    [
        TYPE + part("file", "x" * 200_000, '; filename="a.txt"') + END,
        part("type", "x" * 60_000 * 6) + FILE + END,
        b"".join(part(f"f{number}") for number in range(1000)) + END,
        b"".join(part(f"f{number}", more='; filename="a"') for number in range(1000)) + END,
        f"--{BOUNDARY}\r\nX: ".encode() + b"x" * 300_000,
    ],
)
def test_bombs_are_413(site: Site, body: bytes) -> None:
    assert told(raw(site, body))[:2] == (413, 4130)


@pytest.mark.parametrize(
    "body",
    [part("type", "x" * 300_000) + FILE + END, f"--{BOUNDARY}\r\nX: ".encode() + b"x" * 300_000],
)
def test_large_fields_are_413_where_a_file_of_their_size_would_do(shared_site: Site, body: bytes) -> None:
    assert leave(shared_site, b"x" * 500_000).status_code == 200
    assert told(raw(shared_site, body))[:2] == (413, 4130)


def test_an_application_keeps_no_more_than_its_total_at_a_time(fresh: Site) -> None:
    for _ in range(2):
        assert leave(fresh, b"x" * LIMIT, fields={"time_to_live": "1"}).status_code == 200
    status, code, message = told(leave(fresh, b"x" * LIMIT))
    assert (status, code) == (413, 4130)
    assert str(TOTAL) in message
    assert leave(fresh, b"x" * LIMIT, auth=fresh.bank).status_code == 200, "each application for itself"
    fresh.clock.advance(3600)
    assert leave(fresh, b"x" * LIMIT).status_code == 200


def test_parallel_uploads_keep_within_the_total(fresh: Site) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: leave(fresh, b"x" * LIMIT).status_code, range(8)))
    assert sorted(answers) == [200, 200, *[413] * 6]
    assert len(shelved(fresh)) == 2


def test_credentials_are_judged_before_the_body_is_looked_at(site: Site) -> None:
    huge = b"x" * 200_000
    assert told(raw(site, huge, "text/plain", auth=("nobody", "wrong")))[:2] == (401, 4005)
    assert told(raw(site, huge, auth=site.staff))[:2] == (403, 4030)


def test_a_full_disk_is_503_and_leaves_nothing(fresh: Site) -> None:
    (fresh.gateway.settings.home / "materials").write_text("stands where the directory should")
    answer = leave(fresh)
    assert told(answer)[:2] == (503, 5030)
    assert int(answer.headers["Retry-After"]) > 0
    (fresh.gateway.settings.home / "materials").unlink()
    assert leave(fresh).status_code == 200
    assert len(shelved(fresh)) == 1


def test_over_the_wire_a_material_may_be_larger_than_json(site: Site) -> None:
    with serving(site) as address:

        def post(size: int, path: str = "/v1/material") -> requests.Response:
            sent = {"file": ("a.bin", b"x" * size, "application/zip")}
            return requests.post(
                f"{address}{path}", files=sent, data={"type": "attachment"}, auth=site.shop, timeout=SECONDS
            )

        kept = post(9_000)
        assert (kept.status_code, kept.json()["code"]) == (200, 0)
        for size in (LIMIT + 1, 100_000, 1_000_000):
            assert (post(size).status_code, post(size).json()["code"]) == (413, 4130)
        assert post(100_000, "/v1/sent").status_code == 413
