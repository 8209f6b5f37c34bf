"""Who is who, from the command line: histories, conflicts, backfills, and the files that prove a domain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import SandboxClient
from sandbox.inprocess import running
from tests.cli.terminal import Ums, document
from ums.clock import SystemClock
from ums.domain.person import Cause
from ums.registry import Registry
from ums.sdk.people import Person
from ums.services.binding import asking, backfill, bindings, joining
from ums.services.gateway import Gateway
from ums.settings import Settings
from ums.store import channels, identities

OA, MP = "wx00000000000000b2", "wx00000000000000b3"


@pytest.fixture
def wechat(ums: Ums) -> Iterator[SandboxClient]:
    """A sandbox with the accounts of the channels oa1 and mp1."""
    with running() as url, SandboxClient(url) as client:
        for code, type_, appid in (("oa1", "wechatoa", OA), ("mp1", "wechatmp", MP)):
            client.control("PUT", f"accounts/{appid}", {"kind": type_, "open_platform": True})
            words = ("--set", f"appid={appid}", "--set", "secret=right", "--set", f"base_url={url}")
            assert ums("channel", "add", code, "--type", type_, *words).exit_code == 0
        yield client


@pytest.fixture
def gateway(wechat: SandboxClient) -> Iterator[Gateway]:
    """The same installation, beside the command line."""
    opened = Gateway.open(Settings.load(), Registry.load(), SystemClock())
    yield opened
    opened.close()


def conflict(gateway: Gateway) -> None:
    """zhangsan has the person's openid on oa1, lisi the one on mp1."""
    with gateway.database.write() as session:
        for userid, code, type_ in (("zhangsan", "oa1", "wechatoa"), ("lisi", "mp1", "wechatmp")):
            channel = channels.by_code(session, code)
            assert channel is not None
            place = identities.place_of(channel.id, code, type_, f"openid-of-{userid}")
            bindings.bind(session, userid, place, Cause.WEB, gateway.clock.now())
            joining.meet(gateway, session, channel.id, Person(address=place.address, union="u1"))


def listed(ums: Ums, *words: str) -> list[Any]:
    found = document(ums("conflict", "list", *words, "--json"))["conflicts"]
    assert isinstance(found, list)
    return found


def test_a_conflict_is_listed_settled_and_told_in_the_history(ums: Ums, gateway: Gateway) -> None:
    conflict(gateway)
    table = ums("conflict", "list").stdout
    assert "lisi, zhangsan" in table
    assert "openid-of-lisi" not in table
    number = str(listed(ums)[0]["id"])
    assert document(ums("conflict", "settle", number, "somebody", "--json"), 1)["code"] == 4004
    settled = document(ums("conflict", "settle", number, "lisi", "--json"))
    assert (settled["state"], settled["decision"], settled["decided_by"]) == ("settled", "lisi", "(command line)")
    assert document(ums("conflict", "apart", number, "--json"), 1)["code"] == 4090
    assert listed(ums) == []
    history = ums("user", "history", "lisi")
    assert "operator" in history.stdout
    assert "openid-of-zhangsan" not in history.stdout
    told = document(ums("user", "history", "zhangsan", "--json"))["history"]
    assert isinstance(told, list)
    assert [entry["change"] for entry in told if isinstance(entry, dict)] == ["unbound", "bound"]
    assert document(ums("user", "history", "nobody", "--json"), 1)["code"] == 4040


def test_a_conflict_is_kept_apart(ums: Ums, gateway: Gateway) -> None:
    conflict(gateway)
    number = str(listed(ums)[0]["id"])
    assert "stay apart" in ums("conflict", "apart", number).stdout
    assert listed(ums) == []
    assert [str(one["id"]) for one in listed(ums, "--state", "apart")] == [number]


def test_a_backfill_is_begun_and_shown(ums: Ums, gateway: Gateway, wechat: SandboxClient) -> None:
    people = [{"openid": f"o{number}", "unionid": f"u{number}"} for number in range(120)]
    wechat.control("PUT", "users", {"appid": OA, "users": people})
    assert "idle" in ums("binding", "progress", "oa1").stdout
    assert "running" in ums("binding", "backfill", "oa1").stdout
    backfill.walk(gateway)
    asking.look(gateway)
    done = document(ums("binding", "progress", "oa1", "--json"))
    assert [done[name] for name in ("state", "total", "listed", "asked", "left")] == ["done", 120, 120, 120, 0]
    assert document(ums("binding", "backfill", "mp1", "--json"), 1)["code"] == 4004
    assert document(ums("binding", "backfill", "nothing", "--json"), 1)["code"] == 4040


def test_a_domain_file_is_added_listed_and_removed(ums: Ums, tmp_path: Path) -> None:
    name = "MP_verify_a1B2c3D4e5F6g7H8.txt"
    file = tmp_path / name
    file.write_text("a1B2c3D4e5F6g7H8\n", "ascii")
    assert f"/{name} is served" in ums("domain-file", "add", str(file)).stdout
    files = document(ums("domain-file", "list", "--json"))["files"]
    assert isinstance(files, list)
    assert [one["content"] for one in files if isinstance(one, dict)] == ["a1B2c3D4e5F6g7H8"]
    assert name in ums("domain-file", "list").stdout
    file.write_bytes("中".encode())
    assert document(ums("domain-file", "add", str(file), "--json"), 1)["code"] == 4004
    assert ums("domain-file", "remove", name).exit_code == 0
    assert document(ums("domain-file", "remove", name, "--json"), 1)["code"] == 4040
