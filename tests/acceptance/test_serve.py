"""`ums serve` and its relatives as processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from tests.acceptance.processes import children, descendants, lives
from tests.cli.waiting import eventually

UMS = (sys.executable, "-m", "ums.cli")


def environment(home: Path, **settings: str) -> dict[str, str]:
    return {**os.environ, "UMS_HOME": str(home), "UMS_WEB_PROCESSES": "1", "UMS_SENDERS": "1", **settings}


@contextmanager
def running(home: Path, *words: str, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command of ours that says where it is; ended by force where the test didn't end it."""
    with (
        (home / "log").open("w") as log,
        subprocess.Popen(
            [*UMS, *words, "--json"],
            env=environment(home, **settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, (home / "log").read_text("utf-8")
            yield process, str(json.loads(line)["url"])
        finally:
            if process.poll() is None:
                process.kill()


def is_ready(url: str) -> bool:
    return requests.get(f"{url}/readyz", timeout=10).status_code == 200


def answers(url: str) -> bool:
    with suppress(requests.Timeout):
        return requests.get(f"{url}/healthz", timeout=2).status_code == 200
    return False


def test_it_serves_from_an_empty_home_and_ends_on_sigterm(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as (process, url):
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        eventually(lambda: is_ready(url))
        assert requests.get(f"{url}/v1/channel", timeout=10).json()["code"] == 4005
        family = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert len(family) == 1
    assert not any(map(lives, family))


def test_a_killed_gateway_takes_its_worker_with_it(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as (process, url):
        eventually(lambda: is_ready(url))
        (worker,) = children(process.pid)
        process.kill()
        process.wait(60)
        eventually(lambda: not lives(worker))
    assert not lives(worker)


def test_several_web_processes_answer_on_one_address_and_end_together(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0", UMS_WEB_PROCESSES="3") as (process, url):
        eventually(lambda: is_ready(url))
        eventually(lambda: len(children(process.pid)) == 3)
        family = children(process.pid)
        process.send_signal(signal.SIGSTOP)
        try:
            # the first process can't answer now: another one must
            eventually(lambda: answers(url))
        finally:
            process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert not any(map(lives, family))


@pytest.mark.parametrize(
    ("words", "settings"), [(("--senders", "3"), {}), ((), {"UMS_SENDERS": "3"})], ids=["option", "setting"]
)
def test_several_processes_send_each_with_a_recorder_of_its_own(
    tmp_path: Path, words: tuple[str, ...], settings: dict[str, str]
) -> None:
    with running(tmp_path, "serve", "--port", "0", *words, **settings) as (process, url):
        eventually(lambda: is_ready(url))
        eventually(lambda: len(list((tmp_path / "flights").glob("*.flight"))) == 3)
        family = children(process.pid)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert len(family) == 3
    assert not any(map(lives, family))


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two processors")
def test_each_of_several_web_processes_stays_on_a_processor_of_its_own(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0", UMS_WEB_PROCESSES="2") as (process, _):
        eventually(lambda: len(answering(process.pid)) == 1)
        eventually(lambda: [len(answering(child)) for child in sorted(children(process.pid))].count(1) == 1)
        (other,) = (child for child in children(process.pid) if len(answering(child)) == 1)
        assert answering(process.pid) != answering(other)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def answering(pid: int) -> set[str]:
    """Where the main thread of a process may run; nowhere in particular where it may run on several processors."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return set()
    (where,) = (line.split()[1] for line in status.splitlines() if line.startswith("Cpus_allowed_list"))
    return {where} if where.isdecimal() else set()


def test_a_killed_worker_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as (process, url):
        eventually(lambda: is_ready(url))
        (first,) = children(process.pid)
        os.kill(first, signal.SIGKILL)
        eventually(lambda: any(pid != first for pid in children(process.pid)))
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_the_web_side_alone_has_no_worker(tmp_path: Path) -> None:
    with running(tmp_path, "web", "--port", "0") as (process, url):
        assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
        assert not is_ready(url)
        assert children(process.pid) == []
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_a_worker_beside_it_makes_it_ready_and_ends_on_sigterm(tmp_path: Path) -> None:
    with running(tmp_path, "web", "--port", "0") as (_, url):
        with subprocess.Popen([*UMS, "worker"], env=environment(tmp_path), stderr=subprocess.DEVNULL) as worker:
            eventually(lambda: is_ready(url))
            worker.terminate()
            assert worker.wait(60) == 0
        eventually(lambda: not is_ready(url))


def test_a_port_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*UMS, "serve", "--port", str(port)],
            env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"127.0.0.1:{port} can't be listened on: Address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_settings_stop_it_with_status_two(tmp_path: Path) -> None:
    done = subprocess.run(
        [*UMS, "serve"],
        env=environment(tmp_path, UMS_PORT="abc", UMS_PUBLIC_URL="http://example.com"),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "UMS_PORT" in done.stderr
    assert "UMS_PUBLIC_URL" in done.stderr


POSTGRESQL = "postgresql://127.0.0.1:1/ums"


@pytest.mark.parametrize(
    ("words", "settings", "told"),
    [
        (("serve", "--engine", "celery"), {"UMS_BROKER_URL": "amqp://127.0.0.1//"}, "needs PostgreSQL"),
        (
            ("worker",),
            {"UMS_ENGINE": "celery", "UMS_DATABASE_URL": POSTGRESQL},
            "Name it with the setting broker_url",
        ),
        (
            ("bench", "--engine", "celery", "--broker-url", "amqp://ums:swordfish@127.0.0.1:1//"),
            {},
            "The broker amqp://ums:**@127.0.0.1:1// does not answer: [Errno 111] Connection refused.",
        ),
        (
            ("bench", "--engine", "celery", "--broker-url", "redis://:swordfish@127.0.0.1:1/0"),
            {},
            "The broker redis://:**@127.0.0.1:1/0 does not answer: Error 111 connecting to 127.0.0.1:1.",
        ),
    ],
    ids=["SQLite", "no broker", "RabbitMQ is away", "Redis is away"],
)
def test_the_distributed_engine_says_what_it_lacks(
    tmp_path: Path, words: tuple[str, ...], settings: dict[str, str], told: str
) -> None:
    done = subprocess.run(
        [*UMS, *words],
        env=environment(tmp_path, **settings), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert "swordfish" not in done.stderr


@pytest.mark.parametrize("words", [("--port", "0"), ("--latency-ms", "5", "--token", "abc")])
def test_the_sandbox_takes_the_place_of_the_command(tmp_path: Path, words: tuple[str, ...]) -> None:
    with running(tmp_path, "sandbox", *words) as (process, url):
        assert requests.get(f"{url}/_sandbox/accounts", timeout=10).json()["any_appid"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def login_link(home: Path, name: str) -> str:
    told = subprocess.run(
        [*UMS, "operator", "add", name, "--role", "admin", "--json"],
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    return str(json.loads(told.stdout)["login_url"])


def test_a_sign_in_link_leads_to_where_the_gateway_really_listens(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as (process, url):
        link = login_link(tmp_path, "li")
        assert link.startswith(f"{url}/console/login/")
        assert requests.get(link, timeout=10).status_code == 200
        process.terminate()
        process.wait(30)
    assert login_link(tmp_path, "wang").startswith("http://127.0.0.1:8080/")


def test_the_note_of_a_killed_gateway_misleads_nobody(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0") as (process, _):
        process.kill()
        process.wait(30)
    assert login_link(tmp_path, "li").startswith("http://127.0.0.1:8080/")
