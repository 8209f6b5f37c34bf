"""The channel that `channels/README.md` shows keeps the contract; the page holds its code as it stands here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pytest

from tests.sdk.channels.sms import Provider, Text, channel
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import BadAddress, BadChannel, BadContent, SendError
from ums.sdk.testing import ChannelContract, play

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "channels" / "README.md"
SOURCES = {"plugin": ROOT / "tests/sdk/channels/sms/__init__.py", "test": Path(__file__)}


# -- start test
class GoodDay:
    def answer(self, call: Call) -> Reply:
        return Reply(200, b'{"id":"m-1"}')


class TestContract(ChannelContract[Provider, Text]):
    plugin = channel
    simulator = GoodDay()
    example_settings: ClassVar[dict[str, Json]] = {"url": "https://provider.example/send", "key": "k-4711"}
    example_content: ClassVar[dict[str, Json]] = {"content": "Your order has shipped."}

    @pytest.mark.parametrize(
        ("word", "kind"),
        [("unknown_number", BadAddress), ("wrong_key", BadChannel), ("text_refused", BadContent)],
    )
    def test_a_refusal_says_who_must_act(self, word: str, kind: type[SendError]) -> None:
        with pytest.raises(kind, match=word):
            play(self.send(), Reply(200, f'{{"error":"{word}"}}'.encode()))


# -- end test


@pytest.mark.parametrize("name", SOURCES)
def test_the_page_holds_the_code_as_it_stands(name: str) -> None:
    source = SOURCES[name].read_text(encoding="utf-8")
    (block,) = re.findall(rf"^# -- start {name}\n(.*?)\n+# -- end {name}$", source, re.DOTALL | re.MULTILINE)
    assert f"```python\n{block}\n```" in PAGE.read_text(encoding="utf-8")


def test_the_page_names_every_capability_and_error() -> None:
    page = PAGE.read_text(encoding="utf-8")
    names = ("HasToken", "HasTemplates", "HasHook", "HasExplanations", "Transient", "Throttled", "BadChannel",
             "BadAddress", "BadContent", "Uncertain", "Accepted")  # fmt: skip
    assert [name for name in names if f"`{name}`" not in page] == []
