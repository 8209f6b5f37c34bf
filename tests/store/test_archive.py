"""What is taken out of the database: readable by anybody's tools, whole after a crash."""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
from pathlib import Path

import pytest

from ums.store.archive import Archive


def lines(path: Path) -> list[object]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def file_in(directory: Path) -> Path:
    return directory / "deliveries-2027-01-15.jsonl.gz"


def append(directory: Path, *numbers: int) -> None:
    """As a process does that has just begun."""
    records = [b'{"n":%d,"text":"\xe8\x8c\xb6"}' % number for number in numbers]
    Archive(directory).append("deliveries-2027-01-15", records)


def numbers(directory: Path) -> list[int]:
    return [line["n"] for line in lines(file_in(directory)) if isinstance(line, dict)]


def test_what_was_appended_is_one_file_for_gzip_and_python(tmp_path: Path) -> None:
    directory = tmp_path / "archive"
    append(directory, 1, 2)
    append(directory, 3)
    assert numbers(directory) == [1, 2, 3]
    shown = subprocess.run(["gzip", "-dc", file_in(directory)], check=True, capture_output=True).stdout
    assert shown.decode().splitlines() == [f'{{"n":{number},"text":"茶"}}' for number in (1, 2, 3)]
    assert (directory.stat().st_mode & 0o777, file_in(directory).stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("kept", [0, 1, 10, 25, 40, -1])
def test_a_portion_that_was_cut_off_is_taken_off_and_those_before_it_stay(
    tmp_path: Path, kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    append(tmp_path, 1)
    whole = len(file_in(tmp_path).read_bytes())
    append(tmp_path, 2)
    content = file_in(tmp_path).read_bytes()
    file_in(tmp_path).write_bytes(content[: whole + kept] if kept >= 0 else content[:kept])
    with caplog.at_level(logging.WARNING):
        append(tmp_path, 2, 3)
    assert numbers(tmp_path) == [1, 2, 3]
    assert ("the end of an archive was cut off" in caplog.text) == (kept != 0)


@pytest.mark.parametrize("garbage", [b"\0" * 4096, None])
def test_what_a_power_cut_left_of_a_portion_is_taken_off(tmp_path: Path, garbage: bytes | None) -> None:
    append(tmp_path, 1)
    begins = len(file_in(tmp_path).read_bytes())
    append(tmp_path, 2)
    content = bytearray(file_in(tmp_path).read_bytes())
    # the file has its length already, but nothing of the content, or not all of it
    content[begins:] = garbage or bytes(content[begins : begins + 30]) + b"\0" * (len(content) - begins - 30)
    file_in(tmp_path).write_bytes(content)
    append(tmp_path, 2, 3)
    assert numbers(tmp_path) == [1, 2, 3]


def test_a_file_of_another_s_making_is_left_alone(tmp_path: Path) -> None:
    with gzip.open(file_in(tmp_path), "wt") as file:
        file.write("something of the operator's own\n")
    before = file_in(tmp_path).read_bytes()
    with pytest.raises(OSError, match="it is no archive of the gateway's"):
        append(tmp_path, 1)
    assert file_in(tmp_path).read_bytes() == before


def test_two_processes_append_by_turns(tmp_path: Path) -> None:
    first, second = Archive(tmp_path), Archive(tmp_path)
    for number, archive in enumerate((first, second, first, second)):
        archive.append("deliveries-2027-01-15", [b'{"n":%d}' % number])
    assert numbers(tmp_path) == [0, 1, 2, 3]
