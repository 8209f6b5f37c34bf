"""Segments, blacklists and whitelists from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.terminal import Ums, document


def test_a_file_of_userids_goes_on_a_list_and_off_it(ums: Ums, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("".join(f"u{number}\r\n\n" for number in range(2500)), "utf-8-sig")
    assert document(ums("blacklist", "create", "complained", "--id", "12", "--json"))["count"] == 0
    added = ums("blacklist", "add", "12", str(file))
    assert "2,500" in added.stdout
    assert "people.txt: 1,000 of 2,500" in added.stderr
    assert document(ums("blacklist", "add", "12", str(file), "--json"))["count"] == 2500
    file.write_text("u7\nu8\n", "utf-8")
    assert document(ums("blacklist", "take", "12", str(file), "--json"))["count"] == 2498
    shown = ums("blacklist", "show", "12", "--userids").stdout.split()
    assert len(shown) == 2498
    assert {"u6", "u9"} < set(shown)
    assert document(ums("blacklist", "rename", "12", "others", "--json"))["name"] == "others"
    assert "others" in ums("blacklist", "list").stdout
    assert document(ums("whitelist", "list", "--json")) == {"whitelists": []}
    assert ums("blacklist", "remove", "12").exit_code == 0
    assert document(ums("blacklist", "show", "12", "--json"), 1)["code"] == 4040


def test_a_file_with_a_bad_line_is_refused_before_anything_is_stored(ums: Ums, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    ums("whitelist", "create", "testers")
    for content, told in ((b"u1\n" * 1500 + b"u 2\n", "line 1501: 'u 2'"), (b"u1\n\xff\n", "not UTF-8")):
        file.write_bytes(content)
        refused = ums("whitelist", "add", "1", str(file))
        assert (refused.exit_code, told in refused.stderr) == (1, True)
    assert document(ums("whitelist", "show", "1", "--json"))["count"] == 0


def test_a_segment_is_saved_counted_changed_and_removed(ums: Ums, tmp_path: Path) -> None:
    ums("application", "add", "shop")
    people = tmp_path / "people.csv"
    people.write_text("userid,phone:all,tag:all\nu1,13800000000,vip\nu2,,vip\n", "utf-8")
    assert ums("users", "import", str(people)).exit_code == 0
    wanted = {"id": 1000, "name": "by phone", "filter": {"all": [{"tag": ["vip"]}, {"has": "phone"}]}}
    assert document(ums("segment", "add", "-", "--json", given=json.dumps(wanted)))["filter"] == wanted["filter"]
    assert document(ums("segment", "count", "1000", "--json")) == {"id": 1000, "count": 1}
    assert "as shop sees them: 1." in ums("segment", "count", "1000", "--application", "shop").stdout
    changed = {"name": "vip", "filter": {"tag": ["vip"]}}
    assert document(ums("segment", "change", "1000", "-", "--json", given=json.dumps(changed)))["name"] == "vip"
    assert document(ums("segment", "count", "1000", "--json"))["count"] == 2
    assert '{"tag": ["vip"]}' in ums("segment", "show", "1000").stdout
    assert "vip" in ums("segment", "list").stdout
    assert ums("segment", "remove", "1000").exit_code == 0
    refused = document(ums("segment", "add", "-", "--json", given='{"name": "x", "filter": {"has": "fax"}}'), 1)
    assert refused["code"] == 4004
    assert isinstance(refused["errors"], dict)
    assert list(refused["errors"]) == ["filter.has"]
