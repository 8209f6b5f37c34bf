"""`ums bench` measures a whole installation, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BENCH = (sys.executable, "-m", "ums.cli", "bench")


def bench(scratch: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "TMPDIR": str(scratch), "UMS_HOME": str(scratch / "real"), "UMS_IN_FLIGHT": "9"}
    return subprocess.run([*BENCH, *words], env=environ, capture_output=True, text=True, timeout=110, check=False)


def test_every_delivery_is_made_once_and_told_in_figures(tmp_path: Path) -> None:
    done = bench(tmp_path, "--recipients", "1500", "--latency-ms", "5", "--senders", "2", "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    figures = json.loads(done.stdout)
    assert figures["faults"] == []
    assert (figures["recipients"], figures["provider_sent"], figures["provider_openids"]) == (1500, 1500, 1500)
    assert (figures["senders"], figures["latency_ms"]) == (2, 5)
    for name in ("deliveries_per_second", "cpu_us_per_delivery", "peak_rss_mb", "commits_per_1000"):
        assert figures[name] > 0, name
    assert list(tmp_path.iterdir()) == []


def test_people_are_shown_the_figures_line_by_line(tmp_path: Path) -> None:
    done = bench(tmp_path, "--recipients", "20", "--latency-ms", "0", "--senders", "1", "--in-flight", "4")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "deliveries per second" in done.stdout
    assert "new installation" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_the_distributed_engine_is_measured_with_all_its_processes(tmp_path: Path) -> None:
    words = ("--engine", "celery", "--workers", "1", "--database-url", "postgresql://127.0.0.1:5432/postgres")
    done = bench(tmp_path, "--recipients", "300", "--latency-ms", "5", "--in-flight", "32", *words, "--json")
    assert done.returncode == 0, done.stderr + done.stdout
    figures = json.loads(done.stdout)
    assert figures["faults"] == []
    assert (figures["engine"], figures["senders"], figures["provider_openids"]) == ("celery", 1, 300)
    assert figures["database"] == "postgresql"
    assert list(tmp_path.iterdir()) == []


def test_another_database_than_postgresql_is_refused(tmp_path: Path) -> None:
    done = bench(tmp_path, "--database-url", "sqlite:///ums.db")
    assert done.returncode == 2
    assert "It must be postgresql://" in done.stderr


def test_whoever_ends_it_early_finds_nothing_left_behind(tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path), "UMS_HOME": str(tmp_path / "real")}
    command = [*BENCH, "--recipients", "1000000", "--senders", "1"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not list(tmp_path.glob("*/ums.db")):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
