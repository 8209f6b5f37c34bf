"""The operator's pages, walked as a newcomer does: every block is pasted, in order, at a gateway and a sandbox.

Only what stands for something of the reader's own is put in: addresses, credentials, ids that were printed before.
What the pages promise to show must show.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from sandbox.client import SandboxClient
from sandbox.inprocess import running as a_sandbox
from tests.acceptance.test_serve import is_ready, running
from tests.cli.waiting import eventually
from tests.operator_pages import Block, Page, page
from ums.cli import main

SECRET = "right"
APPIDS = {"wechatmp": "wx0123456789abcdef", "wechatoa": "wxfedcba9876543210"}
TEMPLATE = "sandbox_mp_order_shipped_000000000000000001"
OA_TEMPLATE = "sandbox_oa_order_shipped_000000000000000001"
REFUSED = {7: "4030", 4: "4090"}
"""The steps with a call that the page says is refused, or that comes in the place of a command: their codes."""
BOTH_CHANNELS = 17


class Newcomer:
    """Pastes blocks into a shell; `own` are the texts of the pages that stand for something of his."""

    def __init__(self, folder: Path, gateway: str, sandbox: SandboxClient) -> None:
        self.folder, self.sandbox, self.gateway = folder, sandbox, gateway
        self.own = {"https://ums.example.com": gateway, '"secret": "…"': f'"secret": "{SECRET}"'}
        self.own["https://bot.example.com/wechat"] = "http://127.0.0.1:9/wechat"
        self.own |= {"OA_TEMPLATE_ID": OA_TEMPLATE, "OA_NOTICE_ID": TEMPLATE, "TEMPLATE_ID": TEMPLATE}
        self.set: list[str] = []
        self.has_already: set[str] = set()
        self.seen = ""

    def walks(self, steps: Page, name: str, upto: int) -> None:
        self.own["wx0123456789abcdef"] = APPIDS[name]
        for block in steps.blocks:
            if block.language == "sh" and block.step <= upto:
                self.pastes(block)
                self.does_at_the_platform(name, block)

    def pastes(self, block: Block) -> str:
        """What the block prints; it must succeed, command by command."""
        shown = "".join(self.run(piece) for piece in block.pieces if piece not in self.has_already)
        self.seen += shown
        for code in re.findall(r'"code": ?(\d+)', shown):
            assert code in {"0", REFUSED.get(block.step)}, (block.text, shown)
        return shown

    def run(self, command: str) -> str:
        """What one command prints. Ours run in this process, which saves them their start."""
        if re.match(r"[A-Z_]+=", command):
            self.set.append(command)
            return ""
        shown = self.ums(command) if command.startswith("ums ") else self.bash(command)
        self.notes(shown)
        return shown

    def ums(self, command: str) -> str:
        words = self.bash(f"printf '%s\\0' {command}").split("\0")[1:-1]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, (words, done.output)
        return done.output

    def bash(self, command: str) -> str:
        given = "\n".join(["set -eu", *self.set, command])
        for placeholder, mine in self.own.items():
            given = given.replace(placeholder, mine)
        done = subprocess.run(
            ["bash", "-c", given], cwd=self.folder, input=f"{SECRET}\n", text=True,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (given, done.stdout, done.stderr)
        return done.stdout

    def notes(self, shown: str) -> None:
        """Keeps what a command has printed for him: credentials, and the message's id."""
        if key := re.search(r"^channel_key +(\S+)\nmaster_secret +(\S+)$", shown, re.MULTILINE):
            self.own["CHANNEL_KEY:MASTER_SECRET"] = ":".join(key.groups())
            made = json.loads(self.ums("ums operator add robot --role operator --token --json"))
            self.own["OPERATOR_TOKEN"] = made["token"]
        if msgids := re.findall(r'"msgid": ?"(\w+)"|Accepted as (\w+)', shown):
            self.own["MSGID='MSGID'"] = f"MSGID={max(msgids[-1])}"

    def does_at_the_platform(self, name: str, block: Block) -> None:
        """Step 7: enters the push address there, and submits it."""
        if "encoding_aes_key=@" not in block.text:
            return
        short = name.removeprefix("wechat")
        token, key = ((self.folder / f"{short}.{what}").read_text("ascii").strip() for what in ("token", "aeskey"))
        hook = re.findall(rf"{self.gateway}/hooks/{name}\d+", self.seen)[-1]
        form = {"callback": hook, "token": token, "encoding_aes_key": key, "push_mode": "safe"}
        self.sandbox.control("PUT", f"accounts/{APPIDS[name]}", form)
        answer = self.sandbox.control("POST", "callback-check", {"appid": APPIDS[name]}).json()
        assert answer["acknowledged"], answer


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newcomer]:
    monkeypatch.chdir(tmp_path)
    for name, value in {"UMS_HOME": str(tmp_path), "COLUMNS": "200", "no_proxy": "*"}.items():
        monkeypatch.setenv(name, value)
    with a_sandbox() as platform, SandboxClient(platform) as sandbox:
        for name, appid in APPIDS.items():
            sandbox.control("PUT", f"accounts/{appid}", {"kind": name, "secret": SECRET})
        with running(tmp_path, "serve", "--port", "0") as (_, url):
            eventually(lambda: is_ready(url))
            someone = Newcomer(tmp_path, url, sandbox)
            someone.own[" --grant shop"] = f" --grant shop --set base_url={platform}"
            yield someone


def promised(steps: Page) -> list[str]:
    """What the page says that one sees when it worked; an ellipsis stands for anything."""
    return [text.replace(" ", "") for text in re.findall(r"It worked: `([^`]+)`", steps.prose)]


def test_whoever_pastes_the_pages_from_top_to_bottom_has_sent_on_both_channels(newcomer: Newcomer) -> None:
    mini, official = page("wechatmp"), page("wechatoa")
    newcomer.walks(mini, "wechatmp", BOTH_CHANNELS - 1)
    assert "no_credit" in newcomer.seen  # one tap, two sends
    newcomer.has_already.add("ums application add shop\n")  # "leave the first line out", the page says
    newcomer.walks(official, "wechatoa", BOTH_CHANNELS - 1)
    for steps in (mini, official):
        (block,) = (block for block in steps.blocks if block.step == BOTH_CHANNELS)
        newcomer.pastes(block)
        shown = newcomer.run("ums message show $MSGID --wait --deliveries")
        assert re.search(r"zhangsan +│ wechatoa456 +│ \S+ +│ delivered", shown)
        assert re.search(r"lisi +│ wechatoa456 +│ \S+ +│ delivered", shown)
    assert len(promised(mini)) == len(promised(official)) + 1 == 3
    seen = newcomer.seen.replace(" ", "")
    for text in promised(mini) + promised(official):
        assert all(part in seen for part in text.split("…")), text
