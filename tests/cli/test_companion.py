"""The sending process beside the web side: kept alive, and ended with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.waiting import eventually
from ums.cli.children import Child, ChildFailed
from ums.cli.serving.companion import Companion, wait_before_restart

LIVES = """
import os, sys, time
with open(sys.argv[1], "a") as log:
    log.write(f"{os.getpid()}\\n")
sys.stdin.read()
"""
DIES = LIVES.replace("sys.stdin.read()", "sys.exit(3)")


def started(log: Path) -> list[int]:
    return [int(line) for line in log.read_text("utf-8").split()] if log.exists() else []


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def companion(program: str, log: Path) -> Companion:
    return Companion((sys.executable, "-c", program, str(log)), dict(os.environ), 5.0)


def at_least(count: int, log: Path) -> Callable[[], bool]:
    return lambda: len(started(log)) >= count


def test_the_waits_before_a_restart_grow_up_to_half_a_minute() -> None:
    assert [wait_before_restart(failures) for failures in (1, 2, 3, 5, 6, 60)] == [1, 2, 4, 16, 30, 30]


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with companion(DIES, log):
        eventually(at_least(2, log))
    assert len(set(started(log))) == len(started(log))


def test_a_child_that_the_machine_would_not_start_is_tried_again(tmp_path: Path) -> None:
    log, program = tmp_path / "log", tmp_path / "program"
    with Companion((str(program), str(log)), dict(os.environ), 5.0):
        draft = tmp_path / "draft"
        draft.write_text(f"#!{sys.executable}\n{LIVES}", "utf-8")
        draft.chmod(0o700)
        draft.rename(program)
        eventually(at_least(1, log))
    assert is_gone(started(log)[0])


def test_the_child_ends_with_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with companion(LIVES, log):
        eventually(at_least(1, log))
    (pid,) = started(log)
    assert is_gone(pid)


def test_stopping_before_the_first_start_is_no_fault(tmp_path: Path) -> None:
    running = companion(LIVES, tmp_path / "log")
    with running:
        running.begin_stop()
        running.stop()
    assert all(map(is_gone, started(tmp_path / "log")))


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; sys.exit(7)", "ended with status 7"),
        ("print('hello', flush=True); input()", "said 'hello'"),
        ("print('[1]', flush=True); input()", r"said \[1\]"),
        ('print(\'{"code": 4090, "message": "not so"}\', flush=True)', "^not so$"),
    ],
)
def test_a_child_that_does_not_say_where_it_is_has_failed(tmp_path: Path, program: str, told: str) -> None:
    with (
        Child((sys.executable, "-c", program), log=tmp_path / "log") as child,
        pytest.raises(ChildFailed, match=told),
    ):
        child.ready(30)


def test_a_silent_child_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with (
        Child((sys.executable, "-c", "input()"), log=tmp_path / "log") as child,
        pytest.raises(ChildFailed, match="no sign of life"),
    ):
        child.ready(0.1)


def test_what_a_child_says_on_standard_error_is_kept(tmp_path: Path) -> None:
    program = "import sys; print('{\"url\": \"here\"}', flush=True); sys.stderr.write('oh'); sys.exit(0)"
    with Child((sys.executable, "-c", program), log=tmp_path / "log") as child:
        assert child.ready(30) == {"url": "here"}
        assert child.wait(30) == 0
    assert (tmp_path / "log").read_text("utf-8") == "oh"
