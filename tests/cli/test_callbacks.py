"""Callback URLs from the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Ums, document
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("UMS_ALLOWED_NETWORKS", "127.0.0.1")
    with receiving() as running:
        yield running


def test_a_url_from_its_making_to_its_end(ums: Ums, receiver: Receiver) -> None:
    ums("application", "add", "shop")
    made = document(ums("callback", "add", "shop", receiver.url, "--type", "4", "--type", "5", "--json"))
    assert (made["id"], made["types"], made["default"], made["state"]) == (1, [4, 5], True, "unverified")
    assert str(made["secret"]).startswith("whsec_")
    assert document(ums("callback", "verify", "1", "--json"))["state"] == "verified"
    off = document(ums("callback", "change", "1", "--off", "--json"))
    assert (off["enabled"], off["types"], off["state"]) == (False, [4, 5], "verified")
    assert document(ums("callback", "secret", "1", "--json"))["secret"] != made["secret"]
    second = document(ums("callback", "add", "shop", f"{receiver.url}/2", "--id", "9", "--json"))
    assert (second["id"], second["default"]) == (9, False)
    assert document(ums("callback", "default", "9", "--json"))["default"] is True
    assert document(ums("callback", "replay", "1", "--since", "0", "--json")) == {"replayed": 0}
    assert document(ums("callback", "attempts", "1", "--json")) == {"attempts": []}
    assert document(ums("callback", "remove", "1", "--json")) == {"removed": 1}
    listed = document(ums("callback", "list", "--application", "shop", "--json"))["callbacks"]
    assert isinstance(listed, list)
    assert [item["id"] for item in listed if isinstance(item, dict)] == [9]


def test_a_person_sees_where_a_url_stands(ums: Ums, receiver: Receiver) -> None:
    ums("application", "add", "shop")
    made = ums("callback", "add", "shop", receiver.url)
    assert made.exit_code == 0
    assert "whsec_" in made.stdout
    assert "ums callback verify" in made.stderr
    shown = ums("callback", "show", "1").stdout
    assert "unverified" in shown
    assert "whsec_" not in shown
    assert "shop" in ums("callback", "list").stdout


def test_a_refusal_is_a_sentence(ums: Ums, receiver: Receiver) -> None:
    ums("application", "add", "shop")
    receiver.echo = b"hello"
    ums("callback", "add", "shop", receiver.url)
    refused = ums("callback", "verify", "1")
    assert refused.exit_code == 1
    assert "must answer the value of echostr" in refused.stderr
    assert ums("callback", "replay", "1").exit_code == 2
    assert ums("callback", "replay", "1", "--batch", "1", "--since", "0").exit_code == 2
    assert document(ums("callback", "show", "7", "--json"), status=1)["code"] == 4040
