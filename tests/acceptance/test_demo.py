"""The main job, end to end, as `make run` does it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.acceptance.processes import descendants, lives
from tests.cli.waiting import eventually

DEMO = (sys.executable, "-m", "ums.cli", "demo")


def environment(scratch: Path) -> dict[str, str]:
    """A scratch directory of its own, and a real installation's settings, which the demo must not touch."""
    return {**os.environ, "TMPDIR": str(scratch), "UMS_HOME": str(scratch / "real"), "UMS_PORT": "9"}


def test_it_ends_well_and_keeps_serving_until_it_is_told_to_end(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*DEMO, "--users", "200", "--latency-ms", "20", "--json"],
        env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        report = json.loads(running.stdout.readline())
        assert requests.get(f"{report['url']}/readyz", timeout=10).status_code == 200
        family = descendants(running.pid)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    assert report["ok"] is True
    assert report["differences"] == []
    assert (report["users"], report["attempts"]) == (200, report["send_calls"])
    assert all(group["users"] == group["as_planned"] for group in report["groups"])
    assert report["channels"]["wechatmp123"]["fell_over"] > 0
    assert len(family) >= 3
    assert not any(map(lives, family))
    assert list(tmp_path.iterdir()) == []


def test_people_are_shown_tables_without_a_terminal_too_and_it_may_end_at_once(tmp_path: Path) -> None:
    done = subprocess.run(
        [*DEMO, "--exit", "--users", "10", "--latency-ms", "0"],
        env=environment(tmp_path), capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert "Every delivery is final and all is as planned." in done.stdout
    assert "no_credit (43101)" in done.stdout
    assert "Sending and awaiting receipts" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_killed_demo_takes_its_children_with_it(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*DEMO, "--users", "10", "--latency-ms", "0", "--json"],
        env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["ok"] is True
        family = descendants(running.pid)
        running.kill()
    assert len(family) >= 3
    eventually(lambda: not any(map(lives, family)))
    assert not any(map(lives, family))
