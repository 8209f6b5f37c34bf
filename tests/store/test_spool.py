"""Where records wait that the database can't take: across processes, crashes and full disks."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from ums.store.spool import Spool, SpoolFull


def drained(spool: Spool) -> list[bytes]:
    found: list[bytes] = []
    spool.hand_over(found.extend)
    return found


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


def test_what_was_put_is_handed_over_once_in_order(spool: Spool) -> None:
    records = [f'{{"n":{number},"text":"茶"}}'.encode() for number in range(500)]
    assert [spool.put(record) for record in records] == [True, *[False] * 499]
    assert drained(spool) == records
    assert drained(spool) == []
    assert spool.put(b"again")
    assert drained(spool) == [b"again"]


def test_an_empty_spool_makes_nothing(spool: Spool, tmp_path: Path) -> None:
    assert drained(spool) == []
    assert list(tmp_path.iterdir()) == []


def test_the_files_are_their_owners_alone(spool: Spool, tmp_path: Path) -> None:
    spool.put(b"one")
    spool.set_aside(b"two")
    found = [tmp_path / "spool", *(tmp_path / "spool").iterdir()]
    assert {path.name: path.stat().st_mode & 0o777 for path in found} == {
        "spool": 0o700,
        "open": 0o600,
        "aside": 0o600,
    }


def test_what_is_not_taken_stays_and_what_comes_meanwhile_follows(spool: Spool) -> None:
    for number in range(3):
        spool.put(b"%d" % number)

    def refuse(records: Sequence[bytes]) -> None:
        spool.put(b"meanwhile")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spool.hand_over(refuse)
    assert drained(spool) == [b"0", b"1", b"2", b"meanwhile"]


def test_one_at_a_time_hands_over(spool: Spool) -> None:
    spool.put(b"one")
    twice: list[bytes] = []

    def take(records: Sequence[bytes]) -> None:
        twice.extend(records)
        spool.hand_over(twice.extend)

    spool.hand_over(take)
    assert twice == [b"one"]


@pytest.mark.parametrize("cut", range(1, 17))
def test_a_record_that_was_cut_off_is_dropped_and_spoils_no_other(
    spool: Spool, tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    spool.put(b"first")
    spool.put(b"second")
    file = tmp_path / "spool" / "open"
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    spool.put(b"third")
    # a line that lacks nothing but its end is whole
    kept = [b"first", b"second", b"third"] if cut == 1 else [b"first", b"third"]
    assert drained(spool) == kept
    # of the shortest nothing is left but the break it begins with
    assert ("spool_cut_off" in caplog.text) == (1 < cut < 16)


def test_a_record_that_was_changed_is_dropped(spool: Spool, tmp_path: Path) -> None:
    for record in (b"first", b"second", b"third"):
        spool.put(record)
    file = tmp_path / "spool" / "open"
    file.write_bytes(file.read_bytes().replace(b"second", b"sEcond"))
    assert drained(spool) == [b"first", b"third"]


def test_a_full_spool_refuses_until_it_is_handed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most_bytes=40)
    spool.put(b"x" * 20)
    with pytest.raises(SpoolFull, match="the spool is full"):
        spool.put(b"y" * 20)
    assert drained(spool) == [b"x" * 20]
    spool.put(b"y" * 20)
    assert drained(spool) == [b"y" * 20]


def test_what_is_being_handed_over_still_takes_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", most_bytes=40)
    spool.put(b"x" * 20)

    def take(records: Sequence[bytes]) -> None:
        with pytest.raises(SpoolFull):
            spool.put(b"y" * 20)

    spool.hand_over(take)


def _write_on_a_disk_that_fills(spool: Spool) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
    spool.put(b"x" * 20)
    try:
        spool.put(b"y" * 20)
    except OSError:
        os._exit(7)


def test_a_record_that_found_no_room_on_the_disk_is_refused_and_spoils_no_other(spool: Spool) -> None:
    process = multiprocessing.get_context("fork").Process(target=_write_on_a_disk_that_fills, args=(spool,))
    process.start()
    process.join()
    assert process.exitcode == 7
    spool.put(b"z" * 20)
    assert drained(spool) == [b"x" * 20, b"z" * 20]


def _put_many(spool: Spool, name: str, count: int) -> None:
    threads = [
        threading.Thread(target=lambda part=part: [spool.put(f"{name}-{part}-{n}".encode()) for n in range(count)])
        for part in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_many_processes_and_threads_lose_nothing_while_it_is_handed_over(spool: Spool) -> None:
    fork = multiprocessing.get_context("spawn")
    processes = [fork.Process(target=_put_many, args=(spool, f"p{number}", 50)) for number in range(3)]
    for process in processes:
        process.start()
    found: list[bytes] = []
    while any(process.is_alive() for process in processes):
        found += drained(spool)
    found += drained(spool)
    wanted = {f"p{name}-{part}-{n}".encode() for name in range(3) for part in range(4) for n in range(50)}
    assert (len(found), set(found)) == (len(wanted), wanted)
