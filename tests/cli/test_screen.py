"""What reaches whom: people, programs, and pipes."""

from __future__ import annotations

import json

import pytest

from ums.cli.screen import Screen, facts, table


def test_a_program_reads_one_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(as_json=True)
    screen.say("on my way")
    with screen.progress("Work") as advance:
        advance(1, 2)
    screen.result({"name": "张三"}, "for people")
    out, err = capsys.readouterr()
    assert json.loads(out) == {"name": "张三"}
    assert err == ""


def test_progress_without_a_terminal_is_a_few_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Screen(as_json=False).progress("Work") as advance:
        for done in range(1001):
            advance(done, 1000)
    err = capsys.readouterr().err
    assert err.splitlines()[0] == "Work: 0 of 1,000"
    assert err.splitlines()[-1] == "Work: 1,000 of 1,000"
    assert len(err.splitlines()) == 6


def test_progress_on_a_terminal_is_a_live_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Screen(as_json=True).progress("Work [x]") as advance:
        advance(3, None)
        advance(1000, 1000)
    out, err = capsys.readouterr()
    assert "Work [x]" in err
    assert "1,000 of 1,000" in err
    assert out == ""


def test_words_of_users_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(as_json=False).result({}, table("T", ("name",), [("[bold]:smile:",)]), "[red]x" * 60)
    out = capsys.readouterr().out
    assert "[bold]:smile:" in out
    assert "[red]x" * 60 in out


def test_an_empty_table_says_so() -> None:
    assert table("Channels", ("code",), []) == "Channels: nothing yet."


def test_facts_stand_below_one_another() -> None:
    assert facts({"a": "1", "long": "2"}) == "a     1\nlong  2"
