from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from channels._wechat.crypto import verify_signature
from sandbox import paths
from sandbox.client import SandboxClient
from sandbox.options import Options
from tests.sandbox.callback import Callback
from tests.sandbox.letters import SUBSCRIBE, TEMPLATE

WAIT_SECONDS = 30


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def url_of(process: subprocess.Popen[str]) -> str:
    return str(json.loads(first_line(process))["url"])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_in_one_json_line_and_ends_cleanly_on_a_signal(ending: signal.Signals) -> None:
    with command("--json") as process:
        line = json.loads(first_line(process))
        assert set(line) == {"url"}
        with SandboxClient(line["url"]) as sandbox:
            assert sandbox.stable_token("wx1").status_code == 200
        process.send_signal(ending)
        assert process.wait(WAIT_SECONDS) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_without_json_it_says_so_in_a_sentence() -> None:
    with command() as process:
        line = first_line(process)
    assert line.startswith("The WeChat sandbox listens on http://127.0.0.1:")


def test_with_die_with_parent_it_ends_when_its_standard_input_closes() -> None:
    with command("--json", "--die-with-parent") as process:
        first_line(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(WAIT_SECONDS) == 0


def test_without_it_a_closed_standard_input_means_nothing() -> None:
    with command("--json") as process:
        url = json.loads(first_line(process))["url"]
        assert process.stdin is not None
        process.stdin.close()
        with SandboxClient(url) as sandbox:
            assert sandbox.stable_token("wx1").status_code == 200
        assert process.poll() is None


def test_die_with_parent_wants_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--die-with-parent"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS,
    )
    assert done.returncode == 2
    assert "to be a pipe" in done.stderr


def test_a_port_in_use_is_explained() -> None:
    with command("--json") as process:
        port = json.loads(first_line(process))["url"].rsplit(":", 1)[1]
        with command("--port", port) as second:
            assert second.wait(WAIT_SECONDS) == 1
            assert second.stderr is not None
            assert f"cannot listen on 127.0.0.1:{port}" in second.stderr.read()


def test_a_callback_on_the_command_line_opens_a_permissive_account(callback: Callback) -> None:
    arguments = ("--callback", f"wx1={callback.url}", "--token", "word", "--latency-ms", "1")
    with command("--json", *arguments) as process, SandboxClient(url_of(process)) as sandbox:
        token = sandbox.token("wx1", "any secret")
        for way in (TEMPLATE, SUBSCRIBE):
            sandbox.send(way.path, token, "o1", way.template_id, way.values)
        in_xml, in_json = sorted(callback.wait_for(2), key=lambda push: push.body[:1])
        assert b"TEMPLATESENDJOBFINISH" in in_xml.body
        assert json.loads(in_json.body)["Event"] == "subscribe_msg_sent_event"
        query = in_xml.query
        assert verify_signature(query["signature"], "word", query["timestamp"], query["nonce"])
        accounts = sandbox.control("GET", "accounts").json()
        assert [account["appid"] for account in accounts["accounts"]] == ["wx1"]
        assert accounts["any_appid"] is True
        assert "data" in sandbox.read(paths.SUBSCRIPTION_TEMPLATES, sandbox.token("wx2")).json()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--callback", "wx1"], "is not APPID=URL"),
        (["--callback", "wx1=ftp://x"], "is not APPID=URL"),
        (["--port", "70000"], "is not a port"),
        (["--latency-ms", "-1"], "is not a number of milliseconds"),
        (["--latency-ms", "nan"], "is not a number of milliseconds"),
        (["--encoding-aes-key", "short"], "43 characters"),
        (["--keep-calls", "0"], "is not a number of calls"),
        (["--lean", "--callback", "wx1=http://x"], "--lean pushes no events"),
        (["--colour"], "unrecognized arguments"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_explained(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        Options.parse(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err


def test_every_option_is_read() -> None:
    options = Options.parse(
        (
            "--host ::1 --port 7 --latency-ms 50 --callback a=http://x/?b=c --token t --push-delay-ms 0"
            f" --encoding-aes-key {'A' * 43} --keep-calls 9 --json --die-with-parent"
        ).split()
    )
    assert options == Options(
        host="::1",
        port=7,
        latency_ms=50.0,
        callbacks={"a": "http://x/?b=c"},
        token="t",
        encoding_aes_key="A" * 43,
        push_delay_ms=0.0,
        keep_calls=9,
        as_json=True,
        die_with_parent=True,
    )
    assert Options.parse(["--lean"]) == Options(lean=True)
