"""Reading settings and JSON from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ums.cli.values import json_given, settings_given
from ums.domain.errors import InvalidRequest


def test_a_value_may_stand_there_or_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("correct horse\n", "utf-8")
    given = settings_given(["appid=wx1=2", f"secret=@{tmp_path / 'secret'}"])
    assert given.values == {"appid": "wx1=2", "secret": "correct horse"}
    assert given.literal == {"appid"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["appid"], "'appid' is no name=value"),
        (["=x"], "'=x' is no name=value"),
        (["a=1", "a=2"], "settings.a: It is given twice"),
        (["secret=@/nowhere/at/all"], "can't be read: No such file"),
    ],
)
def test_what_makes_no_setting_is_refused_with_a_hint(words: list[str], told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        settings_given(words)


def test_json_that_is_none_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "content.json").write_text("{oops", "utf-8")
    with pytest.raises(InvalidRequest, match=r"content\.json is not JSON: .* line 1"):
        json_given(str(tmp_path / "content.json"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidRequest, match="not UTF-8 text"):
        json_given(str(tmp_path / "content.json"))
