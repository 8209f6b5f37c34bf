"""Sensitive words from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import Ums, document


def test_words_are_added_listed_and_removed(ums: Ums) -> None:
    assert document(ums("word", "add", "Casino", "free money", "--json")) == {"added": 2, "known": 0}
    listed = document(ums("word", "list", "--json"))["words"]
    assert isinstance(listed, list)
    assert [word["word"] for word in listed if isinstance(word, dict)] == ["Casino", "free money"]
    assert "free money" in ums("word", "list").stdout
    assert document(ums("word", "remove", "CASINO", "--json")) == {"removed": 1}
    refused = document(ums("word", "remove", "casino", "--json"), status=1)
    assert refused["code"] == 4040


def test_words_are_imported_from_a_file_and_again_without_harm(ums: Ums, tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("casino\n\n  赌博  \nCasino\n", "utf-8")
    assert document(ums("word", "import", str(file), "--json")) == {"added": 2, "known": 1}
    assert ums("word", "import", str(file)).stdout == "0 added, 3 there already.\n"
    assert document(ums("word", "import", "-", "--json", given="poker\n")) == {"added": 1, "known": 0}
    assert document(ums("word", "import", "-", "--json", given="x" * 65), status=1)["code"] == 4004
