"""The file that holds the installation's key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ums.domain.errors import Conflict
from ums.store.sealing import KEY_FILE, secret_key


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = secret_key("", home)
    assert len(made) >= 32
    assert secret_key("", home) == made
    assert (home / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b" \n", b"short", b"\xff\xfe" * 30, b"two lines of\nsome length each"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(Conflict, match="holds no key"):
        secret_key("", tmp_path)


def test_a_key_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("a key of more than sixteen characters", "utf-8")
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(Conflict, match="chmod 600"):
        secret_key("", tmp_path)
