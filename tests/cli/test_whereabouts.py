"""The note of where the gateway of a home is listening."""

from __future__ import annotations

from pathlib import Path

from ums.cli.serving.whereabouts import as_served, noted
from ums.settings import Settings


def test_commands_learn_where_the_gateway_listens_as_long_as_it_does(tmp_path: Path) -> None:
    known = Settings(home=tmp_path)
    with noted(Settings(home=tmp_path, port=9000)):
        assert as_served(known).port == 9000
    assert as_served(known) == known
    assert list(tmp_path.iterdir()) == []


def test_a_note_that_cannot_be_left_keeps_nobody_from_serving(tmp_path: Path) -> None:
    known = Settings(home=tmp_path / "nowhere")
    with noted(Settings(home=tmp_path / "nowhere", port=9000)):
        assert as_served(known) == known
