"""Files by which a provider finds out that the domain is ours, at the root."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from tests.api.site import Site, told
from ums.domain.commands import Json

NAME, WORD = "MP_verify_a1B2c3D4e5F6g7H8.txt", "a1B2c3D4e5F6g7H8"


def give(site: Site, name: str, content: str) -> int:
    body: Json = {"file": name, "content": content}
    return site.as_operator("POST", "/domain-files", body).status_code


def test_it_is_served_to_anybody_until_it_is_removed(site: Site) -> None:
    assert site.http.get(f"/{NAME}").status_code == 404
    assert give(site, NAME, f"{WORD}\n") == 200
    answer = site.http.get(f"/{NAME}")
    assert (answer.status_code, answer.mimetype, answer.get_data(as_text=True)) == (200, "text/plain", WORD)
    assert give(site, NAME, "another") == 200
    assert site.http.get(f"/{NAME}").get_data(as_text=True) == "another"
    listed = site.as_operator("GET", "/domain-files").get_json()["files"]
    assert [(file["file"], file["content"]) for file in listed] == [(NAME, "another")]
    assert site.as_operator("DELETE", f"/domain-files/{NAME}").status_code == 200
    assert told(site.http.get(f"/{NAME}"))[:2] == (404, 4040)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("robots.txt", WORD),
        ("MP_verify_.txt", WORD),
        ("../MP_verify_a1B2c3D4.txt", WORD),
        ("MP_verify_a1B2c3D4.html", WORD),
        ("a1B2c3D4.txt\n", WORD),
        (NAME, ""),
        (NAME, "<script>alert(1)</script>"),
        (NAME, "two words"),
        (NAME, "x" * 257),
        (NAME, "中文"),
    ],
)
def test_what_no_provider_gives_is_refused(site: Site, name: str, content: str) -> None:
    assert give(site, name, content) == 400
    assert site.as_operator("GET", "/domain-files").get_json()["files"] == []


def test_names_that_are_not_there_cost_the_database_nothing(site: Site) -> None:
    assert give(site, NAME, WORD) == 200
    site.http.get(f"/{NAME}")
    statements: list[str] = []
    event.listen(
        site.gateway.database.engine, "before_cursor_execute", lambda *given: statements.append(str(given[2]))
    )
    for number in range(50):
        assert site.http.get(f"/MP_verify_unknown{number:08}.txt").status_code == 404
        assert site.http.get(f"/anything{number}-else.txt").status_code == 404
    assert statements == []
    site.clock.advance(5)
    assert site.http.get("/MP_verify_unknown1.txt").status_code == 404
    assert len([statement for statement in statements if "site_files" in statement]) == 1


def test_another_process_serves_it_within_five_seconds(site: Site) -> None:
    assert site.http.get(f"/{NAME}").status_code == 404
    with site.gateway.database.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO site_files VALUES (?, ?, 0)", (NAME, WORD))
    assert site.http.get(f"/{NAME}").status_code == 404
    site.clock.advance(5)
    assert site.http.get(f"/{NAME}").status_code == 200
